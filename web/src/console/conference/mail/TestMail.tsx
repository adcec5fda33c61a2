/** A message to see whether mail arrives. */
import { Alert, Button, Modal, Stack, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconSend } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/client";
import { errorText, useFocusBack, useSlow } from "../../../ui";
import { api } from "../../session";

export function TestMail({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation("conference");
  useFocusBack();
  const [to, setTo] = useState("");
  const [refused, setRefused] = useState<{ text: string; here: boolean } | null>(null);
  const [sent, setSent] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefused(null);
    setSent(null);
    try {
      setSent((await api.request<{ to: string }>("/api/mail/test", { method: "POST", body: { to: to.trim() } })).to);
    } catch (error) {
      setRefused({ text: errorText(i18n, error), here: error instanceof ApiError && error.field === "to" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={t("mail.testTitle")}
    >
      <form onSubmit={(event) => void send(event)}>
        <Stack gap="lg">
          <TextInput
            label={t("mail.testTo")}
            type="email"
            maxLength={254}
            data-autofocus
            value={to}
            error={refused?.here && refused.text}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          {refused !== null && !refused.here && (
            <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
              {refused.text}
            </Alert>
          )}
          {sent !== null && (
            <Alert color="green" role="status" icon={<IconCircleCheck size={18} />}>
              {t("mail.testSent", { to: sent })}
            </Alert>
          )}
          <div>
            <Button type="submit" mih={44} loading={slow} leftSection={<IconSend size={18} />}>
              {t("mail.testSend")}
            </Button>
          </div>
        </Stack>
      </form>
    </Modal>
  );
}
