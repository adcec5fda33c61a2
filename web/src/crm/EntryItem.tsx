/** One entry of the chatter: a message, a call, something done, or a change. */
import { Text } from "@mantine/core";
import { IconArrowsExchange, IconCheck, IconPhoneIncoming, IconPhoneOutgoing, IconPhoneX, IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Callable } from "../phone";
import { Avatar } from "../phone/views/parts";
import { duration, RelativeTime } from "../ui";
import styles from "./Record.module.css";
import type { Entry } from "./types";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function EntryItem({ entry }: { entry: Entry }) {
  const { t } = useTranslation("records");
  const author = entry.author_name || t("chatter.system");
  return (
    <li className={styles.entry} data-kind={entry.kind}>
      <Avatar name={author} size={32} />
      <div className={styles.said}>
        <div className={styles.by}>
          <b>{author}</b>
          <Text span size="sm" c="dimmed">
            <RelativeTime time={entry.at} />
          </Text>
        </div>
        <What entry={entry} />
      </div>
    </li>
  );
}

function What({ entry }: { entry: Entry }) {
  switch (entry.kind) {
    case "message":
      return <div className={styles.text}>{entry.text}</div>;
    case "call":
      return <Called entry={entry} />;
    case "activity":
      return <Done entry={entry} />;
    case "change":
      return <Changed entry={entry} />;
  }
}

function Line({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.happened}>
      {icon}
      <span>{children}</span>
    </div>
  );
}

function Called({ entry: { data, text: note } }: { entry: Entry }) {
  const { t } = useTranslation("records");
  const incoming = data["direction"] === "in";
  const [number, name, outcome] = [text(data["number"]), text(data["name"]), text(data["outcome"])];
  const ended = text(data["ended"]);
  const answered = ended === "answered";
  const Icon = !answered ? IconPhoneX : incoming ? IconPhoneIncoming : IconPhoneOutgoing;
  const recording = text(data["recording_id"]);
  const facts = [
    answered && typeof data["seconds"] === "number" ? duration(data["seconds"]) : "",
    !answered && ended ? t(`common:state.${ended}`, { defaultValue: ended }) : "",
    outcome && t(`outcome.${outcome}`, { defaultValue: outcome }),
  ].filter(Boolean);
  return (
    <>
      <Line icon={<Icon size={18} aria-hidden />}>
        {t(incoming ? "chatter.callFrom" : "chatter.callTo")}{" "}
        <Callable number={number || null}>{name ? `${name} (${number})` : number}</Callable>
        {facts.map((fact) => ` · ${fact}`)}
      </Line>
      {note && <div className={styles.text}>{note}</div>}
      {recording && (
        <audio
          className={styles.sound}
          controls
          preload="none"
          aria-label={t("chatter.recording")}
          src={`/api/recordings/${encodeURIComponent(recording)}/audio`}
        />
      )}
    </>
  );
}

function Done({ entry: { data, text: feedback } }: { entry: Entry }) {
  const { t } = useTranslation("records");
  const [type, summary, outcome] = [text(data["type"]) || "todo", text(data["summary"]), text(data["outcome"])];
  return (
    <>
      <Line icon={<IconCheck size={18} aria-hidden color="var(--sw-good)" />}>
        {t("chatter.done", { type: t(`type.${type}`, { defaultValue: type }) })}
        {summary && `: ${summary}`}
        {outcome && ` · ${t(`outcome.${outcome}`, { defaultValue: outcome })}`}
      </Line>
      {feedback && feedback !== summary && <div className={styles.text}>{feedback}</div>}
    </>
  );
}

function Changed({ entry: { data } }: { entry: Entry }) {
  const { t } = useTranslation("records");
  const field = text(data["field"]);
  const shown = (value: unknown): string => {
    const said = text(value) || t("chatter.nothing");
    // Of a delivered stage that nobody named, its key.
    return field === "stage" ? t(`stage.${said}`, { defaultValue: said }) : said;
  };
  return (
    <Line icon={field === "created" ? <IconPlus size={18} aria-hidden /> : <IconArrowsExchange size={18} aria-hidden />}>
      {field === "created" ? t("chatter.created") : `${t(`field.${field}`)}: ${shown(data["before"])} → ${shown(data["after"])}`}
    </Line>
  );
}
