/** The phone icons of a card (S2-10): green puts a call of today into my Next activities, red with a minus takes mine out. */
import { ActionIcon } from "@mantine/core";
import { IconPhoneFilled } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../console/session";
import { toastDone, toastFailed } from "../ui";
import styles from "./Board.module.css";
import { acts, refreshRecords } from "./data";
import type { CustomerRecord } from "./types";

interface Props {
  record: Pick<CustomerRecord, "id" | "title" | "next_call">;
}

export function CallIcons({ record }: Props) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const mine = record.next_call?.mine === true;
  // Who has no extension has no queue of calls.
  if (useWho().user === null) return null;
  const run = async (act: (id: string) => Promise<unknown>, done: string) => {
    if (busy) return;
    setBusy(true);
    try {
      await act(record.id);
      refreshRecords(client);
      toastDone(done);
    } catch (error) {
      toastFailed(error);
    }
    setBusy(false);
  };
  return (
    <>
      {mine && (
        <ActionIcon
          className={styles.unqueue}
          color="red"
          title={t("call.remove")}
          aria-label={t("call.removeWhat", { title: record.title })}
          onClick={() => void run(acts.unqueueCall, t("call.removed", { title: record.title }))}
        >
          <PhoneMinus />
        </ActionIcon>
      )}
      <ActionIcon
        color="green"
        title={t("call.add")}
        aria-label={t("call.addWhat", { title: record.title })}
        onClick={() => void run(acts.queueCall, t("call.added", { title: record.title }))}
      >
        <IconPhoneFilled size={20} />
      </ActionIcon>
    </>
  );
}

/** A phone with a minus. */
function PhoneMinus() {
  return (
    <span className={styles.minus} aria-hidden>
      <IconPhoneFilled size={20} />
      <svg width="10" height="10" viewBox="0 0 10 10">
        <path d="M1 5h8" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />
      </svg>
    </span>
  );
}
