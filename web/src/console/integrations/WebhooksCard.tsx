/** Webhooks: addresses that are told what happens. */
import { IconWebhook } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Card, Empty } from "../../ui";

export function WebhooksCard() {
  const { t } = useTranslation("integrations");
  return (
    <Card title={t("webhooks.title")}>
      <Empty icon={IconWebhook} title={t("webhooks.none")}>
        {t("webhooks.noneText")}
      </Empty>
    </Card>
  );
}
