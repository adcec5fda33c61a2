/** One call that is due: pointing at it, focus or a tap shows what can be done with it (C2-03). */
import { IconAlertTriangle, IconCheck, IconClock, IconFileText, IconMail, IconPencil, IconPhone, IconPhoneCall, IconUser, IconX } from "@tabler/icons-react";
import { Button, Textarea } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/client";
import { usePhone, useRunningPhone } from "../../PhoneContext";
import { opensRecord } from "../../records";
import { type BeingCalled, type DueCall, useActs, useCallPlanned } from "./activities";
import { appWord, mailTo } from "./words";
import type { OnScreen } from "./screens";

interface CardProps {
  call: DueCall;
  open: boolean;
  onOpen: () => void;
  onScreen: OnScreen;
}

type Asking = "done" | "cancel" | BeingCalled | null;
type Way = DueCall["numbers"][number];

export function ActivityCard({ call, open, onOpen, onScreen }: CardProps) {
  const { t } = useTranslation("phone");
  const dial = useCallPlanned();
  const [asking, setAsking] = useState<Asking>(null);
  const [wanted, setWanted] = useState<Way | null>(null);
  const name = call.name || call.company || call.numbers[0]?.shown || t("unknown");
  const [first] = call.numbers;
  // Who is typing an answer is not left alone with it because the pointer went elsewhere.
  const shown = open || asking === "done" || asking === "cancel";
  const ring = async (way: Way, evenIf = false): Promise<void> => {
    setWanted(way);
    setAsking(await dial(call, way, evenIf));
  };
  return (
    <li className="swp-activity" data-open={shown || undefined} onPointerEnter={({ pointerType }) => pointerType === "mouse" && onOpen()} onFocus={onOpen}>
      <div className="swp-row">
        <button type="button" className="swp-who" aria-expanded={shown} onClick={onOpen}>
          <span>
            <strong>
              {call.time !== "" && <time>{call.time}</time>}
              {name}
            </strong>
            {call.company !== "" && call.company !== name && <small>{call.company}</small>}
            <span className="swp-summary">{call.summary || t("activities.call")}</span>
            {call.record && (
              <small>
                {t("about.record", { app: appWord(call.record.app, t), title: call.record.title })}
              </small>
            )}
          </span>
        </button>
        <button
          type="button"
          className="swp-mini swp-green"
          disabled={!first}
          aria-label={first ? t("callNumber", { number: name }) : t("contact.noNumber")}
          title={first ? t("callNumber", { number: first.shown }) : t("contact.noNumber")}
          onClick={() => first && void ring(first)}
        >
          <IconPhone size={20} aria-hidden />
        </button>
      </div>
      {call.called_by && (
        <p className="swp-called">
          <IconPhoneCall size={16} aria-hidden />
          {t("activities.calledBy", { name: call.called_by.name })}
        </p>
      )}
      {asking !== null && typeof asking === "object" && wanted && (
        <Question
          text={t("activities.callAnyway", { name: asking.who ?? t("activities.somebody") })}
          yes={t("activities.anyway")}
          onYes={() => void ring(wanted, true)}
          onNo={() => setAsking(null)}
        />
      )}
      {shown && (
        <>
          {call.note !== "" && <p className="swp-activity-note">{call.note}</p>}
          {asking === "done" ? (
            <Done call={call} onBack={() => setAsking(null)} />
          ) : asking === "cancel" ? (
            <Cancel call={call} name={name} onBack={() => setAsking(null)} />
          ) : (
            <Acts call={call} name={name} onScreen={onScreen} onAsk={setAsking} onCall={(way) => void ring(way)} />
          )}
        </>
      )}
    </li>
  );
}

function Acts({ call, name, onScreen, onAsk, onCall }: { call: DueCall; name: string; onScreen: OnScreen; onAsk: (asking: Asking) => void; onCall: (way: Way) => void }) {
  const { t } = useTranslation("phone");
  const { openPage } = usePhone();
  const { record, numbers, contact_url } = call;
  const contact_id = call.source === "own" ? call.contact_id : null;
  const openContact = (): void => {
    if (contact_id !== null) onScreen({ name: "contact", id: contact_id, number: "" });
    else openPage({ source: call.source, app: "contacts", id: call.contact_id ?? "", title: name, url: contact_url });
  };
  const about = { name, number: numbers[0]?.e164 ?? "", contact_id, record, summary: call.summary, call: null };
  return (
    <>
      {numbers.length > 1 && (
        <div className="swp-numbers">
          {numbers.map((way) => (
            <button key={way.e164} type="button" className="swp-chip" title={t("callNumber", { number: way.shown })} onClick={() => onCall(way)}>
              <IconPhone size={16} aria-hidden />
              {[way.label, way.shown].filter(Boolean).join(" ")}
            </button>
          ))}
        </div>
      )}
      <Section title={t("activities.document")}>
        <MailAct email={call.email} subject={call.summary} name={name} />
        <Act icon={<IconUser size={20} aria-hidden />} label={t("about.contactOf", { name })} disabled={contact_id === null && contact_url === ""} onClick={openContact} />
        <Act
          icon={<IconFileText size={20} aria-hidden />}
          label={record ? t("about.open", { title: record.title }) : t("about.noRecord")}
          disabled={!record?.url}
          onClick={() => record && openPage(opensRecord(record))}
        />
        <Act icon={<IconClock size={20} aria-hidden />} label={t("about.planAnother")} onClick={() => onScreen({ name: "plan", about })} />
      </Section>
      <Section title={t("activities.activity")}>
        <Act icon={<IconCheck size={20} aria-hidden />} label={t("activities.done")} onClick={() => onAsk("done")} />
        <Act icon={<IconPencil size={20} aria-hidden />} label={t("activities.edit")} onClick={() => onScreen({ name: "planned", call })} />
        <Act icon={<IconX size={20} aria-hidden />} label={t("activities.cancel")} onClick={() => onAsk("cancel")} />
      </Section>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="swp-section" role="group" aria-label={title}>
      <span aria-hidden>{title}</span>
      {children}
    </div>
  );
}

export function Act({ icon, label, disabled = false, onClick }: { icon: ReactNode; label: string; disabled?: boolean; onClick: () => void }) {
  return (
    <button type="button" className="swp-icon" aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      {icon}
    </button>
  );
}

/** The envelope: a message that the person's own program sends. */
export function MailAct({ email, subject, name }: { email: string; subject: string; name: string }) {
  const { t } = useTranslation("phone");
  const label = email === "" ? t("about.noMail") : t("about.mailTo", { name });
  if (email === "") return <Act icon={<IconMail size={20} aria-hidden />} label={label} disabled onClick={() => undefined} />;
  return (
    <a className="swp-icon" href={mailTo(email, subject)} target="_blank" rel="noopener noreferrer" aria-label={label} title={label}>
      <IconMail size={20} aria-hidden />
    </a>
  );
}

function Question({ text, yes, onYes, onNo, children }: { text: string; yes: string; onYes: () => void; onNo: () => void; children?: ReactNode }) {
  const { t } = useTranslation("phone");
  return (
    <div className="swp-question" role="alertdialog" aria-label={text}>
      <p>{text}</p>
      {children}
      <div className="swp-question-acts">
        <Button size="sm" variant="default" onClick={onNo} autoFocus>
          {t("no")}
        </Button>
        <Button size="sm" onClick={onYes}>
          {yes}
        </Button>
      </div>
    </div>
  );
}

function Cancel({ call, name, onBack }: { call: DueCall; name: string; onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { cancel } = useActs();
  return (
    <Question text={t("activities.reallyCancel", { name })} yes={t("activities.cancel")} onYes={() => cancel.mutate(call)} onNo={onBack}>
      <Refused error={cancel.error} />
    </Question>
  );
}

/** The check: what came of it, then it leaves the list. What is typed survives a reload. */
function Done({ call, onBack }: { call: DueCall; onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { info } = useRunningPhone();
  const { done } = useActs();
  const key = `switchroom.done.${info.user.id}.${call.source}.${call.id}`;
  const [feedback, setFeedback] = useState(() => sessionStorage.getItem(key) ?? "");
  return (
    <form
      className="swp-question"
      onSubmit={(event) => {
        event.preventDefault();
        done.mutate({ call, feedback }, { onSuccess: () => sessionStorage.removeItem(key) });
      }}
    >
      <Textarea
        label={t("activities.feedback")}
        autosize={false}
        rows={2}
        value={feedback}
        autoFocus
        onChange={(event) => {
          setFeedback(event.currentTarget.value);
          sessionStorage.setItem(key, event.currentTarget.value);
        }}
      />
      <Refused error={done.error} />
      <div className="swp-question-acts">
        <Button size="sm" variant="default" onClick={onBack}>
          {t("back")}
        </Button>
        <Button size="sm" type="submit" loading={done.isPending}>
          {t("activities.done")}
        </Button>
      </div>
    </form>
  );
}

export function Refused({ error }: { error: Error | null }) {
  const { t } = useTranslation("phone");
  if (!error) return null;
  return (
    <p className="swp-error" role="alert">
      <IconAlertTriangle size={16} aria-hidden /> {error instanceof ApiError && error.status > 0 ? error.message : t("activities.notDone")}
    </p>
  );
}
