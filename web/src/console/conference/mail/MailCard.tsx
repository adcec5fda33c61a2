/** Mail on the page "System": how it leaves, a test, and what did not arrive. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPencil, IconRefresh, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, Failed, Loading, RelativeTime, toastFailed, useAddress } from "../../../ui";
import { Facts } from "../../Facts";
import { queryClient } from "../../queries";
import { api } from "../../session";
import invite from "../invite.module.css";
import type { MailServer, OutboxMail } from "../types";
import { MailForm } from "./MailForm";
import { TestMail } from "./TestMail";

export function MailCard() {
  const { t } = useTranslation("conference");
  const address = useAddress();
  const [testing, setTesting] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["mail"],
    queryFn: ({ signal }) => api.request<MailServer>("/api/mail", { signal }),
  });
  return (
    <Card
      title={t("mail.settings")}
      actions={
        data && (
          <Button
            variant="default"
            mih={40}
            leftSection={<IconPencil size={18} />}
            aria-label={t("console:conferences.editWhat", { name: t("mail.settings") })}
            onClick={() => address.set({ edit: "mail" }, true)}
          >
            {t("console:action.edit")}
          </Button>
        )
      }
    >
      {error && !data ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : (
        <Stack gap="md">
          {data.host === "" ? (
            <Text c="dimmed">{t("mail.none")}</Text>
          ) : (
            <>
              <Facts
                facts={[
                  [t("mail.host"), `${data.host}:${data.port}`],
                  [t("mail.security"), t(`mail.securities.${data.security}`)],
                  [t("mail.username"), data.username || t("console:system.none")],
                  [t("mail.from"), data.sender],
                  [t("mail.url"), data.public_url || data.default_url],
                ]}
              />
              <div>
                <Button variant="default" mih={44} leftSection={<IconSend size={18} />} onClick={() => setTesting(true)}>
                  {t("mail.test")}
                </Button>
              </div>
              <Unsent />
            </>
          )}
        </Stack>
      )}
      {address.get("edit") === "mail" && data && <MailForm server={data} onClose={() => address.set({ edit: null, field: null })} />}
      {testing && <TestMail onClose={() => setTesting(false)} />}
    </Card>
  );
}

/** What could not be sent, and what can be done about it. */
function Unsent() {
  const { t } = useTranslation("conference");
  const failed = useQuery({
    queryKey: ["outbox"],
    refetchInterval: 15_000,
    queryFn: ({ signal }) => api.request<{ mails: OutboxMail[] }>("/api/mail/outbox?state=failed&limit=5", { signal }),
  }).data?.mails;
  if (!failed || failed.length === 0) return null;
  const retry = async (mail: OutboxMail) => {
    try {
      await api.request(`/api/mail/outbox/${encodeURIComponent(mail.id)}/retry`, { method: "POST" });
      await queryClient.invalidateQueries({ queryKey: ["outbox"] });
    } catch (error) {
      toastFailed(error);
    }
  };
  return (
    <section aria-label={t("mail.unsent")}>
      <Text fw={600}>{t("mail.unsent")}</Text>
      <ul className={invite.list}>
        {failed.map((mail) => (
          <li key={mail.id} className={invite.invitation}>
            <div className={invite.who}>
              <Text>{mail.recipient}</Text>
              <Text size="sm" c="dimmed">
                {mail.subject} · <RelativeTime time={mail.created_at} />
                {mail.error && ` · ${mail.error}`}
              </Text>
            </div>
            <Group>
              <Button
                variant="default"
                mih={40}
                leftSection={<IconRefresh size={18} />}
                aria-label={t("mail.retryWhat", { to: mail.recipient })}
                onClick={() => void retry(mail)}
              >
                {t("common:action.tryAgain")}
              </Button>
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}
