/** A password of one's own in the place of the present one. */
import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText, useSlow } from "../ui";
import { api, changeSession, useWho } from "./session";
import type { Session } from "./types";

const LEAST_PASSWORD = 8;

interface Props {
  /** What the present password is called, and the button. */
  currentLabel: string;
  saveLabel: string;
  /** The page is about nothing else. */
  alone?: boolean;
  onChanged?: () => void;
}

export function PasswordForm({ currentLabel, saveLabel, alone = false, onChanged }: Props) {
  const { t, i18n } = useTranslation("console");
  const client = useQueryClient();
  const who = useWho();
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
      const body = { current, new: wanted };
      const session = await api.request<Session>("/api/account/password", { method: "PUT", body });
      changeSession(client, session);
      setCurrent("");
      setWanted("");
      onChanged?.();
    } catch (error) {
      setFailure(errorText(i18n, error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack gap="md">
        <input type="text" name="username" autoComplete="username" value={who.name} readOnly hidden />
        {failure !== null && (
          <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
            {failure}
          </Alert>
        )}
        <PasswordInput
          label={currentLabel}
          autoComplete="current-password"
          autoFocus={alone}
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
        <Button
          type="submit"
          mih={44}
          loading={slow}
          disabled={!current || !wanted}
          style={alone ? undefined : { alignSelf: "flex-start" }}
        >
          {saveLabel}
        </Button>
      </Stack>
    </form>
  );
}
