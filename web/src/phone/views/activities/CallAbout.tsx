/** What a call is about: the caller's contact and open records, offered while it rings (C2-08), and shortcuts during it (C2-07). */
import { IconAddressBook, IconBriefcase, IconChecklist, IconChevronRight, IconClock, IconFileText, IconLifebuoy, IconPlus, IconUser } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { established } from "../../engine/calls";
import type { Call } from "../../engine/model";
import { usePhone } from "../../PhoneContext";
import { type FoundContact, type FoundRecord, keyOf, opensContact, opensRecord, sameRecord } from "../../records";
import { plainNumber } from "../../after";
import { callerOf, Menu, MenuItem } from "../parts";
import { plannedFor, useDueCalls, useMatch } from "./activities";
import { Act, MailAct } from "./ActivityCard";
import { APPS, type OnScreen } from "./screens";
import { appWord } from "./words";

const ICONS = { crm: IconBriefcase, project: IconChecklist, helpdesk: IconLifebuoy };
const OFFERED = 3;

export function CallAbout({ call, onScreen }: { call: Call; onScreen: OnScreen }) {
  const { t } = useTranslation("phone");
  const found = useMatch(call.number);
  const planned = plannedFor(useDueCalls().data?.calls, call.number);
  if (!plainNumber(call.number).startsWith("+")) return null;
  const contact = found.data?.contact ?? null;
  const records = withPlanned(planned?.record ?? null, found.data?.records ?? []);
  if (!established(call)) {
    return (
      <div className="swp-about" aria-label={t("about.offers")} role="group">
        {planned && <p className="swp-about-planned">{t("about.planned", { summary: planned.summary || t("activities.call") })}</p>}
        {contact && <ContactLine contact={contact} />}
        {records.slice(0, OFFERED).map((record) => (
          <RecordLine key={keyOf(record)} record={record} />
        ))}
      </div>
    );
  }
  const [first, ...others] = records;
  return (
    <div className="swp-about">
      {planned && planned.summary !== "" && <p className="swp-about-planned">{planned.summary}</p>}
      {first && (
        <div className="swp-row">
          <RecordLine record={first} />
          {others.length > 0 && <OtherRecords records={others} />}
        </div>
      )}
      <Shortcuts call={call} contact={contact} record={first ?? null} onScreen={onScreen} />
    </div>
  );
}

/** The record of the planned call comes first. */
function withPlanned(planned: FoundRecord | null, records: readonly FoundRecord[]): FoundRecord[] {
  if (!planned) return [...records];
  return [planned, ...records.filter((record) => !sameRecord(record, planned))];
}

function RecordLine({ record }: { record: FoundRecord }) {
  const { t } = useTranslation("phone");
  const { openPage } = usePhone();
  const Icon = ICONS[record.app as keyof typeof ICONS] ?? IconFileText;
  const words = t("about.record", { app: appWord(record.app, t), title: record.title });
  return (
    <button type="button" className="swp-about-line" disabled={record.url === ""} title={[words, record.stage].filter(Boolean).join(" · ")} onClick={() => openPage(opensRecord(record))}>
      <Icon size={18} aria-hidden />
      <span>{words}</span>
      <IconChevronRight size={18} aria-hidden />
    </button>
  );
}

function ContactLine({ contact }: { contact: FoundContact }) {
  const { t } = useTranslation("phone");
  const { openPage } = usePhone();
  return (
    <button type="button" className="swp-about-line" disabled={contact.url === ""} onClick={() => openPage(opensContact(contact))}>
      <IconUser size={18} aria-hidden />
      <span>{t("about.contact", { name: [contact.name, contact.company].filter(Boolean).join(", ") })}</span>
      <IconChevronRight size={18} aria-hidden />
    </button>
  );
}

function OtherRecords({ records }: { records: readonly FoundRecord[] }) {
  const { t } = useTranslation("phone");
  const { openPage } = usePhone();
  return (
    <Menu label={t("about.more", { count: records.length })} icon={<b aria-hidden>+{records.length}</b>}>
      {records.map((record) => (
        <MenuItem key={keyOf(record)} icon={<IconFileText size={18} aria-hidden />} onClick={() => openPage(opensRecord(record))}>
          {t("about.record", { app: appWord(record.app, t), title: record.title })}
        </MenuItem>
      ))}
    </Menu>
  );
}

/** Envelope, person, document, clock, and a new record. */
function Shortcuts({ call, contact, record, onScreen }: { call: Call; contact: FoundContact | null; record: FoundRecord | null; onScreen: OnScreen }) {
  const { t } = useTranslation("phone");
  const { openPage } = usePhone();
  const name = contact?.name || contact?.company || callerOf(call, t);
  const contact_id = contact?.source === "own" ? contact.id : null;
  const about = { name, number: plainNumber(call.number), contact_id, record, summary: "", call: call.dialog };
  const openContact = (): void => {
    if (contact_id !== null) onScreen({ name: "contact", id: contact_id, number: "" });
    else if (contact) openPage(opensContact(contact));
    else onScreen({ name: "contact", id: null, number: call.shown });
  };
  return (
    <div className="swp-shortcuts" role="group" aria-label={t("about.shortcuts")}>
      <MailAct email={contact?.email ?? ""} subject={record?.title ?? ""} name={name} />
      <Act
        icon={contact ? <IconUser size={20} aria-hidden /> : <IconAddressBook size={20} aria-hidden />}
        label={contact ? t("about.contactOf", { name }) : t("contact.addNumber", { number: call.shown })}
        onClick={openContact}
      />
      <Act
        icon={<IconFileText size={20} aria-hidden />}
        label={record ? t("about.open", { title: record.title }) : t("about.noRecord")}
        disabled={!record?.url}
        onClick={() => record && openPage(opensRecord(record))}
      />
      <Act icon={<IconClock size={20} aria-hidden />} label={t("about.planAnother")} disabled={!record && contact_id === null} onClick={() => onScreen({ name: "plan", about })} />
      <Menu label={t("about.create")} icon={<IconPlus size={20} aria-hidden />}>
        {APPS.map((app) => {
          const Icon = ICONS[app];
          return (
            <MenuItem key={app} icon={<Icon size={18} aria-hidden />} onClick={() => onScreen({ name: "create", about, app })}>
              {appWord(app, t)}
            </MenuItem>
          );
        })}
      </Menu>
    </div>
  );
}
