/** On which day and when: quick days, then any. */
import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { NextCall } from "../../after";
import { daysAfter } from "./activities";

const QUICK = [1, 2, 7] as const;

interface DayFieldsProps {
  /** The person's own day. */
  today: string;
  value: NextCall;
  onChange: (value: NextCall) => void;
}

export function DayFields({ today, value, onChange }: DayFieldsProps) {
  const { t } = useTranslation("phone");
  const set = (patch: Partial<NextCall>): void => onChange({ ...value, ...patch });
  return (
    <>
      <div className="swp-quick" role="group" aria-label={t("plan.due")}>
        {QUICK.map((count) => (
          <button key={count} type="button" className="swp-chip" aria-pressed={value.due === daysAfter(today, count)} onClick={() => set({ due: daysAfter(today, count) })}>
            {t(`plan.in${count}`)}
          </button>
        ))}
      </div>
      <div className="swp-pair swp-when">
        <TextInput type="date" label={t("plan.due")} required withAsterisk={false} value={value.due} onChange={(event) => set({ due: event.currentTarget.value })} />
        <TextInput type="time" label={t("plan.time")} value={value.time} onChange={(event) => set({ time: event.currentTarget.value })} />
      </div>
      <TextInput label={t("plan.summary")} value={value.summary} maxLength={200} onChange={(event) => set({ summary: event.currentTarget.value })} />
    </>
  );
}

/** The day by the person's own clock, until the server has said what day it is for them. */
export function localDay(now = new Date()): string {
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
