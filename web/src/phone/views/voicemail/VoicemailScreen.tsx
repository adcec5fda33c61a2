/** Messages: play, call back, archive, delete (B7, D3-04); and the greetings that callers hear. */
import { NativeSelect } from "@mantine/core";
import { IconArchive, IconArchiveOff, IconChevronLeft, IconMailOff, IconMessage, IconPhone, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "../../PhoneContext";
import { ListFailed, ListLoading } from "../lists";
import { Ago, Avatar, clockOf, Empty } from "../parts";
import { Settings } from "./Greetings";
import { type Message, useMailboxes, useMark, useMessages, useSound } from "./voicemails";

export function VoicemailScreen({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation("phone");
  const [part, setPart] = useState<"inbox" | "archive" | "settings">("inbox");
  const { data: boxes, isError, refetch } = useMailboxes();
  const [chosen, setChosen] = useState<string | null>(null);
  const box = boxes?.find((one) => one.id === chosen) ?? boxes?.[0];
  return (
    <section className="swp-sheet" aria-label={t("voicemail.title")}>
      <div className="swp-sheet-head">
        <button type="button" className="swp-icon" aria-label={t("back")} title={t("back")} onClick={onBack}>
          <IconChevronLeft size={22} aria-hidden />
        </button>
        <h2>{t("voicemail.title")}</h2>
      </div>
      <div className="swp-parts" role="group" aria-label={t("voicemail.title")}>
        {(["inbox", "archive", "settings"] as const).map((name) => (
          <button key={name} type="button" aria-pressed={part === name} onClick={() => setPart(name)}>
            {t(`voicemail.part.${name}`)}
          </button>
        ))}
      </div>
      {boxes && boxes.length > 1 && (
        <NativeSelect
          className="swp-boxes"
          aria-label={t("voicemail.box")}
          value={box?.id}
          data={boxes.map((one) => ({ value: one.id, label: one.new > 0 ? t("voicemail.boxNew", { name: one.name, count: one.new }) : one.name }))}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      )}
      {box?.full && <p className="swp-strip">{t("voicemail.full")}</p>}
      {!box ? (
        isError ? (
          <ListFailed onAgain={() => void refetch()} />
        ) : (
          <ListLoading />
        )
      ) : part === "settings" ? (
        <Settings key={box.id} box={box} />
      ) : (
        <Messages key={box.id + part} box={box.id} archived={part === "archive"} onLeave={onBack} />
      )}
    </section>
  );
}

function Messages({ box, archived, onLeave }: { box: string; archived: boolean; onLeave: () => void }) {
  const { t } = useTranslation("phone");
  const found = useMessages(box, archived);
  const [open, setOpen] = useState<string | null>(null);
  if (!found.data) return found.isError ? <ListFailed onAgain={() => void found.refetch()} /> : <ListLoading />;
  const messages = found.data.pages.flatMap((page) => page.messages);
  if (messages.length === 0) {
    return (
      <Empty icon={<IconMailOff aria-hidden />} title={t(archived ? "voicemail.emptyArchive" : "voicemail.empty")}>
        {t("voicemail.emptyHint")}
      </Empty>
    );
  }
  return (
    <ul className="swp-list swp-messages" aria-label={t("voicemail.title")}>
      {messages.map((message) => (
        <Row key={message.id} message={message} open={open === message.id} onLeave={onLeave} onOpen={() => setOpen(open === message.id ? null : message.id)} />
      ))}
      {found.hasNextPage && (
        <li>
          <button type="button" className="swp-link" onClick={() => void found.fetchNextPage()}>
            {t("more")}
          </button>
        </li>
      )}
    </ul>
  );
}

function Row({ message, open, onOpen, onLeave }: { message: Message; open: boolean; onOpen: () => void; onLeave: () => void }) {
  const { t } = useTranslation("phone");
  const name = message.caller_name || message.caller_number || t("unknown");
  const fresh = message.heard_at === null;
  return (
    <li className="swp-row-group" data-new={fresh || undefined}>
      <div className="swp-row">
        <button type="button" className="swp-who" aria-expanded={open} aria-label={t(fresh ? "voicemail.playNew" : "voicemail.play", { name })} onClick={onOpen}>
          <Avatar name={name} />
          <span>
            <strong>{name}</strong>
            <small>
              {fresh && <em>{t("voicemail.isNew")} · </em>}
              <Ago time={message.at} /> · {clockOf(Math.round(message.seconds))}
            </small>
          </span>
          <IconPlayerPlay size={20} aria-hidden className="swp-call-icon" />
        </button>
      </div>
      {open && <Opened message={message} name={name} onLeave={onLeave} />}
    </li>
  );
}

function Opened({ message, name, onLeave }: { message: Message; name: string; onLeave: () => void }) {
  const { t } = useTranslation("phone");
  const phone = usePhone();
  const mark = useMark(message);
  const [sure, setSure] = useState(false);
  const { address, failed } = useSound(`/api/phone/voicemails/${encodeURIComponent(message.id)}/audio`);
  const archived = message.archived_at !== null;
  // The call is what one wants to see then.
  const callBack = (): void => {
    phone.call(message.caller_number);
    onLeave();
  };
  return (
    <div className="swp-opened">
      {address && (
        <audio controls autoPlay src={address} aria-label={t("voicemail.soundOf", { name })} onPlay={() => message.heard_at === null && mark.mutate({ heard: true })} />
      )}
      {failed && <p className="swp-note">{t("voicemail.notPlayed")}</p>}
      {mark.isError && <p className="swp-note">{t("voicemail.notDone")}</p>}
      {sure ? (
        <div className="swp-moving-acts" role="group" aria-label={t("voicemail.reallyDelete", { name })}>
          <button type="button" className="swp-text swp-text-red" autoFocus onClick={() => mark.mutate(null)}>
            {t("voicemail.reallyDelete", { name })}
          </button>
          <button type="button" className="swp-text" onClick={() => setSure(false)}>
            {t("cancel")}
          </button>
        </div>
      ) : (
        <div className="swp-strip-acts">
          {message.caller_number !== "" && (
            <button type="button" className="swp-chip" onClick={callBack}>
              <IconPhone size={18} aria-hidden />
              {t("voicemail.callBack")}
            </button>
          )}
          <span className="swp-bar-gap" />
          {message.heard_at !== null && (
            <IconAct icon={<IconMessage size={20} aria-hidden />} label={t("voicemail.markNew")} onClick={() => mark.mutate({ heard: false })} />
          )}
          <IconAct
            icon={archived ? <IconArchiveOff size={20} aria-hidden /> : <IconArchive size={20} aria-hidden />}
            label={t(archived ? "voicemail.unarchive" : "voicemail.archive")}
            onClick={() => mark.mutate({ archived: !archived })}
          />
          <IconAct icon={<IconTrash size={20} aria-hidden />} label={t("voicemail.delete")} onClick={() => setSure(true)} />
        </div>
      )}
    </div>
  );
}

function IconAct({ icon, label, onClick }: { icon: React.ReactNode; label: string; onClick: () => void }) {
  return (
    <button type="button" className="swp-icon" aria-label={label} title={label} onClick={onClick}>
      {icon}
    </button>
  );
}
