/** A link under which one phone fetches its settings, once: to type into a desk phone, or to scan with an app. */
import { Alert, Button, Group, Modal, NativeSelect, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCertificate, IconLink } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyField, errorText, RelativeTime, useFocusBack } from "../ui";
import styles from "./CredentialsCard.module.css";
import { api } from "./session";
import type { Device } from "./types";

const QrCode = lazy(() => import("../ui/QrCode"));

export const VENDORS = ["yealink", "snom", "grandstream", "polycom", "linphone"] as const;
type Vendor = (typeof VENDORS)[number];

interface Link {
  url: string;
  qr: string;
  expires_at: number;
  trusted: boolean;
}

export function ProvisioningDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t, i18n } = useTranslation("console");
  const [vendor, setVendor] = useState<Vendor>("yealink");
  const [made, setMade] = useState<{ vendor: Vendor; link: Link } | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useFocusBack();
  const make = async (): Promise<void> => {
    setBusy(true);
    setRefused(null);
    try {
      const path = `/api/users/${device.user_id}/devices/${device.id}/provisioning`;
      setMade({ vendor, link: await api.request<Link>(path, { method: "POST", body: { vendor } }) });
    } catch (error) {
      setRefused(errorText(i18n, error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size={640}
      title={t("provisioning.title", { label: device.label })}
      closeOnClickOutside={made === null}
    >
      <Stack gap="lg">
        {made ? (
          <Made vendor={made.vendor} link={made.link} />
        ) : (
          <>
            <Text c="dimmed">{t("provisioning.about")}</Text>
            <NativeSelect
              label={t("provisioning.vendor")}
              value={vendor}
              data={VENDORS.map((value) => ({ value, label: t(`provisioning.names.${value}`) }))}
              onChange={(event) => setVendor(VENDORS.find((one) => one === event.currentTarget.value) ?? "yealink")}
            />
            {refused && (
              <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert">
                {refused}
              </Alert>
            )}
          </>
        )}
        <Group>
          {made ? (
            <Button mih={44} onClick={onClose} data-autofocus>
              {t("credentials.done")}
            </Button>
          ) : (
            <Button mih={44} loading={busy} leftSection={<IconLink size={18} />} onClick={() => void make()}>
              {t("provisioning.make")}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Made({ vendor, link }: { vendor: Vendor; link: Link }) {
  const { t } = useTranslation("console");
  return (
    <>
      <Alert color="amber" icon={<IconLink size={18} />}>
        {t("provisioning.once")} {t("provisioning.until")} <RelativeTime time={link.expires_at} />
      </Alert>
      <div className={styles.phone}>
        <div>
          <CopyField label={t("provisioning.url")} value={link.url} secret />
          <Text mt="sm">{t(`provisioning.where.${vendor}`)}</Text>
        </div>
        <figure className={styles.qr}>
          <Suspense>
            <QrCode text={link.qr} label={t("provisioning.qr")} />
          </Suspense>
          <figcaption>{t("provisioning.qrHint")}</figcaption>
        </figure>
      </div>
      {!link.trusted && (
        <Alert color="amber" icon={<IconCertificate size={18} />}>
          {t("provisioning.untrusted")}
        </Alert>
      )}
    </>
  );
}
