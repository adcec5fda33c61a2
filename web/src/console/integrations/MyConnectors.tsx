/** In "My account": one's own key to each other system, whether it works, and what is still to be written there. */
import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconKey } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useServerChanges } from "../../phone/changes";
import { Card, ConfirmDelete, RelativeTime, sentenceFor, StateBadge, toastDone, toastFailed } from "../../ui";
import { api } from "../session";
import { type KeyState, MY_CONNECTORS, type MyConnector, type WaitingAct } from "./connectors";
import { KeyForm } from "./KeyForm";

const BADGES = { good: "ok", refused: "problem", unreachable: "warning" } as const;

export default function MyConnectors() {
  const query = useQuery({
    queryKey: MY_CONNECTORS,
    queryFn: ({ signal }) => api.request<MyConnector[]>("/api/phone/connectors", { signal }),
  });
  useServerChanges("activities", MY_CONNECTORS);
  return query.data?.map((connector) => <MyConnectorCard key={connector.id} connector={connector} />) ?? null;
}

function MyConnectorCard({ connector }: { connector: MyConnector }) {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const [open, setOpen] = useState<"key" | "remove" | null>(null);
  const place = `/api/phone/connectors/${connector.id}`;
  const remove = async () => {
    await api.request(`${place}/key`, { method: "DELETE" });
    toastDone(t("mine.removed"));
    await client.invalidateQueries({ queryKey: MY_CONNECTORS });
  };
  return (
    <Card title={connector.name}>
      <Stack gap="md">
        {connector.login === null ? (
          <Text>{t("mine.none", { name: connector.name })}</Text>
        ) : (
          <Group gap="sm">
            <Text style={{ overflowWrap: "anywhere" }}>{t("mine.login", { login: connector.login })}</Text>
            <State connector={connector} />
          </Group>
        )}
        <Group gap="sm">
          <Button
            mih={44}
            variant={connector.login === null ? "filled" : "default"}
            leftSection={<IconKey size={18} />}
            onClick={() => setOpen("key")}
          >
            {t(connector.login === null ? "mine.give" : "mine.another")}
          </Button>
          {connector.login !== null && (
            <Button mih={44} variant="subtle" color="red" onClick={() => setOpen("remove")}>
              {t("mine.remove")}
            </Button>
          )}
        </Group>
        {connector.waiting + connector.failed > 0 && <Acts connector={connector} />}
      </Stack>
      {open === "key" && <KeyForm connector={connector} onClose={() => setOpen(null)} />}
      {open === "remove" && (
        <ConfirmDelete title={t("mine.removeTitle")} action={t("mine.remove")} onConfirm={remove} onClose={() => setOpen(null)}>
          {t("mine.removeText", { name: connector.name })}
        </ConfirmDelete>
      )}
    </Card>
  );
}

/** Whether the key works, asked of the other system now. */
function State({ connector }: { connector: MyConnector }) {
  const { t, i18n } = useTranslation("integrations");
  const query = useQuery({
    queryKey: [...MY_CONNECTORS, connector.id, connector.changed_at],
    queryFn: ({ signal }) => api.request<KeyState>(`/api/phone/connectors/${connector.id}/key`, { signal }),
    staleTime: 60_000,
  });
  const found = query.data;
  if (found === undefined || found.state === "none") return null;
  return (
    <>
      <StateBadge state={BADGES[found.state]} label={t(`mine.state.${found.state}`)} />
      {found.error_id !== null && (
        <Text size="sm" w="100%">
          {sentenceFor(i18n, { error_id: found.error_id, message: found.message ?? "" })}
        </Text>
      )}
    </>
  );
}

/** What is still to be written, and what was refused. */
function Acts({ connector }: { connector: MyConnector }) {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const place = `/api/phone/connectors/${connector.id}/acts`;
  const query = useQuery({
    queryKey: [...MY_CONNECTORS, connector.id, "acts"],
    queryFn: ({ signal }) => api.request<WaitingAct[]>(place, { signal }),
  });
  const run = async (act: WaitingAct, again: boolean) => {
    try {
      await api.request(again ? `${place}/${act.id}/retry` : `${place}/${act.id}`, { method: again ? "POST" : "DELETE" });
      await client.invalidateQueries({ queryKey: MY_CONNECTORS });
    } catch (error) {
      toastFailed(error);
    }
  };
  return (
    <Stack gap="sm">
      {connector.failed > 0 && (
        <Alert color="red" icon={<IconAlertTriangle size={18} />}>
          {t("mine.failed", { count: connector.failed, name: connector.name })}
        </Alert>
      )}
      {connector.waiting > 0 && <Text>{t("mine.waiting", { count: connector.waiting, name: connector.name })}</Text>}
      {query.data?.map((act) => (
        <div key={act.id} style={{ overflowWrap: "anywhere" }}>
          <Text fw={600}>{[t(`mine.act.${act.kind}`), act.text].filter(Boolean).join(": ")}</Text>
          <Text size="sm" c="dimmed">
            <RelativeTime time={act.created_at} />
            {act.problem !== null && ` · ${act.problem}`}
          </Text>
          <Group gap="md">
            <Anchor component="button" type="button" size="sm" mih={32} onClick={() => void run(act, true)}>
              {t("mine.again")}
            </Anchor>
            <Anchor component="button" type="button" size="sm" mih={32} onClick={() => void run(act, false)}>
              {t("mine.drop")}
            </Anchor>
          </Group>
        </div>
      ))}
    </Stack>
  );
}
