/** What a webhook was told: each event with its body, the answer, and one more try. */
import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconHistory, IconRefresh, IconSend } from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, errorText, Failed, Loading, RelativeTime, SideSheet, StateBadge, toastFailed } from "../../ui";
import { api } from "../session";
import { BADGES, type Delivery, indented, PLACE, type Webhook, WEBHOOKS, whyNot } from "./webhooks";

interface Page {
  deliveries: Delivery[];
  next: string | null;
}

export function WebhookLog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t, i18n } = useTranslation("integrations");
  const client = useQueryClient();
  const key = [...WEBHOOKS, webhook.id, "deliveries"];
  const [testing, setTesting] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: "",
    refetchInterval: 5000,
    queryFn: ({ pageParam, signal }) => {
      const after = pageParam === "" ? "" : `&after=${encodeURIComponent(pageParam)}`;
      return api.request<Page>(`${PLACE}/${webhook.id}/deliveries?limit=50${after}`, { signal });
    },
    getNextPageParam: (page) => page.next,
  });
  const refresh = () => client.invalidateQueries({ queryKey: WEBHOOKS });
  const test = async () => {
    setTesting(true);
    setFailure(null);
    try {
      await api.request<Delivery>(`${PLACE}/${webhook.id}/test`, { method: "POST" });
      await refresh();
    } catch (error) {
      setFailure(errorText(i18n, error));
    }
    setTesting(false);
  };
  const again = (delivery: Delivery) => {
    api.request(`${PLACE}/deliveries/${delivery.id}/send`, { method: "POST" }).then(refresh, toastFailed);
  };
  const found = query.data?.pages.flatMap((page) => page.deliveries);
  return (
    <SideSheet title={t("webhooks.logOf", { name: webhook.name })} onClose={onClose} size={640}>
      <Stack gap="md" p="lg">
        <Text c="dimmed">{t("webhooks.logAbout")}</Text>
        <div>
          <Button leftSection={<IconSend size={18} />} mih={44} loading={testing} onClick={() => void test()}>
            {t("webhooks.test")}
          </Button>
        </div>
        {failure !== null && (
          <Alert color="red" role="alert">
            {failure}
          </Alert>
        )}
        {query.error && !found ? (
          <Failed error={query.error} onRetry={() => void query.refetch()} />
        ) : found === undefined ? (
          <Loading />
        ) : found.length === 0 ? (
          <Empty icon={IconHistory} title={t("webhooks.logNone")}>
            {t("webhooks.logNoneText")}
          </Empty>
        ) : (
          <Stack component="ul" gap="sm" p={0} m={0} aria-label={t("webhooks.logOf", { name: webhook.name })} style={{ listStyle: "none" }}>
            {found.map((delivery) => (
              <li key={delivery.id}>
                <OneDelivery delivery={delivery} canSend={webhook.enabled} onSend={() => again(delivery)} />
              </li>
            ))}
          </Stack>
        )}
        {query.hasNextPage && (
          <Button variant="default" mih={44} loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("webhooks.older")}
          </Button>
        )}
      </Stack>
    </SideSheet>
  );
}

function OneDelivery({ delivery, canSend, onSend }: { delivery: Delivery; canSend: boolean; onSend: () => void }) {
  const { t } = useTranslation("integrations");
  return (
    <details>
      <summary style={{ cursor: "pointer", paddingBlock: 8 }}>
        <Group component="span" gap="md" display="inline-flex" wrap="wrap">
          <Text component="span" fw={600}>
            {delivery.event}
          </Text>
          <StateBadge state={BADGES[delivery.state]} label={t(`webhooks.state.${delivery.state}`)} />
          <Text component="span" size="sm" c="dimmed">
            <RelativeTime time={delivery.created_at} />
            {delivery.status !== null && ` · HTTP ${delivery.status}`}
          </Text>
        </Group>
      </summary>
      <Stack gap="sm" pb="md">
        {delivery.problem !== "" && <Text>{whyNot(t, delivery)}</Text>}
        <Text size="sm" c="dimmed">
          {t("webhooks.tries", { count: delivery.attempts })}
          {delivery.next_at !== null && (
            <>
              {" · "}
              {t("webhooks.nextTry")} <RelativeTime time={delivery.next_at} />
            </>
          )}
        </Text>
        <Text size="sm" fw={600}>
          {t("webhooks.body")}
        </Text>
        <Code block tabIndex={0}>
          {indented(delivery.body)}
        </Code>
        <Text size="sm" fw={600}>
          {t("webhooks.answer")}
        </Text>
        {delivery.answer === "" ? (
          <Text size="sm" c="dimmed">
            {t(delivery.status === null ? "webhooks.noAnswer" : "webhooks.emptyAnswer")}
          </Text>
        ) : (
          <Code block tabIndex={0}>
            {delivery.answer}
          </Code>
        )}
        {canSend && (
          <div>
            <Button variant="default" mih={44} leftSection={<IconRefresh size={18} />} onClick={onSend}>
              {t("webhooks.again")}
            </Button>
          </div>
        )}
      </Stack>
    </details>
  );
}
