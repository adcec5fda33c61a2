/** Before the room: who one is, whether one can hear and be heard, and Join. */
import { IconPlayerPlay } from "@tabler/icons-react";
import { type FormEvent, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { Meter } from "../phone/adapters/audio";
import { Level } from "../phone/views/parts";
import type { Guest } from "./browser";
import type { Invitation, Trouble, VisitState } from "./model";
import { ByPhone, Strip, TroubleBox } from "./parts";

const NAME_KEY = "switchroom.guest.name";

function remembered(): string | null {
  try {
    return localStorage.getItem(NAME_KEY);
  } catch {
    return null;
  }
}

function remember(name: string | null): void {
  try {
    if (name === null) localStorage.removeItem(NAME_KEY);
    else localStorage.setItem(NAME_KEY, name);
  } catch {
    // A browser without storage asks again.
  }
}

/** What was typed; it outlives the form, which comes again when something went wrong. */
export interface Draft {
  name: string;
  setName: (name: string) => void;
  keep: boolean;
  setKeep: (keep: boolean) => void;
  code: string;
  setCode: (code: string) => void;
}

/** @param invited of whom the link was made for. */
export function useDraft(invited: string): Draft {
  const [typed, setName] = useState(remembered);
  const [keep, setKeep] = useState(() => remembered() !== null);
  const [code, setCode] = useState("");
  return { name: typed ?? invited, setName, keep, setKeep, code, setCode };
}

interface EntryProps {
  guest: Guest;
  state: VisitState;
  invitation: Invitation;
  draft: Draft;
}

export function Entry({ guest, state, invitation, draft }: EntryProps) {
  const { t } = useTranslation("guest");
  const { visit } = guest;
  const { name, setName, keep, setKeep, code, setCode } = draft;
  const join = (listening: boolean): void => {
    remember(keep && name.trim() !== "" ? name.trim() : null);
    void visit.join(name, code, listening);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    join(false);
  };
  const { trouble } = state;
  const ofName = trouble === "name-missing";
  const ofCode = trouble === "wrong-code" || trouble === "code-missing";
  return (
    <form className="swg-form" onSubmit={submit} noValidate>
      <div>
        <h1>{invitation.conference}</h1>
        <p>
          {t("invited", { system: invitation.system })} {invitation.lobby && t("lobbyAhead")}
        </p>
      </div>
      {trouble && <EntryTrouble trouble={trouble} onAgain={() => void visit.openMicrophone()} onListen={() => join(true)} />}
      <Field id="name" label={t("name")} hint={t("nameHint")} wrong={ofName}>
        <input
          id="name"
          aria-describedby="name-hint"
          aria-invalid={ofName}
          autoComplete="name"
          autoFocus
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <label className="swg-check">
        <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
        {t("remember")}
      </label>
      {invitation.needs_code && (
        <Field id="code" label={t("code")} hint={t("codeHint")} wrong={ofCode}>
          <input
            id="code"
            aria-describedby="code-hint"
            aria-invalid={ofCode}
            inputMode="numeric"
            autoComplete="off"
            maxLength={32}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        </Field>
      )}
      <SoundCheck guest={guest} state={state} />
      <button type="submit" className="swg-button swg-green">
        {t("join")}
      </button>
      {invitation.phone && <ByPhone way={invitation.phone} system={invitation.system} needsCode={invitation.needs_code} />}
    </form>
  );
}

function EntryTrouble({ trouble, onAgain, onListen }: { trouble: Trouble; onAgain: () => void; onListen: () => void }) {
  const { t } = useTranslation("guest");
  if (!trouble.startsWith("microphone")) return <TroubleBox trouble={trouble} />;
  return (
    <TroubleBox trouble={trouble} act={t("tryAgain")} onAct={onAgain}>
      <button type="button" className="swg-link" onClick={onListen}>
        {t("joinListening")}
      </button>
    </TroubleBox>
  );
}

function Field({ id, label, hint, wrong, children }: { id: string; label: string; hint: string; wrong: boolean; children: React.ReactNode }) {
  return (
    <div className="swg-field" data-wrong={wrong || undefined}>
      <label htmlFor={id}>{label}</label>
      {children}
      <small id={`${id}-hint`}>{hint}</small>
    </div>
  );
}

/** The microphone with its level, the loudspeaker with a tone. */
function SoundCheck({ guest, state }: { guest: Guest; state: VisitState }) {
  const { t } = useTranslation("guest");
  const { visit, audio, settings } = guest;
  const chosen = useSyncExternalStore(settings.subscribe, () => settings.chosen);
  const devices = useDevices(state.microphone === "open");
  const read = useVoiceLevel(guest, state);
  const outputs = "setSinkId" in HTMLMediaElement.prototype;
  return (
    <fieldset className="swg-sound">
      <legend>{t("sound")}</legend>
      {state.microphone === "open" ? (
        <>
          <Choice
            label={t("microphone")}
            kind="audioinput"
            devices={devices}
            value={chosen.microphone}
            onChoose={(microphone) => {
              settings.choose({ microphone });
              void visit.openMicrophone();
            }}
          />
          <Level read={read} label={t("level")} />
          <small>{t("levelHint")}</small>
        </>
      ) : state.microphone === "asking" ? (
        <Strip>{t("asking")}</Strip>
      ) : (
        <button type="button" className="swg-button" onClick={() => void visit.openMicrophone()}>
          {t("tryMicrophone")}
        </button>
      )}
      {outputs && state.microphone === "open" && (
        <Choice label={t("speaker")} kind="audiooutput" devices={devices} value={chosen.speaker} onChoose={(speaker) => settings.choose({ speaker })} />
      )}
      <button
        type="button"
        className="swg-button"
        onClick={() => {
          audio.unlock();
          audio.test("speaker");
        }}
      >
        <IconPlayerPlay size={20} aria-hidden /> {t("testSpeaker")}
      </button>
    </fieldset>
  );
}

interface ChoiceProps {
  label: string;
  kind: MediaDeviceKind;
  devices: readonly MediaDeviceInfo[];
  value: string;
  onChoose: (id: string) => void;
}

function Choice({ label, kind, devices, value, onChoose }: ChoiceProps) {
  const { t } = useTranslation("guest");
  const named = devices.filter((one) => one.kind === kind && one.deviceId !== "" && one.deviceId !== "default");
  return (
    <label className="swg-field">
      {label}
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{t("system")}</option>
        {named.map((one) => (
          <option key={one.deviceId} value={one.deviceId}>
            {one.label || t("unnamed")}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The devices, whose names are told once a microphone is open. */
function useDevices(open: boolean): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    const media = (navigator as Partial<Navigator>).mediaDevices;
    if (!open || !media) return;
    const list = (): void => void media.enumerateDevices().then(setDevices, () => undefined);
    list();
    media.addEventListener("devicechange", list);
    return () => media.removeEventListener("devicechange", list);
  }, [open]);
  return devices;
}

/** How loud the own voice is, 0 to 1. */
export function useVoiceLevel({ visit, audio }: Guest, { microphone, muted, listening }: VisitState): () => number {
  const meter = useRef<Meter | null>(null);
  const stream = microphone === "open" && !listening ? visit.voice : null;
  useEffect(() => {
    if (!stream) return;
    const opened = audio.meter(stream);
    meter.current = opened;
    return () => {
      meter.current = null;
      opened.close();
    };
  }, [audio, stream]);
  return useCallback(() => (muted ? 0 : (meter.current?.level() ?? 0)), [muted]);
}
