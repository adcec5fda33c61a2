/** How a mailbox is opened by phone: its PIN, and whether one's own phone is asked for it (D3-04). */
import { Switch } from "@mantine/core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/client";
import { type Mailbox, useOpening } from "./voicemails";

const PIN = /^[0-9]{4,8}$/;

export function Pin({ box }: { box: Mailbox }) {
  const { t } = useTranslation("phone");
  const opening = useOpening(box.id);
  const id = useId();
  const [pin, setPin] = useState("");
  const weak = opening.error instanceof ApiError && opening.error.errorId === "pin-weak";
  const saved = opening.isSuccess && "pin" in opening.variables;
  return (
    <div className="swp-group" role="group" aria-label={t("voicemail.pin.title")}>
      <h3>{t("voicemail.pin.title")}</h3>
      <p className="swp-note" role="status">
        {saved && `${t("voicemail.pin.saved")} `}
        {t(box.has_pin ? "voicemail.pin.set" : "voicemail.pin.none")}
      </p>
      {opening.isError && (
        <p className="swp-error" role="alert">
          {t(weak ? "voicemail.pin.weak" : "voicemail.notDone")}
        </p>
      )}
      <form
        className="swp-say-line"
        onSubmit={(event) => {
          event.preventDefault();
          if (PIN.test(pin)) opening.mutate({ pin }, { onSuccess: () => setPin("") });
        }}
      >
        <label htmlFor={id}>{t("voicemail.pin.field")}</label>
        <input
          id={id}
          type="password"
          inputMode="numeric"
          autoComplete="new-password"
          value={pin}
          onChange={(event) => setPin(event.currentTarget.value.replace(/\D/g, "").slice(0, 8))}
        />
        <button type="submit" className="swp-text swp-text-green" disabled={!PIN.test(pin) || opening.isPending}>
          {t("voicemail.pin.save")}
        </button>
      </form>
      {box.has_pin && (
        <Switch label={t("voicemail.pin.ask")} checked={box.ask_pin} onChange={(event) => opening.mutate({ ask_pin: event.currentTarget.checked })} />
      )}
    </div>
  );
}
