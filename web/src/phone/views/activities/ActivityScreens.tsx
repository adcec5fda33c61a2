/** Sheets in place of the tabs: a planned call is changed, another one planned, a record made from a call (C3-03). */
import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { IconChevronLeft } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NextCall } from "../../after";
import { usePeople } from "../../data";
import { usePhone, useRunningPhone } from "../../PhoneContext";
import { opensRecord } from "../../records";
import { type DueCall, daysAfter, useActs, useDueCalls } from "./activities";
import { Refused } from "./ActivityCard";
import { DayFields, localDay } from "./DayFields";
import { type About, type ActivityScreenName, APPS } from "./screens";
import { appWord } from "./words";

export function ActivityScreen({ screen, onBack }: { screen: ActivityScreenName; onBack: () => void }) {
  switch (screen.name) {
    case "planned":
      return <ChangePlanned call={screen.call} onBack={onBack} />;
    case "plan":
      return <Plan about={screen.about} onBack={onBack} />;
    case "create":
      return <Create about={screen.about} first={screen.app} onBack={onBack} />;
  }
}

function Sheet({ title, sub, onBack, children }: { title: string; sub?: string; onBack: () => void; children: ReactNode }) {
  const { t } = useTranslation("phone");
  return (
    <section className="swp-sheet" aria-label={title}>
      <div className="swp-sheet-head">
        <button type="button" className="swp-icon" aria-label={t("back")} title={t("back")} onClick={onBack}>
          <IconChevronLeft size={22} aria-hidden />
        </button>
        <h2>{title}</h2>
      </div>
      {sub && <p className="swp-sheet-sub">{sub}</p>}
      {children}
    </section>
  );
}

function SaveRow({ saving, ready = true, onBack }: { saving: boolean; ready?: boolean; onBack: () => void }) {
  const { t } = useTranslation("phone");
  return (
    <div className="swp-form-acts">
      <span />
      <Button variant="default" onClick={onBack}>
        {t("cancel")}
      </Button>
      <Button type="submit" loading={saving} disabled={!ready}>
        {t("save")}
      </Button>
    </div>
  );
}

/** The pencil: day, time, summary, note, and who has to call. */
function ChangePlanned({ call, onBack }: { call: DueCall; onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { info } = useRunningPhone();
  const { people } = usePeople("");
  const { change } = useActs();
  const today = useDueCalls().data?.today ?? localDay();
  const [fields, setFields] = useState({ due: call.due, time: call.time, summary: call.summary, note: call.note, assigned_to: info.user.id });
  const users = people?.filter((person) => person.kind === "user") ?? [];
  const names = users.some((user) => user.id === info.user.id) ? users : [{ id: info.user.id, name: info.user.name }, ...users];
  return (
    <Sheet title={t("plan.change")} sub={call.name || call.company} onBack={onBack}>
      <form
        className="swp-form"
        onSubmit={(event) => {
          event.preventDefault();
          const assigned_to = fields.assigned_to === info.user.id ? null : fields.assigned_to;
          change.mutate({ call, to: { ...fields, assigned_to } }, { onSuccess: onBack });
        }}
      >
        <DayFields today={today} value={fields} onChange={(value) => setFields({ ...fields, ...value })} />
        <Textarea label={t("plan.note")} rows={3} value={fields.note} onChange={(event) => setFields({ ...fields, note: event.currentTarget.value })} />
        <NativeSelect
          label={t("plan.assigned")}
          value={fields.assigned_to}
          data={names.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(event) => setFields({ ...fields, assigned_to: event.currentTarget.value })}
        />
        <Refused error={change.error} />
        <SaveRow saving={change.isPending} ready={fields.due !== ""} onBack={onBack} />
      </form>
    </Sheet>
  );
}

/** The clock: another call with them. */
function Plan({ about, onBack }: { about: About; onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { plan } = useActs();
  const today = useDueCalls().data?.today ?? localDay();
  const [call, setCall] = useState<NextCall>({ due: daysAfter(today, 1), time: "", summary: about.summary });
  const [note, setNote] = useState("");
  const { record, contact_id } = about;
  return (
    <Sheet title={t("about.planAnother")} sub={about.name} onBack={onBack}>
      <form
        className="swp-form"
        onSubmit={(event) => {
          event.preventDefault();
          plan.mutate({ ...call, note, contact_id, record: record && { source: record.source, app: record.app, id: record.id } }, { onSuccess: onBack });
        }}
      >
        <DayFields today={today} value={call} onChange={setCall} />
        <Textarea label={t("plan.note")} rows={3} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Refused error={plan.error} />
        <SaveRow saving={plan.isPending} ready={call.due !== ""} onBack={onBack} />
      </form>
    </Sheet>
  );
}

/** An opportunity, a task or a ticket made of a call; it is opened, and the call stands in it. */
function Create({ about, first, onBack }: { about: About; first: string; onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { openPage } = usePhone();
  const { create } = useActs();
  const [app, setApp] = useState(first);
  const [title, setTitle] = useState(() => t("about.titleOf", { name: about.name }));
  return (
    <Sheet title={t("about.create")} sub={about.name} onBack={onBack}>
      <form
        className="swp-form"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(
            { app, title: title.trim(), contact_id: about.contact_id, number: about.number, name: about.name, call: about.call },
            {
              onSuccess: (record) => {
                openPage(opensRecord(record));
                onBack();
              },
            },
          );
        }}
      >
        <NativeSelect label={t("about.kind")} value={app} data={APPS.map((value) => ({ value, label: appWord(value, t) }))} onChange={(event) => setApp(event.currentTarget.value)} />
        <TextInput label={t("about.title")} value={title} maxLength={200} autoFocus onFocus={(event) => event.currentTarget.select()} onChange={(event) => setTitle(event.currentTarget.value)} />
        <Refused error={create.error} />
        <SaveRow saving={create.isPending} ready={title.trim() !== ""} onBack={onBack} />
      </form>
    </Sheet>
  );
}
