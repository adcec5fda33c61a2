/** Who one is in the other system, and one's API key there. */
import { PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Form, Values } from "../../ui";

type Field = ReturnType<Form<Values>["text"]>;

/** The key of a form, beside its values: those outlive a reload, which a key must not. */
export function useKey(): Pick<Field, "value" | "onChange"> {
  const [value, set] = useState("");
  return { value, onChange: (event) => set(event.currentTarget.value) };
}

interface Props {
  login: Field;
  secret: Field;
  hint?: string;
  autoFocus?: boolean;
}

export function KeyFields({ login, secret, hint, autoFocus }: Props) {
  const { t } = useTranslation("integrations");
  return (
    <>
      <TextInput {...login} label={t("odoo.login")} description={hint} maxLength={200} autoComplete="off" data-autofocus={autoFocus} />
      <PasswordInput {...secret} label={t("odoo.key")} maxLength={256} autoComplete="new-password" />
    </>
  );
}
