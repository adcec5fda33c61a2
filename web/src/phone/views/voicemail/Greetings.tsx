/** What callers of the mailbox hear (recorded here, spoken by the system, or the standard words), and its PIN. */
import { IconMicrophone, IconPlayerPlay, IconPlayerStop, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRunningPhone } from "../../PhoneContext";
import { clockOf } from "../parts";
import { Problem } from "../problems";
import { Pin } from "./Pin";
import { useRecorder } from "./recorder";
import { GREETINGS, type GreetingKind, type Mailbox, useGreet, useSound } from "./voicemails";

export function Settings({ box }: { box: Mailbox }) {
  return (
    <div className="swp-form">
      {GREETINGS.map((kind) => (
        <Greeting key={kind} box={box.id} kind={kind} made={box.greetings.find((one) => one.kind === kind) ?? null} />
      ))}
      <Pin box={box} />
    </div>
  );
}

function Greeting({ box, kind, made }: { box: string; kind: GreetingKind; made: Mailbox["greetings"][number] | null }) {
  const { t } = useTranslation("phone");
  const greet = useGreet(box, kind);
  const { media } = useRunningPhone();
  const recorder = useRecorder(() => media.open(), (sound) => greet.mutate(sound));
  const [text, setText] = useState<string | null>(null);
  const [heard, setHeard] = useState(false);
  const { address } = useSound(heard && made ? `/api/phone/mailbox/greetings/${kind}/audio?mailbox=${encodeURIComponent(box)}` : null);
  const title = t(`voicemail.greeting.${kind}`);
  const now = made === null ? t("voicemail.standard") : made.text || t("voicemail.recorded", { time: clockOf(Math.round(made.seconds)) });
  return (
    <div className="swp-group" role="group" aria-label={title}>
      <h3>{title}</h3>
      <p className="swp-note" role="status">
        {recorder.recording ? t("voicemail.recording") : greet.isPending || recorder.busy ? t("voicemail.saving") : now}
      </p>
      {recorder.failure && <Problem failure={recorder.failure} />}
      {(greet.isError || recorder.unreadable) && <p className="swp-note">{t("voicemail.greetingFailed")}</p>}
      {address && <audio controls autoPlay src={address} aria-label={title} />}
      {text !== null ? (
        <form
          className="swp-say"
          onSubmit={(event) => {
            event.preventDefault();
            greet.mutate(text.trim());
            setText(null);
          }}
        >
          <textarea aria-label={t("voicemail.words")} placeholder={t("voicemail.words")} rows={3} maxLength={1000} autoFocus value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <div className="swp-moving-acts">
            <button type="submit" className="swp-text swp-text-green" disabled={text.trim() === ""}>
              {t("save")}
            </button>
            <button type="button" className="swp-text" onClick={() => setText(null)}>
              {t("cancel")}
            </button>
          </div>
        </form>
      ) : (
        <div className="swp-strip-acts">
          <button type="button" className="swp-chip" onClick={recorder.recording ? recorder.stop : recorder.start}>
            {recorder.recording ? <IconPlayerStop size={18} aria-hidden /> : <IconMicrophone size={18} aria-hidden />}
            {t(recorder.recording ? "voicemail.stop" : "voicemail.record")}
          </button>
          {!recorder.recording && (
            <button type="button" className="swp-link" onClick={() => setText(made?.text ?? "")}>
              {t("voicemail.speak")}
            </button>
          )}
          <span className="swp-bar-gap" />
          {made && !recorder.recording && (
            <>
              <button type="button" className="swp-icon" aria-label={t("voicemail.playGreeting")} title={t("voicemail.playGreeting")} onClick={() => setHeard(true)}>
                <IconPlayerPlay size={20} aria-hidden />
              </button>
              <button type="button" className="swp-icon" aria-label={t("voicemail.toStandard")} title={t("voicemail.toStandard")} onClick={() => greet.mutate(null)}>
                <IconTrash size={20} aria-hidden />
              </button>
            </>
          )}
        </div>
      )}
    </div>
  );
}
