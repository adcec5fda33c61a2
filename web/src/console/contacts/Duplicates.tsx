/** Contacts that may be one and the same: which one stays, and who is not meant. */
import { Alert, Badge, Button, Checkbox, Group, Paper, Radio, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconGitMerge } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Failed, Loading, SideSheet, toastDone, toastFailed } from "../../ui";
import type { Contact } from "../contactValues";
import { queryClient } from "../queries";
import { api } from "../session";

interface Group {
  why: "email" | "number" | "name";
  contacts: Contact[];
}

interface Found {
  groups: Group[];
  total: number;
}

export function Duplicates({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("console");
  const answer = useQuery({
    queryKey: ["contacts", "duplicates"],
    gcTime: 0,
    queryFn: ({ signal }) => api.request<Found>("/api/contacts/duplicates", { signal }),
  });
  const found = answer.data;
  return (
    <SideSheet title={t("contacts.duplicates")} onClose={onClose} size={560}>
      <Stack gap="lg" p="lg">
        {answer.error ? (
          <Failed error={answer.error} onRetry={() => void answer.refetch()} />
        ) : found === undefined ? (
          <Loading />
        ) : found.total === 0 ? (
          <Empty icon={IconCircleCheck} title={t("contacts.noDuplicates")}>
            {t("contacts.noDuplicatesText")}
          </Empty>
        ) : (
          <>
            <Text c="dimmed">{t("contacts.duplicatesText")}</Text>
            {found.total > found.groups.length && (
              <Alert color="accent">{t("contacts.duplicatesMore", { shown: found.groups.length, total: found.total })}</Alert>
            )}
            {found.groups.map((group) => (
              <OneGroup key={group.contacts.map((one) => one.id).join(" ")} group={group} />
            ))}
          </>
        )}
      </Stack>
    </SideSheet>
  );
}

function OneGroup({ group }: { group: Group }) {
  const { t } = useTranslation("console");
  const [keep, setKeep] = useState(group.contacts[0]?.id ?? "");
  const [left, setLeft] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const others = group.contacts.map((one) => one.id).filter((id) => id !== keep && !left.includes(id));
  const merge = async () => {
    setBusy(true);
    try {
      const made = await api.request<Contact>("/api/contacts/merge", { method: "POST", body: { keep, others } });
      await queryClient.invalidateQueries({ queryKey: ["contacts"] });
      toastDone(t("contacts.merged", { name: made.name || made.company, count: others.length + 1 }));
    } catch (error) {
      toastFailed(error);
    }
    setBusy(false);
  };
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Badge variant="light" color="gray" style={{ alignSelf: "flex-start" }}>
          {t(`contacts.why.${group.why}`)}
        </Badge>
        <Radio.Group value={keep} onChange={setKeep} label={t("contacts.keep")}>
          <Stack gap="sm" mt="xs">
            {group.contacts.map((one) => (
              <Group key={one.id} justify="space-between" align="flex-start" wrap="nowrap">
                <Radio
                  value={one.id}
                  disabled={left.includes(one.id)}
                  label={one.name || one.company}
                  description={[one.name && one.company, one.email, ...one.numbers.map((n) => n.shown)].filter(Boolean).join(" · ")}
                  styles={{ body: { overflowWrap: "anywhere" } }}
                />
                {group.contacts.length > 2 && one.id !== keep && (
                  <Checkbox
                    label={t("contacts.somebodyElse")}
                    checked={left.includes(one.id)}
                    onChange={(event) =>
                      setLeft(event.currentTarget.checked ? [...left, one.id] : left.filter((id) => id !== one.id))
                    }
                  />
                )}
              </Group>
            ))}
          </Stack>
        </Radio.Group>
        <Button
          leftSection={<IconGitMerge size={18} />}
          onClick={() => void merge()}
          loading={busy}
          disabled={others.length === 0}
          mih={44}
          style={{ alignSelf: "flex-start" }}
        >
          {t("contacts.merge")}
        </Button>
      </Stack>
    </Paper>
  );
}
