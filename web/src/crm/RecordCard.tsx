/** A card of a board: what, with whom, whose, and when it is called next. */
import { ActionIcon, Menu, VisuallyHidden } from "@mantine/core";
import { IconDotsVertical } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Avatar } from "../phone/views/parts";
import styles from "./Board.module.css";
import { CallIcons } from "./CallIcons";
import { NextCallTime } from "./DueTime";
import type { CustomerRecord, Stage } from "./types";
import { companyOf, recordAddress, stageName } from "./words";

interface Props {
  record: CustomerRecord;
  stages: readonly Stage[];
  onMove: (stage: string) => void;
}

export function RecordCard({ record, stages, onMove }: Props) {
  const { contact, next_call: next } = record;
  return (
    <>
      <Link href={recordAddress(record)} className={styles.title} draggable={false}>
        {record.title}
      </Link>
      {contact && (
        <div className={styles.contact}>
          <span>{contact.name}</span>
          {companyOf(contact) && <span>{companyOf(contact)}</span>}
        </div>
      )}
      <div className={styles.cardFoot}>
        {record.owner_name && (
          <span title={record.owner_name} className={styles.owner}>
            <Avatar name={record.owner_name} size={28} />
            <VisuallyHidden>{record.owner_name}</VisuallyHidden>
          </span>
        )}
        {next && <NextCallTime call={next} />}
        <span className={styles.acts}>
          <CallIcons record={record} />
        </span>
      </div>
      <span className={styles.menu}>
        <MoveMenu record={record} stages={stages} onMove={onMove} />
      </span>
    </>
  );
}

/** "Move to" another stage, for whoever does not drag. The menu is made when somebody wants it. */
function MoveMenu({ record, stages, onMove }: Props) {
  const { t } = useTranslation("records");
  const [wanted, setWanted] = useState(false);
  const button = (
    <ActionIcon
      title={t("board.moveTo")}
      aria-label={t("board.moveWhat", { title: record.title })}
      aria-haspopup="menu"
      onClick={wanted ? undefined : () => setWanted(true)}
    >
      <IconDotsVertical size={18} />
    </ActionIcon>
  );
  if (!wanted) return button;
  return (
    <Menu defaultOpened position="bottom-end" onClose={() => setWanted(false)} transitionProps={{ duration: 0 }}>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("board.moveTo")}</Menu.Label>
        {stages
          .filter((stage) => stage.id !== record.stage_id)
          .map((stage) => (
            <Menu.Item key={stage.id} mih={44} onClick={() => onMove(stage.id)}>
              {stageName(t, stage)}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
