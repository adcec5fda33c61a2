/** Colleagues with their presence, and the address book. A press calls. */
import {
  IconAddressBook,
  IconChevronDown,
  IconDotsVertical,
  IconDownload,
  IconExternalLink,
  IconPencil,
  IconPhone,
  IconSearchOff,
  IconUpload,
  IconUserPlus,
} from "@tabler/icons-react";
import { Button } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { type Person, type PersonElsewhere, useExportContacts, useImportContacts, usePeople, usePeopleElsewhere } from "../data";
import { usePhone, useRunningPhone } from "../PhoneContext";
import { ListFailed, ListLoading } from "./lists";
import { Avatar, Empty, Menu, MenuItem } from "./parts";

type OnContact = (id: string | null, number: string) => void;

export function Contacts({ onContact }: { onContact: OnContact }) {
  const { t } = useTranslation("phone");
  const { info } = useRunningPhone();
  const found = usePeople("");
  const { people } = found;
  if (!people) return found.isError ? <ListFailed onAgain={() => void found.refetch()} /> : <ListLoading />;
  const users = people.filter((person) => person.kind === "user" && person.id !== info.user.id);
  const contacts = people.filter((person) => person.kind === "contact");
  return (
    <>
      <ul className="swp-list">
        {users.length > 0 && <li className="swp-heading">{t("contacts.users")}</li>}
        {users.map((person) => (
          <Row key={person.id} person={person} onContact={onContact} />
        ))}
        <li className="swp-heading">
          <span>{t("contacts.book")}</span>
          <BookMenu onContact={onContact} />
        </li>
        {contacts.map((person) => (
          <Row key={person.id} person={person} onContact={onContact} />
        ))}
      </ul>
      {contacts.length === 0 && (
        <Empty icon={<IconAddressBook aria-hidden />} title={t("contacts.empty")}>
          <button type="button" className="swp-link" onClick={() => onContact(null, "")}>
            {t("contact.add")}
          </button>
        </Empty>
      )}
    </>
  );
}

/** Users and contacts by name or number, from any tab; a number that nobody has can be called as it is. */
export function SearchResults({ query, onContact }: { query: string; onContact: OnContact }) {
  const { t } = useTranslation("phone");
  const phone = usePhone();
  const found = usePeople(query);
  const { people } = found;
  const elsewhere = usePeopleElsewhere(query);
  const dialable = /^[+\d*#(][\d\s()./*#-]*$/.test(query.trim());
  if (!people) return found.isError ? <ListFailed onAgain={() => void found.refetch()} /> : <ListLoading />;
  return (
    <ul className="swp-list">
      {people.map((person) => (
        <Row key={person.id} person={person} onContact={onContact} />
      ))}
      {withoutKnown(elsewhere, people).map((person) => (
        <RowElsewhere key={`${person.source}/${person.id}`} person={person} />
      ))}
      {dialable && (
        <li className="swp-row">
          <button type="button" className="swp-who" onClick={() => phone.call(query)}>
            <span className="swp-avatar swp-avatar-plain" style={{ width: 40, height: 40 }}>
              <IconPhone size={20} aria-hidden />
            </span>
            <span>
              <strong>{t("callNumber", { number: query.trim() })}</strong>
            </span>
          </button>
        </li>
      )}
      {people.length === 0 && elsewhere.length === 0 && !dialable && (
        <Empty icon={<IconSearchOff aria-hidden />} title={t("contacts.nobody", { query: query.trim() })}>
          <button type="button" className="swp-link" onClick={() => onContact(null, "")}>
            {t("contact.add")}
          </button>
        </Empty>
      )}
    </ul>
  );
}

/** Who stands in our own book with the same number stands there once. */
function withoutKnown(elsewhere: readonly PersonElsewhere[], people: readonly Person[]): PersonElsewhere[] {
  const known = new Set(people.flatMap((person) => person.numbers.map(({ e164 }) => e164)));
  return elsewhere.filter((person) => person.numbers.length === 0 || !person.numbers.every(({ e164 }) => known.has(e164)));
}

/** Somebody of another system, which is named; they are changed there. */
function RowElsewhere({ person }: { person: PersonElsewhere }) {
  const { t } = useTranslation("phone");
  const { openPage, setOpen } = usePhone();
  const { engine } = useRunningPhone();
  const [first] = person.numbers;
  const name = person.name || person.company || person.email || "";
  const call = (): void => {
    if (!first) return;
    setOpen(true);
    void engine.do({ do: "dial", target: { dial: first.e164, shown: first.shown, name } });
  };
  const show = t("about.open", { title: name });
  return (
    <li className="swp-row">
      <button type="button" className="swp-who" disabled={!first} title={first ? t("callNumber", { number: name }) : t("contact.noNumber")} onClick={call}>
        <Avatar name={name} />
        <span>
          <strong>{name}</strong>
          <small>{[person.source_name, person.name ? person.company : "", first?.shown].filter(Boolean).join(" · ")}</small>
        </span>
        {first && <IconPhone size={20} aria-hidden className="swp-call-icon" />}
      </button>
      {person.url !== "" && (
        <button type="button" className="swp-icon" aria-label={show} title={show} onClick={() => openPage({ source: person.source, app: "contacts", id: person.id, title: name, url: person.url })}>
          <IconExternalLink size={20} aria-hidden />
        </button>
      )}
    </li>
  );
}

function Row({ person, onContact }: { person: Person; onContact: OnContact }) {
  const { t } = useTranslation("phone");
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  const ways = [
    ...(person.extension === null ? [] : [{ label: t("contact.extension"), dial: person.extension, shown: person.extension }]),
    ...person.numbers.map(({ label, e164, shown }) => ({ label: label || t("contact.number"), dial: e164, shown })),
  ];
  const [first] = ways;
  const many = ways.length > 1;
  const detail = person.extension ?? first?.shown ?? person.email ?? "";
  const name = person.name || person.company || detail;
  return (
    <li className="swp-row-group">
      <div className="swp-row">
        <button
          type="button"
          className="swp-who"
          disabled={!first}
          title={first ? t("callNumber", { number: name }) : t("contact.noNumber")}
          onClick={() => first && phone.call(first.dial)}
        >
          <Avatar name={name} presence={person.presence} />
          <span>
            <strong>{name}</strong>
            <small>
              {person.kind === "user" && person.presence ? `${detail} · ${t(`status.${person.presence}`)}` : [person.name ? person.company : null, detail].filter(Boolean).join(" · ")}
            </small>
          </span>
          {first && <IconPhone size={20} aria-hidden className="swp-call-icon" />}
        </button>
        {many && (
          <button
            type="button"
            className="swp-icon"
            aria-expanded={open}
            aria-label={t("contact.numbersOf", { name })}
            title={t("contact.numbersOf", { name })}
            onClick={() => setOpen(!open)}
          >
            <IconChevronDown size={20} aria-hidden style={{ rotate: open ? "180deg" : "0deg" }} />
          </button>
        )}
        {person.kind === "contact" && (
          <button
            type="button"
            className="swp-icon"
            aria-label={t("contact.editName", { name })}
            title={t("contact.editName", { name })}
            onClick={() => onContact(person.id, "")}
          >
            <IconPencil size={20} aria-hidden />
          </button>
        )}
      </div>
      {open && (
        <ul className="swp-ways">
          {ways.map((way) => (
            <li key={way.dial}>
              <button type="button" className="swp-who" onClick={() => phone.call(way.dial)}>
                <span>
                  <small>{way.label}</small>
                  <strong>{way.shown}</strong>
                </span>
                <IconPhone size={18} aria-hidden className="swp-call-icon" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Add, import, export. */
function BookMenu({ onContact }: { onContact: OnContact }) {
  const { t } = useTranslation("phone");
  const file = useRef<HTMLInputElement>(null);
  const look = useImportContacts(true);
  const load = useImportContacts(false);
  const save = useExportContacts();
  // What it would do comes first; nothing is taken over before somebody says so.
  const plan = load.isIdle && look.variables ? look.data : undefined;
  const told = plan
    ? t("contacts.planned", { added: plan.added, changed: plan.changed, skipped: plan.skipped.length })
    : load.data
    ? t("contacts.imported", { added: load.data.added, changed: load.data.changed, skipped: load.data.skipped.length })
    : load.error || look.error || save.error
      ? words(load.error ?? look.error ?? save.error, t("listFailed"))
      : load.isPending || look.isPending
        ? t("contacts.importing")
        : "";
  const [firstSkipped] = (plan ?? load.data)?.skipped ?? [];
  return (
    <>
      <button type="button" className="swp-icon" aria-label={t("contact.add")} title={t("contact.add")} onClick={() => onContact(null, "")}>
        <IconUserPlus size={20} aria-hidden />
      </button>
      <Menu label={t("contacts.menu")} icon={<IconDotsVertical size={20} aria-hidden />}>
        <MenuItem icon={<IconUpload size={18} aria-hidden />} onClick={() => file.current?.click()}>
          {t("contacts.import")}
        </MenuItem>
        <MenuItem icon={<IconDownload size={18} aria-hidden />} onClick={() => save.mutate("vcard")}>
          {t("contacts.exportVcard")}
        </MenuItem>
        <MenuItem icon={<IconDownload size={18} aria-hidden />} onClick={() => save.mutate("csv")}>
          {t("contacts.exportCsv")}
        </MenuItem>
      </Menu>
      <input
        ref={file}
        type="file"
        hidden
        accept=".csv,.vcf,.vcard,text/csv,text/vcard"
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          load.reset();
          if (chosen) look.mutate(chosen);
          event.currentTarget.value = "";
        }}
      />
      <p className="swp-told" role="status">
        {told}
        {firstSkipped && ` ${t("contacts.skippedLine", {
          line: firstSkipped.line,
          reason: t(`contacts.why.${firstSkipped.error_id}`, { defaultValue: firstSkipped.reason }),
        })}`}
      </p>
      {plan && (
        <div className="swp-form-acts">
          <Button variant="default" onClick={() => look.reset()}>
            {t("cancel")}
          </Button>
          <Button onClick={() => look.variables && load.mutate(look.variables)}>{t("contacts.importNow")}</Button>
        </div>
      )}
    </>
  );
}

function words(error: unknown, otherwise: string): string {
  return error instanceof ApiError ? error.message : otherwise;
}
