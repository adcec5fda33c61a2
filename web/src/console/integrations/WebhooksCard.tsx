/** Webhooks: addresses that are told what happens. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconKey, IconPlus, IconWebhook } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, ConfirmDelete, Empty, Failed, Loading, RelativeTime, StateBadge } from "../../ui";
import { api } from "../session";
import { Entry } from "./Entry";
import { WebhookForm, WebhookSecret } from "./WebhookForm";
import { WebhookLog } from "./WebhookLog";
import { BADGES, eventKey, type NewWebhook, PLACE, type Webhook, WEBHOOKS, whyNot } from "./webhooks";

type Open = { what: "form"; hook: Webhook | null } | { what: "log" | "renew" | "remove"; hook: Webhook };

export function WebhooksCard() {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const [open, setOpen] = useState<Open | null>(null);
  const [made, setMade] = useState<NewWebhook | null>(null);
  const query = useQuery({
    queryKey: WEBHOOKS,
    refetchInterval: 15_000,
    queryFn: ({ signal }) => api.request<Webhook[]>(PLACE, { signal }),
  });
  const found = query.data;
  const close = () => setOpen(null);
  const add = (
    <Button
      leftSection={<IconPlus size={18} />}
      mih={44}
      variant={found?.length ? "default" : "filled"}
      onClick={() => setOpen({ what: "form", hook: null })}
    >
      {t("webhooks.add")}
    </Button>
  );
  const carryOut = async () => {
    if (open?.what === "renew") setMade(await api.request<NewWebhook>(`${PLACE}/${open.hook.id}/secret`, { method: "POST" }));
    else if (open?.what === "remove") await api.request(`${PLACE}/${open.hook.id}`, { method: "DELETE" });
    await client.invalidateQueries({ queryKey: WEBHOOKS });
  };
  return (
    <Card title={t("webhooks.title")}>
      {query.error && !found ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : found === undefined ? (
        <Loading />
      ) : found.length === 0 ? (
        <Empty icon={IconWebhook} title={t("webhooks.none")} action={add}>
          {t("webhooks.noneText")}
        </Empty>
      ) : (
        <Stack gap={0}>
          {found.map((hook) => (
            <Entry
              key={hook.id}
              acts={
                <>
                  <Button variant="default" mih={44} aria-label={t("webhooks.logOf", { name: hook.name })} onClick={() => setOpen({ what: "log", hook })}>
                    {t("webhooks.log")}
                  </Button>
                  <Button variant="default" mih={44} aria-label={t("webhooks.changeWhat", { name: hook.name })} onClick={() => setOpen({ what: "form", hook })}>
                    {t("webhooks.edit")}
                  </Button>
                  <Button variant="default" mih={44} aria-label={t("webhooks.renewWhat", { name: hook.name })} onClick={() => setOpen({ what: "renew", hook })}>
                    {t("webhooks.renew")}
                  </Button>
                  <Button
                    variant="subtle"
                    color="red"
                    mih={44}
                    aria-label={t("webhooks.removeWhat", { name: hook.name })}
                    onClick={() => setOpen({ what: "remove", hook })}
                  >
                    {t("webhooks.remove")}
                  </Button>
                </>
              }
            >
              <About hook={hook} />
            </Entry>
          ))}
          <div style={{ paddingTop: 16 }}>{add}</div>
        </Stack>
      )}
      {open?.what === "form" && <WebhookForm webhook={open.hook} onMade={setMade} onClose={close} />}
      {open?.what === "log" && <WebhookLog webhook={open.hook} onClose={close} />}
      {(open?.what === "renew" || open?.what === "remove") && (
        <ConfirmDelete
          title={t(`webhooks.${open.what}Title`, { name: open.hook.name })}
          action={t(`webhooks.${open.what}`)}
          {...(open.what === "renew" && { icon: <IconKey size={18} />, color: "accent" as const })}
          onConfirm={carryOut}
          onClose={close}
        >
          {t(`webhooks.${open.what}Text`)}
        </ConfirmDelete>
      )}
      {made && <WebhookSecret made={made} onClose={() => setMade(null)} />}
    </Card>
  );
}

function About({ hook }: { hook: Webhook }) {
  const { t } = useTranslation("integrations");
  return (
    <>
      <Group gap="sm">
        <Text fw={600}>{hook.name}</Text>
        {!hook.enabled && <StateBadge state="offline" label={t("webhooks.off")} />}
        {hook.last && <StateBadge state={BADGES[hook.last.state]} label={t(`webhooks.state.${hook.last.state}`)} />}
      </Group>
      <Text size="sm" lineClamp={2} title={hook.url}>
        {hook.url}
      </Text>
      <Text size="sm" c="dimmed">
        {hook.events.map((event) => t(eventKey(event))).join(" · ")}
      </Text>
      <Text size="sm" c="dimmed" component="div">
        {hook.last ? (
          <>
            {t("webhooks.last")} <RelativeTime time={hook.last.at} />
            {hook.last.problem !== "" && ` · ${whyNot(t, hook.last)}`}
          </>
        ) : (
          t("webhooks.never")
        )}
        {hook.waiting > 0 && ` · ${t("webhooks.waiting", { count: hook.waiting })}`}
      </Text>
    </>
  );
}
