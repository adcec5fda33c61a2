/** The whole phone: header, then the incoming call, the running calls, or the four tabs. */
import { Suspense, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { IconChevronLeft, IconNote, IconPhoneCall } from "@tabler/icons-react";
import { established, foreground, live, movable, occupies, ringingHere } from "../engine/calls";
import type { OverCall } from "../after";
import type { Call } from "../engine/model";
import { usePhone, usePhoneState, useRunningPhone } from "../PhoneContext";
import { ActivityScreen, AfterCall } from "./activities/lazy";
import { useFollowActivities } from "./activities/activities";
import type { ActivityScreenName } from "./activities/screens";
import { AudioScreen } from "./AudioScreen";
import { CallScreen } from "./CallScreen";
import { ContactForm } from "./ContactForm";
import { Header } from "./Header";
import { IncomingScreen } from "./IncomingScreen";
import { WhyQuiet } from "./forwarding/DoNotDisturb";
import { ForwardingScreen } from "./forwarding/ForwardingScreen";
import { TransferSheet } from "./moving/TransferSheet";
import { ListLoading } from "./lists";
import { LinkProblem, Problem } from "./problems";
import { callerOf, callWord, Timer } from "./parts";
import { Tabs } from "./Tabs";
import { VoicemailScreen } from "./voicemail/VoicemailScreen";

/** What a person opened; a call comes before it unless he went back to the tabs. */
export type Screen =
  | { name: "tabs" }
  | { name: "audio" }
  | { name: "forwarding" }
  | { name: "voicemail" }
  | { name: "contact"; id: string | null; number: string }
  | ActivityScreenName;

export interface PhoneViewProps {
  onClose?: () => void;
}

export function PhoneView({ onClose }: PhoneViewProps) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const { moving, setMoving } = usePhone();
  const state = usePhoneState();
  const [screen, setScreen] = useState<Screen>({ name: "tabs" });
  const [away, setAway] = useAwayFromCall(state.calls);
  const incoming = ringingHere(state.calls);
  const talking = state.calls.some((call) => call.state !== "incoming" || call.endedAt !== null);
  const front = foreground(state.calls) ?? state.calls.find((call) => !live(call)) ?? null;
  const body = useRef<HTMLDivElement>(null);
  const busy = state.calls.some(occupies);
  const ringAlone = incoming && !busy;
  const showCall = talking && front && !away && screen.name === "tabs";
  const moved = showCall && front.id === moving && movable(front);
  const over = useOverCalls();
  const toTabs = (): void => setScreen({ name: "tabs" });
  const calm = screen.name === "tabs" && !(front && live(front));
  const noted = calm ? over.newest : null;
  useFollowActivities();
  useFocusOnChange(body, ringAlone ? incoming.id : (noted?.call ?? (showCall ? front.id : screen.name)), Boolean(ringAlone));

  const inside = moved ? (
    <TransferSheet call={front} onBack={() => setMoving(null)} />
  ) : showCall ? (
    <CallScreen call={front} onAdd={() => setAway(true)} onAudio={() => setScreen({ name: "audio" })} onScreen={setScreen} />
  ) : (
    <>
      {front && live(front) && (
        <button
          type="button"
          className="swp-return"
          onClick={() => {
            setAway(false);
            toTabs();
          }}
        >
          {screen.name === "tabs" ? <IconPhoneCall size={18} aria-hidden /> : <IconChevronLeft size={18} aria-hidden />}
          <strong>{callerOf(front, t)}</strong>
          <span>{established(front) ? <Timer call={front} /> : t(callWord(front))}</span>
          <em>{t("call.return")}</em>
        </button>
      )}
      {screen.name === "tabs" && <WhyQuiet onOpen={() => setScreen({ name: "forwarding" })} />}
      {screen.name === "tabs" && <PutAside calls={over.aside} />}
      {screen.name === "tabs" && <Tabs onScreen={setScreen} />}
      {screen.name === "audio" && <AudioScreen onBack={toTabs} />}
      {screen.name === "forwarding" && <ForwardingScreen onBack={toTabs} />}
      {screen.name === "voicemail" && <VoicemailScreen onBack={toTabs} />}
      {screen.name === "contact" && <ContactForm id={screen.id} number={screen.number} onBack={toTabs} />}
      {(screen.name === "planned" || screen.name === "plan" || screen.name === "create") && (
        <Suspense fallback={<ListLoading />}>
          <ActivityScreen screen={screen} onBack={toTabs} />
        </Suspense>
      )}
    </>
  );
  return (
    <>
      <Header
        onAudio={() => setScreen({ name: "audio" })}
        onForwarding={() => setScreen({ name: "forwarding" })}
        onVoicemail={() => setScreen({ name: "voicemail" })}
        {...(onClose && { onClose })}
      />
      <div className="swp-body" ref={body} tabIndex={-1}>
        {!ringAlone && !showCall && <LinkProblem />}
        {state.failure && <Problem failure={state.failure} onDismiss={() => void engine.do({ do: "dismiss-failure" })} />}
        {ringAlone && <IncomingScreen call={incoming} onScreen={setScreen} />}
        {/* What is being typed on a sheet stays while it rings. */}
        {(!ringAlone || screen.name !== "tabs") && (
          <div className="swp-under" hidden={Boolean(ringAlone)}>
            {noted ? (
              <Suspense fallback={inside}>
                <AfterCall over={noted}>{inside}</AfterCall>
              </Suspense>
            ) : (
              inside
            )}
          </div>
        )}
      </div>
    </>
  );
}

/** Calls that are over and may want a note: the one to show, and those that were put aside. */
function useOverCalls() {
  const { after } = useRunningPhone();
  const calls = useSyncExternalStore(after.subscribe, () => after.calls);
  useEffect(() => after.forgetOld(Date.now()), [after]);
  return { newest: calls.findLast((call) => !call.aside) ?? null, aside: calls.filter((call) => call.aside) };
}

/** Notes that were begun and not saved. */
function PutAside({ calls }: { calls: readonly OverCall[] }) {
  const { t } = useTranslation("phone");
  const { after } = useRunningPhone();
  return calls.map(({ call, name, shown }) => (
    <button key={call} type="button" className="swp-return swp-put-aside" onClick={() => after.putAside(call, false)}>
      <IconNote size={18} aria-hidden />
      <span>{t("after.unsaved", { name: name ?? shown })}</span>
    </button>
  ));
}

/** Somebody looks at the tabs during a call. A new call brings the calls back. */
function useAwayFromCall(calls: readonly Call[]): [boolean, (away: boolean) => void] {
  const now = calls
    .filter(live)
    .map((call) => call.id)
    .join(" ");
  const [at, setAt] = useState<string | null>(null);
  return [at !== null && at === now, (away) => setAt(away ? now : null)];
}

/** Keyboard and screen reader follow the screen as soon as it is seen, unless somebody is typing elsewhere; also when it `opened` by itself. */
function useFocusOnChange(body: React.RefObject<HTMLDivElement | null>, key: string, opened: boolean): void {
  const before = useRef(opened ? "" : key);
  useLayoutEffect(() => {
    if (before.current === key) return;
    before.current = key;
    const root = body.current?.getRootNode() as Document | ShadowRoot | undefined;
    const focused = root?.activeElement;
    const elsewhere = document.activeElement;
    const typing = elsewhere instanceof HTMLInputElement || elsewhere instanceof HTMLTextAreaElement;
    if (typing && !body.current?.contains(focused ?? null)) return;
    if (body.current && !body.current.contains(focused ?? null)) body.current.focus({ preventScroll: true });
  }, [body, key]);
}
