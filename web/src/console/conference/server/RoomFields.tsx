/** The three fields of a room of the conference server (S3-03). */
import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Form } from "../../../ui";
import { digits } from "../../fields";
import styles from "./server.module.css";
import type { RoomValues } from "./serverValues";

export function RoomFields<T extends RoomValues>({ form, focus }: { form: Form<T>; focus: { autoFocus: true } | { "data-autofocus": true } }) {
  const { t } = useTranslation("conference");
  const required = { required: true, withAsterisk: false, labelProps: { className: styles.required } };
  return (
    <>
      <TextInput {...form.text("name")} {...required} label={t("server.name")} maxLength={80} autoComplete="off" {...focus} />
      <TextInput {...digits(form, "dial_in_id")} {...required} label={t("server.id")} description={t("server.idHint")} maxLength={8} />
      <TextInput {...digits(form, "access_code")} label={t("server.pin")} description={t("server.pinHint")} maxLength={10} />
    </>
  );
}
