/** Sign-in: name and password, a code where it is switched on, other sign-in services by configuration. */
import { Alert, Anchor, Button, Code, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconAlertTriangle, IconLockOpen, IconLogin2 } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { errorText, useSlow } from "../ui";
import { Front } from "./Front";
import front from "./Front.module.css";
import { useWelcome } from "./queries";
import { api, changeSession } from "./session";
import type { Session } from "./types";

export default function SignIn() {
  const { t, i18n } = useTranslation("console");
  const welcome = useWelcome().data;
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"password" | "code">("password");
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  const passwordField = useRef<HTMLInputElement>(null);
  useDocumentTitle(t("signIn.title", { name: welcome?.name ?? "Switchroom" }));
  useEffect(() => {
    if (failure !== null && step === "password") passwordField.current?.select();
  }, [failure, step]);

  const signIn = async (withCode: string) => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      const body = step === "code" || withCode ? { name, password, code: withCode } : { name, password };
      const session = await api.request<Session>("/api/session", { method: "POST", body });
      changeSession(client, session);
    } catch (error) {
      if (error instanceof ApiError && error.errorId === "code-needed") setStep("code");
      else {
        setFailure(errorText(i18n, error));
        setCode("");
      }
    } finally {
      setBusy(false);
    }
  };
  const others = welcome?.sign_in.openid ?? [];
  return (
    <Front
      title={welcome?.name ?? "Switchroom"}
      about={t(step === "code" ? "signIn.aboutCode" : "signIn.about")}
      foot={<Insecure />}
    >
      {failure !== null && (
        <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
          {failure}
        </Alert>
      )}
      {step === "code" ? (
        <Stack gap="md">
          <TextInput
            label={t("signIn.code")}
            description={t("signIn.codeHint")}
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            value={code}
            onChange={(event) => {
              const typed = event.currentTarget.value;
              setCode(typed);
              if (/^\d{6}$/.test(typed)) void signIn(typed);
            }}
          />
          <Button size="md" loading={slow} onClick={() => void signIn(code)}>
            {t("signIn.signIn")}
          </Button>
          <Button variant="default" size="md" onClick={() => setStep("password")}>
            {t("signIn.back")}
          </Button>
        </Stack>
      ) : (
        welcome?.sign_in.password !== false && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void signIn("");
            }}
          >
            <Stack gap="md">
              <TextInput
                label={t("signIn.name")}
                name="username"
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                autoFocus
                required
                withAsterisk={false}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <PasswordInput
                ref={passwordField}
                label={t("signIn.password")}
                name="password"
                autoComplete="current-password"
                required
                withAsterisk={false}
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              <Button type="submit" size="md" loading={slow}>
                {t("signIn.signIn")}
              </Button>
            </Stack>
          </form>
        )
      )}
      {others.length > 0 && step === "password" && (
        <Stack gap="sm">
          {welcome?.sign_in.password && <div className={front.divider}>{t("signIn.or")}</div>}
          {others.map((service) => (
            <Button
              key={service.id}
              component="a"
              href={`/api/session/openid/${encodeURIComponent(service.id)}`}
              variant="default"
              size="md"
              leftSection={<IconLogin2 size={20} />}
            >
              {t("signIn.with", { service: service.name })}
            </Button>
          ))}
        </Stack>
      )}
    </Front>
  );
}

/** Browsers give no microphone to an insecure page: where the secure one is, and how to trust it. */
function Insecure() {
  const { t } = useTranslation("console");
  const welcome = useWelcome().data;
  if (window.isSecureContext || welcome === undefined) return null;
  const address = welcome.secure_url ?? `https://${window.location.hostname}:8443/`;
  return (
    <Alert color="amber" icon={<IconLockOpen size={18} />} title={t("insecure.title")} maw={440}>
      <Stack gap="xs">
        <Text size="sm">{t("insecure.why")}</Text>
        <Anchor href={address}>{address}</Anchor>
        <Text size="sm">
          <Trans t={t} i18nKey="insecure.trust" components={{ file: <Code /> }} />
        </Text>
      </Stack>
    </Alert>
  );
}
