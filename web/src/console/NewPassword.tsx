/** After a temporary password: one of one's own. */
import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText, useSlow } from "../ui";
import { Front } from "./Front";
import { api } from "./session";

export const LEAST_PASSWORD = 8;

export default function NewPassword() {
  const { t, i18n } = useTranslation("console");
  const client = useQueryClient();
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  const save = async () => {
    if (wanted.length < LEAST_PASSWORD) {
      setFailure(t("account.passwordShort", { least: LEAST_PASSWORD }));
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      await api.request("/api/account/password", { method: "PUT", body: { current, new: wanted } });
      await client.invalidateQueries({ queryKey: ["session"] });
    } catch (error) {
      setFailure(errorText(i18n, error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Front title={t("newPassword.title")} about={t("newPassword.about")} signedIn>
      {failure !== null && (
        <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
          {failure}
        </Alert>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Stack gap="md">
          <PasswordInput
            label={t("newPassword.current")}
            autoComplete="current-password"
            autoFocus
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("account.newPassword")}
            description={t("account.passwordHint", { least: LEAST_PASSWORD })}
            autoComplete="new-password"
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
          <Button type="submit" size="md" loading={slow}>
            {t("newPassword.save")}
          </Button>
        </Stack>
      </form>
    </Front>
  );
}
