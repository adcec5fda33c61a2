/** What a guest sees: the link's conference, the entry, the room, the end. One column, on any screen. */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { type Draft, Entry, useDraft } from "./Entry";
import { Inside } from "./Inside";
import type { VisitState } from "./model";
import { Over } from "./Over";
import { loadAhead, type Guest } from "./browser";
import { Mark, Strip, TroubleBox } from "./parts";
import { speakGuest, spokenHere } from "./translations";

export function GuestPage({ guest }: { guest: Guest }) {
  const { t, i18n } = useTranslation("guest");
  const { visit } = guest;
  const state = useSyncExternalStore(visit.subscribe, () => visit.state);
  const conference = state.invitation?.conference ?? state.pass?.conference ?? "";
  const system = state.invitation?.system ?? "";
  useEffect(() => {
    document.title = conference === "" ? t("conference") : t("title", { conference, system });
  }, [conference, system, t]);
  const language = state.invitation?.language;
  useEffect(() => {
    // Who reads none of our languages is shown the conference's.
    if (language && spokenHere(navigator.languages) === null) void speakGuest(i18n, language);
  }, [language, i18n]);
  useEffect(loadAhead, []);
  const main = useFocusOnStep(state.step);
  const draft = useDraft(state.invitation?.name ?? "");
  return (
    <div className="swg">
      <header className="swg-top">
        <Mark />
        <span>{system}</span>
      </header>
      <main className="swg-main" ref={main} tabIndex={-1} data-step={state.step}>
        {state.soundBlocked && (
          <Strip act={t("enableSound")} onAct={() => visit.unlockSound()}>
            {t("soundBlocked")}
          </Strip>
        )}
        <Screen guest={guest} state={state} draft={draft} />
      </main>
    </div>
  );
}

function Screen({ guest, state, draft }: { guest: Guest; state: VisitState; draft: Draft }) {
  const { t } = useTranslation("guest");
  switch (state.step) {
    case "looking":
      return (
        <div className="swg-quiet" role="status">
          <h1>{t("looking")}</h1>
          {state.trouble ? <TroubleBox trouble={state.trouble} /> : <i className="swg-busy" aria-hidden />}
        </div>
      );
    case "entry":
      return state.invitation && <Entry guest={guest} state={state} invitation={state.invitation} draft={draft} />;
    case "joining":
      return (
        <div className="swg-quiet" role="status">
          <h1>{state.pass?.conference ?? state.invitation?.conference}</h1>
          <p>{t("joining")} …</p>
          {state.microphone === "asking" ? <Strip>{t("asking")}</Strip> : <i className="swg-busy" aria-hidden />}
          {state.pass && (
            <button type="button" className="swg-button" onClick={() => guest.visit.leave()}>
              {t("leave")}
            </button>
          )}
        </div>
      );
    case "inside":
      return state.pass && <Inside guest={guest} state={state} pass={state.pass} />;
    case "over":
      return <Over state={state} onAgain={() => guest.visit.again()} />;
  }
}

/** Keyboard and screen reader follow the screen; not at the beginning, where the name's field has the focus. */
function useFocusOnStep(step: VisitState["step"]) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(step);
  useEffect(() => {
    if (before.current === step) return;
    const from = before.current;
    before.current = step;
    if (from !== "looking" || step !== "entry") main.current?.focus({ preventScroll: true });
  }, [step]);
  return main;
}
