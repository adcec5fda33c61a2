/** What an import would do, entry by entry; nothing is taken over before somebody says so. */
import { Alert, Badge, Button, Group, List, Modal, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText, Loading, sentenceFor, toastDone, toastFailed, useFocusBack, useSlow } from "../../ui";
import { queryClient } from "../queries";
import { type Imported, type Planned, sendFile } from "./exchange";
import styles from "./ImportDialog.module.css";

const COLOURS: Record<Planned["what"], string> = { new: "green", completed: "accent", known: "gray" };

export function ImportDialog({ file, onClose }: { file: File; onClose: () => void }) {
  const { t, i18n } = useTranslation("console");
  useFocusBack();
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  const { data, error } = useQuery({
    queryKey: ["contactImport", file.name, file.size, file.lastModified],
    gcTime: 0,
    retry: false,
    queryFn: () => sendFile(file, true),
  });
  const take = async () => {
    setBusy(true);
    try {
      const done = await sendFile(file, false);
      await queryClient.invalidateQueries({ queryKey: ["contacts"] });
      toastDone(t("contacts.imported", { added: done.added, changed: done.changed, unchanged: done.unchanged }));
      onClose();
    } catch (refused) {
      toastFailed(refused);
      setBusy(false);
    }
  };
  const useful = data !== undefined && data.added + data.changed > 0;
  return (
    <Modal opened onClose={onClose} size={720} centered title={t("contacts.importTitle", { file: file.name })}>
      <Stack gap="lg">
        {error ? (
          <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert">
            {errorText(i18n, error)}
          </Alert>
        ) : data === undefined ? (
          <Loading />
        ) : (
          <Plan plan={data} />
        )}
        <Group justify="space-between" className={styles.foot}>
          <Button variant="default" onClick={onClose} mih={44}>
            {t(error || (data && !useful) ? "common:action.close" : "common:action.cancel")}
          </Button>
          {useful && (
            <Button onClick={() => void take()} loading={slow} mih={44}>
              {t("contacts.importNow", { count: data.added + data.changed })}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Plan({ plan }: { plan: Imported }) {
  const { t, i18n } = useTranslation("console");
  const told = plan.added + plan.changed + plan.unchanged;
  const notes = [...plan.skipped.map((one) => ({ ...one, lost: true })), ...plan.remarks.map((one) => ({ ...one, lost: false }))];
  return (
    <>
      <Text role="status">
        {t("contacts.planned", { added: plan.added, changed: plan.changed, unchanged: plan.unchanged })}
      </Text>
      {plan.planned.length > 0 && (
        <ScrollArea.Autosize mah="min(320px, 34vh)" tabIndex={0} aria-label={t("contacts.planTitle")}>
          <Table stickyHeader verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("contacts.line")}</Table.Th>
                <Table.Th>{t("field.name")}</Table.Th>
                <Table.Th>{t("contacts.becomes")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {plan.planned.map((one) => (
                <Table.Tr key={one.line}>
                  <Table.Td>{one.line}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>
                    {one.name}
                    {one.company && (
                      <Text size="sm" c="dimmed">
                        {one.company}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td style={{ overflowWrap: "break-word" }}>
                    <Badge miw="max-content" color={COLOURS[one.what]} variant="light">
                      {t(`contacts.plan.${one.what}`)}
                    </Badge>
                    {one.what === "completed" && <Text size="sm">{one.adds.join(", ")}</Text>}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
      {told > plan.planned.length && plan.planned.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("contacts.planMore", { shown: plan.planned.length })}
        </Text>
      )}
      {notes.length > 0 && (
        <Alert color="amber" icon={<IconAlertTriangle size={18} />} title={t("contacts.notUnderstood", { count: notes.length + plan.more })}>
          <ScrollArea.Autosize mah="min(160px, 20vh)" tabIndex={0} aria-label={t("contacts.notUnderstood", { count: notes.length })}>
            <List size="sm">
              {notes.map((one, place) => (
                <List.Item key={place} style={{ overflowWrap: "anywhere" }}>
                  {t(one.lost ? "contacts.skipped" : "contacts.kept", {
                    line: one.line,
                    reason: sentenceFor(i18n, { ...one, message: one.reason }),
                  })}
                </List.Item>
              ))}
            </List>
          </ScrollArea.Autosize>
        </Alert>
      )}
    </>
  );
}
