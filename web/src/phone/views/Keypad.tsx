/** The dial pad: type, press or paste a number; what it means is said before it is called (S2-04, G-10). */
import { IconBackspace, IconEye, IconEyeOff, IconPhone } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { current, EMPTY_KEYPAD, erased, pressed, target, typed, understood } from "../engine/keypad";
import type { Resolved } from "../engine/model";
import { usePhone, usePhoneState, useRunningPhone } from "../PhoneContext";
import { useDebounced } from "../data";
import { meaningWords, refusalWords } from "./meaning";
import { Pad } from "./Pad";

const ASK_AFTER_MS = 150;
/** Before a number: it is called without showing ours (D2-07). */
const HIDDEN = "*67";

export function Keypad() {
  const { t, i18n } = useTranslation("phone");
  const { engine, api } = useRunningPhone();
  const { lastDialled } = usePhoneState();
  const { prefill } = usePhone();
  const [pad, setPad] = useState(() => typed(EMPTY_KEYPAD, prefill));
  const [hidden, setHidden] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const asked = useDebounced(pad.text, ASK_AFTER_MS);

  useEffect(() => {
    if (asked.trim() === "") return;
    const abort = new AbortController();
    api
      .request<Resolved>("/api/phone/number", { method: "POST", body: { text: asked }, signal: abort.signal })
      .then((resolved) => setPad((now) => understood(now, asked, resolved)))
      .catch(() => undefined);
    return () => abort.abort();
  }, [asked, api]);

  const meaning = current(pad);
  const hide = hidden && meaning?.kind === "number";
  const empty = pad.text.trim() === "";
  const call = (): void => {
    if (empty) {
      // Redial: the last number is shown first, and called when one presses again.
      if (lastDialled) setPad((now) => typed(now, lastDialled.shown));
      return;
    }
    const known = target(pad);
    if (meaning?.kind === "refused") return;
    // Nothing of this number stays behind for the next one.
    setPad(EMPTY_KEYPAD);
    setHidden(false);
    if (known) void engine.do({ do: "dial", target: hide ? { ...known, dial: HIDDEN + known.dial } : known });
    else void engine.call(pad.text);
  };
  const refused = meaning?.kind === "refused";
  const hint = refused ? refusalWords(meaning, t, i18n.language) : meaning ? meaningWords(meaning, pad.text, i18n.language) : empty && lastDialled ? t("keypad.redial", { number: lastDialled.shown }) : "";
  return (
    <form
      className="swp-keypad"
      onSubmit={(event) => {
        event.preventDefault();
        call();
      }}
    >
      <div className="swp-entry">
        {meaning?.kind === "number" && (
          <button type="button" className="swp-icon" aria-pressed={hidden} aria-label={t("keypad.hide")} title={t("keypad.hide")} onClick={() => setHidden(!hidden)}>
            {hidden ? <IconEyeOff size={22} aria-hidden /> : <IconEye size={22} aria-hidden />}
          </button>
        )}
        <input
          ref={input}
          value={pad.text}
          inputMode="tel"
          autoComplete="off"
          spellCheck={false}
          autoFocus={matchMedia("(hover: hover)").matches}
          placeholder={t("keypad.placeholder")}
          aria-label={t("keypad.number")}
          aria-invalid={refused}
          aria-describedby="swp-hint"
          data-long={pad.text.length > 17 || undefined}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setPad((now) => typed(now, value));
          }}
        />
        {!empty && (
          <button
            type="button"
            className="swp-icon"
            aria-label={t("keypad.erase")}
            title={t("keypad.erase")}
            onClick={() => setPad(erased)}
            onContextMenu={(event) => event.preventDefault()}
          >
            <IconBackspace size={22} aria-hidden />
          </button>
        )}
      </div>
      <p id="swp-hint" className="swp-hint" data-refused={refused || undefined} aria-live="polite">
        {hide ? `${hint ? `${hint} · ` : ""}${t("keypad.hidden")}` : hint}
      </p>
      <Pad onKey={(key) => setPad((now) => pressed(now, key))} onPlus={() => setPad((now) => pressed(now, "+"))} />
      <button type="submit" className="swp-round swp-green swp-dial" aria-disabled={refused || (empty && !lastDialled) || undefined}>
        <IconPhone size={26} aria-hidden />
        <span>{t("keypad.call")}</span>
      </button>
    </form>
  );
}
