/** Calls and minutes at most: of a trunk, of a user, of every user. */
import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Form, Values } from "../../ui";
import { digits } from "../fields";
import { LIMITS } from "./values";

type LimitValues = Values & Record<(typeof LIMITS)[number], string>;

export function LimitFields<T extends LimitValues>({ form, hint }: { form: Form<T>; hint: string }) {
  const { t } = useTranslation("outside");
  return LIMITS.map((name) => (
    <TextInput key={name} {...digits(form, name)} label={t(`limits.${name}`)} description={hint} maxLength={7} />
  ));
}
