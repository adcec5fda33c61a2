/** What a phone and a person need to sign in: shown once, to copy or to scan. */
import { Alert, Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { CopyField, useFocusBack } from "../ui";
import styles from "./CredentialsCard.module.css";
import { useSystem } from "./queries";
import { useWho } from "./session";
import type { Secret } from "./types";
import type { Credentials } from "./UserForm";

const QrCode = lazy(() => import("../ui/QrCode"));

export function CredentialsDialog({ shown, onClose }: { shown: Credentials; onClose: () => void }) {
  const { t } = useTranslation("console");
  useFocusBack();
  return (
    <Modal
      opened
      onClose={onClose}
      size={640}
      title={t("credentials.title", { name: shown.name })}
      closeOnClickOutside={false}
    >
      <Stack gap="lg">
        <Alert color="amber" icon={<IconKey size={18} />}>
          {t("credentials.once")}
        </Alert>
        <CredentialsBody shown={shown} />
        <Group>
          <Button onClick={onClose} mih={44} data-autofocus>
            {t("credentials.done")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function CredentialsBody({ shown }: { shown: Credentials }) {
  const { t } = useTranslation("console");
  return (
    <Stack gap="lg">
      {shown.secret && <PhoneSecret secret={shown.secret} />}
      {shown.login && (
        <section>
          <Title order={3} size="h5" mb={4}>
            {t("credentials.site")}
          </Title>
          <Text size="sm" c="dimmed" mb={8}>
            {t("credentials.siteAbout")}
          </Text>
          <CopyField label={t("credentials.address")} value={window.location.origin} />
          <CopyField label={t("signIn.name")} value={shown.login.name} />
          <CopyField label={t("credentials.temporary")} value={shown.login.password} secret />
        </section>
      )}
    </Stack>
  );
}

function PhoneSecret({ secret }: { secret: Secret }) {
  const { t } = useTranslation("console");
  const server = useSystem(useWho().may("system")).data?.addresses.phones ?? window.location.hostname;
  return (
    <section>
      <Title order={3} size="h5" mb={4}>
        {t("credentials.phone")}
      </Title>
      <div className={styles.phone}>
        <div>
          <CopyField label={t("credentials.domain")} value={server} />
          <CopyField label={t("credentials.user")} value={secret.username} />
          <CopyField label={t("credentials.password")} value={secret.secret} secret />
        </div>
        {secret.provisioning_url && (
          <figure className={styles.qr}>
            <Suspense><QrCode text={secret.provisioning_url} label={t("credentials.qr")} /></Suspense>
            <figcaption>{t("credentials.qrHint")}</figcaption>
          </figure>
        )}
      </div>
    </section>
  );
}
