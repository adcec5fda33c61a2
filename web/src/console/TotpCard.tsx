/** Codes of an authenticator app as a second step of signing in. */
import { Alert, Button, Code, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconKey } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, CopyField, errorText, StateBadge, toastDone } from "../ui";
import styles from "./CredentialsCard.module.css";
import { api, useWho } from "./session";

const QrCode = lazy(() => import("../ui/QrCode"));

type Step =
  | { at: "rest" }
  | { at: "scan"; secret: string; uri: string }
  | { at: "recovery"; codes: string[] }
  | { at: "remove" };

export function TotpCard() {
  const { t, i18n } = useTranslation("console");
  const who = useWho();
  const client = useQueryClient();
  const [step, setStep] = useState<Step>({ at: "rest" });
  const [typed, setTyped] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const go = (next: Step) => {
    setFailure(null);
    setTyped("");
    setStep(next);
  };
  const run = async (act: () => Promise<void>) => {
    setFailure(null);
    try {
      await act();
    } catch (error) {
      setFailure(errorText(i18n, error));
    }
  };
  const look = () => client.invalidateQueries({ queryKey: ["session"] });
  const begin = async () => {
    const made = await api.request<{ secret: string; uri: string }>("/api/account/totp", { method: "POST" });
    go({ at: "scan", ...made });
  };
  const confirm = async () => {
    const body = { code: typed.replace(/\s/g, "") };
    const made = await api.request<{ recovery_codes: string[] }>("/api/account/totp", { method: "PUT", body });
    go({ at: "recovery", codes: made.recovery_codes });
    await look();
  };
  const remove = async () => {
    await api.request("/api/account/totp", { method: "DELETE", body: { password: typed } });
    go({ at: "rest" });
    toastDone(t("totp.removed"));
    await look();
  };
  return (
    <Card title={t("totp.title")} actions={<StateBadge state={who.totp ? "ok" : "offline"} label={t(who.totp ? "totp.on" : "totp.off")} />}>
      <Stack gap="md">
        {failure !== null && (
          <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
            {failure}
          </Alert>
        )}
        {step.at === "rest" && (
          <>
            <Text c="dimmed">{t("totp.about")}</Text>
            <div>
              {who.totp ? (
                <Button variant="default" mih={44} onClick={() => go({ at: "remove" })}>
                  {t("totp.switchOff")}
                </Button>
              ) : (
                <Button variant="default" mih={44} onClick={() => void run(begin)}>
                  {t("totp.switchOn")}
                </Button>
              )}
            </div>
          </>
        )}
        {step.at === "scan" && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void run(confirm);
            }}
          >
            <Stack gap="md">
              <Text>{t("totp.scan")}</Text>
              <div className={styles.phone}>
                <div>
                  <CopyField label={t("totp.secret")} value={step.secret} secret />
                  <TextInput
                    mt="md"
                    label={t("signIn.code")}
                    inputMode="numeric"
                    autoComplete="one-time-code"
                    autoFocus
                    maxLength={7}
                    value={typed}
                    onChange={(event) => setTyped(event.currentTarget.value)}
                  />
                </div>
                <Suspense><QrCode text={step.uri} label={t("totp.qr")} /></Suspense>
              </div>
              <Group>
                <Button type="submit" mih={44} disabled={typed.length < 6}>
                  {t("totp.confirm")}
                </Button>
                <Button variant="default" mih={44} onClick={() => go({ at: "rest" })}>
                  {t("common:action.cancel")}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
        {step.at === "recovery" && (
          <>
            <Alert color="amber" icon={<IconKey size={18} />}>
              {t("totp.recovery")}
            </Alert>
            <Code block>{step.codes.join("\n")}</Code>
            <div>
              <Button mih={44} onClick={() => go({ at: "rest" })}>
                {t("credentials.done")}
              </Button>
            </div>
          </>
        )}
        {step.at === "remove" && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void run(remove);
            }}
          >
            <Stack gap="md">
              <PasswordInput
                label={t("account.currentPassword")}
                autoComplete="current-password"
                autoFocus
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
              <Group>
                <Button type="submit" mih={44} disabled={!typed}>
                  {t("totp.switchOff")}
                </Button>
                <Button variant="default" mih={44} onClick={() => go({ at: "rest" })}>
                  {t("common:action.cancel")}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Stack>
    </Card>
  );
}
