/** Sign in to the phone: on its own page, and inside the element on a page of another site. */
import { Button, Checkbox, PasswordInput, TextInput } from "@mantine/core";
import { IconPhone } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";

export interface SignInValues {
  name: string;
  password: string;
  code: string;
  stay: boolean;
}

interface SignInFormProps {
  /** Throws ApiError. */
  signIn: (values: SignInValues) => Promise<void>;
  /** Ask whether to stay signed in. */
  stay?: boolean;
}

const KNOWN = ["wrong-login", "code-needed", "wrong-code", "unreachable"];

export function SignInForm({ signIn, stay = false }: SignInFormProps) {
  const { t, i18n } = useTranslation("phone");
  const [values, setValues] = useState<SignInValues>({ name: "", password: "", code: "", stay: true });
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (patch: Partial<SignInValues>): void => setValues((now) => ({ ...now, ...patch }));
  const wantsCode = error?.errorId === "code-needed" || error?.errorId === "wrong-code";
  const words = error && (error.status === 429 ? t("signIn.too-many") : KNOWN.includes(error.errorId) || i18n.language !== "en" ? t(`signIn.${error.errorId}`, t("listFailed")) : error.message);
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    // Pasted passwords often bring a space or a line break with them (C2-13).
    signIn({ ...values, name: values.name.trim(), password: values.password.trim(), code: values.code.trim() }).catch((refusal: unknown) => {
      setError(refusal instanceof ApiError ? refusal : new ApiError(0, "unreachable", ""));
      setBusy(false);
    });
  };
  return (
    <form className="swp-sign-in" onSubmit={submit}>
      <span className="swp-brand">
        <IconPhone size={30} aria-hidden />
      </span>
      <h2>{t("signIn.title")}</h2>
      <TextInput label={t("signIn.name")} autoComplete="username" autoCapitalize="none" value={values.name} onChange={(event) => set({ name: event.currentTarget.value })} required withAsterisk={false} />
      <PasswordInput label={t("signIn.password")} autoComplete="current-password" value={values.password} onChange={(event) => set({ password: event.currentTarget.value })} required withAsterisk={false} />
      {wantsCode && (
        <TextInput label={t("signIn.code")} inputMode="numeric" autoComplete="one-time-code" autoFocus value={values.code} onChange={(event) => set({ code: event.currentTarget.value })} />
      )}
      {stay && <Checkbox label={t("signIn.stay")} checked={values.stay} onChange={(event) => set({ stay: event.currentTarget.checked })} />}
      {words && (
        <p className="swp-error" role="alert">
          {words}
        </p>
      )}
      <Button type="submit" loading={busy} size="md">
        {t("signIn.submit")}
      </Button>
    </form>
  );
}
