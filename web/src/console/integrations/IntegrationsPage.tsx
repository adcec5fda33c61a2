/** "Integrations": other systems that are told what happens here, or work with it. A card for each kind. */
import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Page } from "../../ui";
import { ConnectorsCard } from "./ConnectorsCard";
import { SitesCard } from "./SitesCard";
import { WebhooksCard } from "./WebhooksCard";

export default function IntegrationsPage() {
  const { t } = useTranslation("integrations");
  return (
    <Page title={t("title")} about={t("about")}>
      <Stack gap="md">
        <ConnectorsCard />
        <SitesCard />
        <WebhooksCard />
      </Stack>
    </Page>
  );
}
