/** `tel:` links of this computer open in the phone. */
import { Button, Stack, Text } from "@mantine/core";
import { IconPhoneCall } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { TEL_PAGE } from "../phone/telLink";
import { Card, toastFailed } from "../ui";

export function TelLinks() {
  const { t } = useTranslation("console");
  // Browsers have it on https and on the machine itself only.
  if (!("registerProtocolHandler" in navigator)) return null;
  const register = () => {
    try {
      navigator.registerProtocolHandler("tel", window.location.origin + TEL_PAGE);
    } catch (error) {
      toastFailed(error);
    }
  };
  return (
    <Card title={t("tel.title")}>
      <Stack gap="md">
        <Text c="dimmed">{t("tel.about")}</Text>
        <div>
          <Button variant="default" mih={44} leftSection={<IconPhoneCall size={18} />} onClick={register}>
            {t("tel.register")}
          </Button>
        </div>
      </Stack>
    </Card>
  );
}
