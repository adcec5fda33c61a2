/** Odoo: where it is, who gave a key, and what keeps it from working. */
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconAddressBook, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, ConfirmDelete, Empty, Failed, Loading, StateBadge, toastDone } from "../../ui";
import { api } from "../session";
import { ConnectorForm } from "./ConnectorForm";
import { type Connector, CONNECTORS, freeId } from "./connectors";
import { Entry } from "./Entry";

export function ConnectorsCard() {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const [edited, setEdited] = useState<Connector | "new" | null>(null);
  const [removed, setRemoved] = useState<Connector | null>(null);
  const query = useQuery({
    queryKey: CONNECTORS,
    queryFn: ({ signal }) => api.request<Connector[]>("/api/connectors", { signal }),
  });
  const found = query.data;
  const add = (
    <Button leftSection={<IconPlus size={18} />} mih={44} variant={found?.length ? "default" : "filled"} onClick={() => setEdited("new")}>
      {t("odoo.add")}
    </Button>
  );
  const remove = async (connector: Connector) => {
    await api.request(`/api/connectors/${connector.id}`, { method: "DELETE" });
    toastDone(t("odoo.removed", { name: connector.name }));
    await client.invalidateQueries({ queryKey: CONNECTORS });
  };
  return (
    <Card title={t("odoo.title")}>
      {query.error ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : found === undefined ? (
        <Loading />
      ) : found.length === 0 ? (
        <Empty icon={IconAddressBook} title={t("odoo.none")} action={add}>
          {t("odoo.noneText")}
        </Empty>
      ) : (
        <Stack gap={0}>
          {found.map((connector) => (
            <Entry
              key={connector.id}
              acts={
                <>
                  <Button variant="default" mih={44} onClick={() => setEdited(connector)}>
                    {t("odoo.change")}
                  </Button>
                  <Button variant="subtle" color="red" mih={44} onClick={() => setRemoved(connector)}>
                    {t("odoo.remove")}
                  </Button>
                </>
              }
            >
              <Group gap="sm">
                <Text fw={600}>{connector.name}</Text>
                {!connector.enabled && <StateBadge state="offline" label={t("odoo.off")} />}
              </Group>
              <Anchor href={connector.url} target="_blank" rel="noreferrer" size="sm">
                {connector.url}
              </Anchor>
              <Text size="sm" c="dimmed">
                {[
                  connector.version === null ? null : t("odoo.version", { version: connector.version }),
                  connector.database === "" ? null : t("odoo.databaseIs", { name: connector.database }),
                  t("odoo.people", { count: connector.people }),
                ]
                  .filter((part) => part !== null)
                  .join(" · ")}
              </Text>
            </Entry>
          ))}
          <div style={{ paddingTop: 16 }}>{add}</div>
        </Stack>
      )}
      {edited !== null && found && (
        <ConnectorForm
          connector={edited === "new" ? null : edited}
          id={edited === "new" ? freeId(found.map((one) => one.id)) : edited.id}
          onClose={() => setEdited(null)}
        />
      )}
      {removed !== null && (
        <ConfirmDelete
          title={t("odoo.removeTitle", { name: removed.name })}
          action={t("odoo.remove")}
          onConfirm={() => remove(removed)}
          onClose={() => setRemoved(null)}
        >
          {t("odoo.removeText")}
        </ConfirmDelete>
      )}
    </Card>
  );
}
