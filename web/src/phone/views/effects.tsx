/** What a call does to the page around the phone: title, notification, spoken words, keys. */
import { useEffect } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { asking, established, foreground, movable, ringingHere } from "../engine/calls";
import type { Call, PhoneState } from "../engine/model";
import { usePhone, usePhoneState, useRunningPhone } from "../PhoneContext";
import { RoomSync } from "./conference/RoomSync";
import { callerOf } from "./parts";
import { backWords, stateWords } from "./moving/words";
import { closeNotification, notify } from "./notification";

export function PhoneEffects() {
  useTitle();
  useNotification();
  useCallKeys();
  useLeaveWarning();
  return (
    <>
      <Announcer />
      <RoomSync />
    </>
  );
}

/** S2-07: the title of the tab blinks while it rings. */
function useTitle(): void {
  const { t } = useTranslation("phone");
  const call = ringingHere(usePhoneState().calls);
  const words = call ? t("titleRinging", { name: callerOf(call, t) }) : null;
  useEffect(() => {
    if (words === null) return;
    const before = document.title;
    document.title = words;
    const timer = window.setInterval(() => {
      document.title = document.title === words ? before : words;
    }, 1000);
    return () => {
      window.clearInterval(timer);
      document.title = before;
    };
  }, [words]);
}

/** A system notification while nobody looks at the tab, with both buttons where the system has them. */
function useNotification(): void {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const { setOpen } = usePhone();
  const { calls, role } = usePhoneState();
  const call = role.kind === "owner" ? ringingHere(calls) : null;
  const id = call?.id;
  const title = call ? callerOf(call, t) : "";
  const body = call ? t("notification", { number: call.shown }) : "";
  useEffect(() => {
    if (id === undefined || document.visibilityState === "visible") return;
    notify(
      { id, title, body, answer: t("call.answer"), reject: t("call.reject") },
      (act) => {
        if (act === "answer") void engine.do({ do: "answer", call: id });
        if (act === "reject") void engine.do({ do: "reject", call: id });
        else {
          window.focus();
          setOpen(true);
        }
      },
    );
    return () => closeNotification(id);
  }, [id, title, body, t, engine, setOpen]);
}

function editable(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** M mute, H hold, T transfer, digits, # and * are sent; Escape never hangs up. Not while somebody types into a field. */
function useCallKeys(): void {
  const { engine } = useRunningPhone();
  const { setOpen, setMoving } = usePhone();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
      if (editable(event.composedPath()[0])) return;
      const call = foreground(engine.state.calls);
      if (!call || !established(call)) return;
      if (/^t$/i.test(event.key) && movable(call) && !asking(engine.state.calls)) {
        event.preventDefault();
        setOpen(true);
        setMoving(call.id);
        return;
      }
      const command = commandOf(event.key, call);
      if (!command) return;
      event.preventDefault();
      void engine.do(command);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [engine, setOpen, setMoving]);
}

function commandOf(key: string, call: Call) {
  if (/^[0-9*#]$/.test(key)) return { do: "digits", call: call.id, digits: key } as const;
  if (key === "m" || key === "M") return { do: "mute", call: call.id, on: !call.muted } as const;
  if (key === "h" || key === "H") return { do: "hold", call: call.id, on: call.state !== "held" } as const;
  return null;
}

/** The last tab with a call asks before it is closed. */
function useLeaveWarning(): void {
  const { calls, role } = usePhoneState();
  const last = role.kind === "owner" && role.tabs <= 1 && calls.some(established);
  useEffect(() => {
    if (!last) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [last]);
}

/** Says to a screen reader what happens: ringing, answered, ended. */
function Announcer() {
  const { t } = useTranslation("phone");
  const words = spoken(usePhoneState(), t);
  return (
    <div className="swp-hidden" role="status" aria-live="assertive">
      {words}
    </div>
  );
}

function spoken(state: PhoneState, t: TFunction<"phone">): string {
  const call = ringingHere(state.calls) ?? foreground(state.calls) ?? state.calls.at(-1);
  if (!call) return "";
  const name = callerOf(call, t);
  if (call.transfer !== null && call.transfer.state !== "asking") return call.transfer.state === "back" ? backWords(call.transfer, t) : stateWords(call, t);
  switch (call.state) {
    case "incoming":
      return t("say.incoming", { name });
    case "dialling":
    case "answering":
      return t("say.dialling", { name });
    case "ringing":
      return t("say.ringing", { name });
    case "talking":
      return t("say.talking", { name });
    case "held":
      return t("say.held", { name });
    case "recovering":
      return t("say.recovering", { name });
    case "ended":
      return call.ending?.failure ? t(`failure.${call.ending.failure.id}.what`, { ...call.ending.failure.values }) : t("say.ended", { name });
  }
}
