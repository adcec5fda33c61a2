/** After hanging up: note, outcome, next step, and the planned call done (C2-10); then on down the list. */
import { Button, Checkbox, NativeSelect, Textarea } from "@mantine/core";
import { IconExternalLink, IconPhone, IconPlayerSkipForward, IconX } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/client";
import { type Draft, OUTCOMES, type OverCall } from "../../after";
import { live } from "../../engine/calls";
import { usePhone, useRunningPhone } from "../../PhoneContext";
import { keyOf, opensRecord, sameRecord } from "../../records";
import { clockOf } from "../parts";
import { Problem } from "../problems";
import { type BeingCalled, type CallNote, type DueCall, type PlannedCall, daysAfter, dayWords, firstDraft, following, plannedFor, useCallNote, useCallPlanned, useDueCalls, useWriteDown } from "./activities";
import { Refused } from "./ActivityCard";
import { DayFields, localDay } from "./DayFields";
import { appWord } from "./words";

/** The newest call that is over, when there is anything to write it down for; `children` otherwise, and until that is known. */
export function AfterCall({ over, children }: { over: OverCall; children: ReactNode }) {
  const { after } = useRunningPhone();
  const found = useCallNote(over.call);
  const note = found.data;
  const list = useDueCalls().data?.calls ?? [];
  const planned = note?.activity ?? asPlanned(plannedFor(list, over.number));
  const known = note !== undefined && (note.record !== null || note.records.length > 0 || (note.contact !== null && note.contact.source !== "users"));
  const worth = over.draft !== null || planned !== null || known;
  // Who can not be asked now is asked again: the network comes back.
  const gone = found.error instanceof ApiError && found.error.status > 0;
  const nothing = !worth && (note !== undefined || gone);
  useEffect(() => {
    if (nothing) after.settle(over.call);
  }, [nothing, after, over.call]);
  if (!worth || (found.isPending && over.draft === null)) return children;
  return <Panel key={over.call} over={over} note={note} planned={planned} list={list} />;
}

/** Who is on the list is offered as done, whether called from it or not. */
function asPlanned(call: DueCall | null): PlannedCall | null {
  if (!call) return null;
  const { source, id, due, time, summary, note, record } = call;
  return { source, id, due, time, summary, note, record };
}

interface PanelProps {
  over: OverCall;
  note: CallNote | undefined;
  planned: PlannedCall | null;
  list: readonly DueCall[];
}

function Panel({ over, note, planned, list }: PanelProps) {
  const { t, i18n } = useTranslation("phone");
  const { after, engine } = useRunningPhone();
  const write = useWriteDown();
  const [saved, setSaved] = useState<Draft | null>(null);
  const field = useNoteFocus();
  const first = firstDraft(note, planned, over.answered);
  const draft = over.draft ? { ...over.draft, record: over.draft.record === undefined ? first.record : over.draft.record } : first;
  const set = (patch: Partial<Draft>): void => after.write(over.call, { ...draft, ...patch });
  const today = useDueCalls().data?.today ?? localDay();
  const contact = note?.contact?.source === "users" ? null : (note?.contact ?? null);
  const name = contact?.name || contact?.company || over.name || note?.name || over.shown;
  const save = async (): Promise<boolean> => {
    if (over.draft === null || saved === over.draft) return true;
    try {
      await write.mutateAsync({ call: over.call, draft, planned, contact });
    } catch {
      return false;
    }
    setSaved(over.draft);
    return true;
  };
  const dismiss = (): void => {
    const ended = engine.state.calls.find((call) => call.dialog === over.call && !live(call));
    if (ended) void engine.do({ do: "dismiss", call: ended.id });
  };
  const gone = (): void => {
    after.settle(over.call);
    dismiss();
  };
  const later = (): void => {
    after.putAside(over.call, true);
    dismiss();
  };
  const leave = over.draft === null ? t("dismiss") : t("after.later");
  return (
    <section className="swp-sheet swp-after" aria-label={t("after.title", { name })}>
      <div className="swp-sheet-head">
        <h2>{name}</h2>
        <button type="button" className="swp-icon" aria-label={leave} title={leave} onClick={over.draft === null ? gone : later}>
          <IconX size={20} aria-hidden />
        </button>
      </div>
      <p className="swp-sheet-sub">
        {over.answered ? t("after.talked", { time: clockOf(over.seconds) }) : t("after.notAnswered")} · {over.shown}
      </p>
      <form
        className="swp-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save().then((written) => written && gone());
        }}
      >
        {over.failure && <Problem failure={over.failure} />}
        <OnRecord note={note} planned={planned} draft={draft} onChoose={(record) => set({ record })} />
        <fieldset className="swp-outcomes">
          <legend>{t("after.outcome")}</legend>
          {OUTCOMES.map((outcome) => (
            <button key={outcome} type="button" className="swp-chip" aria-pressed={draft.outcome === outcome} onClick={() => set({ outcome: draft.outcome === outcome ? "" : outcome })}>
              {t(`after.outcomes.${outcome}`)}
            </button>
          ))}
        </fieldset>
        <Textarea ref={field} label={t("after.note")} rows={3} value={draft.note} onChange={(event) => set({ note: event.currentTarget.value })} />
        {planned && (
          <Checkbox label={t("after.markDone", { summary: planned.summary || t("activities.call") })} checked={draft.done} onChange={(event) => set({ done: event.currentTarget.checked })} />
        )}
        <Checkbox
          label={draft.next?.due ? t("after.nextOn", { day: dayWords(draft.next.due, i18n.language) }) : t("after.next")}
          checked={draft.next !== null}
          onChange={(event) => set({ next: event.currentTarget.checked ? { due: daysAfter(today, 1), time: "", summary: planned?.summary ?? "" } : null })}
        />
        {draft.next && <DayFields today={today} value={draft.next} onChange={(next) => set({ next })} />}
        <Refused error={write.error} />
        <div className="swp-after-acts">
          <CallNext calls={following(list, planned)} saves={over.draft !== null} save={save} onGone={gone}>
            <Button type="submit" variant={over.draft === null ? "default" : "filled"} loading={write.isPending} disabled={draft.next?.due === ""}>
              {t("save")}
            </Button>
          </CallNext>
        </div>
      </form>
    </section>
  );
}

/** Who works with a keyboard types the note at once, unless he is typing elsewhere. */
function useNoteFocus() {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const root = field.current?.getRootNode() as Document | ShadowRoot | undefined;
    const focused = root?.activeElement ?? document.activeElement;
    const free = focused === null || focused === document.body || focused.matches(".swp-body, switchroom-phone");
    if (free && matchMedia("(hover: hover)").matches) field.current?.focus({ preventScroll: true });
  }, []);
  return field;
}

/** On which record it is written down. */
function OnRecord({ note, planned, draft, onChoose }: { note: CallNote | undefined; planned: PlannedCall | null; draft: Draft; onChoose: (record: Draft["record"]) => void }) {
  const { t } = useTranslation("phone");
  const { openPage } = usePhone();
  const all = [planned?.record ?? null, note?.record ?? null, ...(note?.records ?? [])].filter((one) => one !== null);
  const records = all.filter((one, at) => at === all.findIndex((other) => sameRecord(other, one)));
  if (records.length === 0) return null;
  const chosen = records.find((record) => sameRecord(record, draft.record ?? null)) ?? null;
  return (
    <div className="swp-pair">
      <NativeSelect
        label={t("after.record")}
        value={chosen ? keyOf(chosen) : ""}
        data={[...records.map((record) => ({ value: keyOf(record), label: t("about.record", { app: appWord(record.app, t), title: record.title }) })), { value: "", label: t("after.noRecord") }]}
        onChange={(event) => onChoose(records.find((record) => keyOf(record) === event.currentTarget.value) ?? null)}
      />
      <Button variant="default" disabled={!chosen?.url} aria-label={chosen ? t("about.open", { title: chosen.title }) : t("about.noRecord")} onClick={() => chosen && openPage(opensRecord(chosen))}>
        <IconExternalLink size={18} aria-hidden />
      </Button>
    </div>
  );
}

interface CallNextProps {
  calls: readonly DueCall[];
  saves: boolean;
  save: () => Promise<boolean>;
  onGone: () => void;
  /** The button that only saves. */
  children: ReactNode;
}

/** "Call the next one", and skipping. What was entered is saved first. */
function CallNext({ calls, saves, save, onGone, children }: CallNextProps) {
  const { t } = useTranslation("phone");
  const dial = useCallPlanned();
  const [skipped, setSkipped] = useState(0);
  const [being, setBeing] = useState<BeingCalled | null>(null);
  const [busy, setBusy] = useState(false);
  const next = calls[skipped];
  const [number] = next?.numbers ?? [];
  if (!next || !number) {
    return (
      <>
        {calls.length > 0 && <p className="swp-note">{t("after.through")}</p>}
        {children}
      </>
    );
  }
  const name = next.name || next.company || number.shown;
  const ring = async (evenIf: boolean): Promise<void> => {
    setBusy(true);
    try {
      if (!(await save())) return;
      const who = await dial(next, number, evenIf);
      setBeing(who);
      if (who === null) onGone();
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div className="swp-next-who">
        <p title={next.summary}>
          <strong>{t("after.then", { name })}</strong>
          <small>{[next.time, next.summary].filter(Boolean).join(" · ")}</small>
        </p>
        <button
          type="button"
          className="swp-chip"
          title={t("after.skipName", { name })}
          onClick={() => {
            setSkipped(skipped + 1);
            setBeing(null);
          }}
        >
          <IconPlayerSkipForward size={18} aria-hidden />
          {t("after.skip")}
        </button>
      </div>
      {(being ?? next.called_by) && (
        <p role="alert" className="swp-called">
          {being ? t("activities.callAnyway", { name: being.who ?? t("activities.somebody") }) : t("activities.calledBy", { name: next.called_by?.name ?? "" })}
        </p>
      )}
      <div className="swp-next-acts">
        {children}
        <button type="button" className="swp-chip swp-go" disabled={busy} onClick={() => void ring(being !== null)}>
          <IconPhone size={18} aria-hidden />
          {being ? t("activities.anyway") : t(saves ? "after.saveAndCall" : "after.callNext")}
        </button>
      </div>
    </>
  );
}
