/** Next activities: calls due today and assigned to me, in order (S2-09, S2-11, S2-12, G-07). */
import { IconAlertTriangle, IconCalendarDue, IconCalendarEvent, IconClockPause } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "../../PhoneContext";
import { ACCOUNT, CALENDAR, keyOf } from "../../records";
import { ListFailed, ListLoading } from "../lists";
import { Empty } from "../parts";
import { type Source, useDueCalls } from "./activities";
import { ActivityCard } from "./ActivityCard";
import type { OnScreen } from "./screens";

export function ActivitiesTab({ onScreen }: { onScreen: OnScreen }) {
  const { t } = useTranslation("phone");
  const { openPage } = usePhone();
  const found = useDueCalls();
  const [open, setOpen] = useState<string | null>(null);
  const { data } = found;
  if (!data) return found.isError ? <ListFailed onAgain={() => void found.refetch()} /> : <ListLoading />;
  return (
    <>
      {found.isError && <OldList since={found.dataUpdatedAt / 1000} />}
      {data.sources.map((source) => (
        <SourceNews key={source.id} source={source} />
      ))}
      {data.calls.length === 0 ? (
        <Empty icon={<IconCalendarEvent aria-hidden />} title={t("activities.empty")}>
          {t("activities.hint")}
        </Empty>
      ) : (
        <ul className="swp-list swp-due" aria-label={t("tab.activities")}>
          {data.calls.map((call) => (
            <ActivityCard key={keyOf(call)} call={call} open={open === keyOf(call)} onOpen={() => setOpen(keyOf(call))} onScreen={onScreen} />
          ))}
        </ul>
      )}
      {data.overdue > 0 && (
        <button type="button" className="swp-overdue" onClick={() => openPage(CALENDAR)}>
          <IconCalendarDue size={20} aria-hidden />
          <span>{t("activities.overdue", { count: data.overdue })}</span>
        </button>
      )}
    </>
  );
}

/** The server was not reached: this list may be old. */
function OldList({ since }: { since: number }) {
  const { t } = useTranslation("phone");
  return (
    <p className="swp-strip" role="status">
      <IconAlertTriangle size={18} aria-hidden />
      <span>
        {t("activities.old")} <ListOf time={since} />
      </span>
    </p>
  );
}

/** What is wrong with a system, or waits for it. */
function SourceNews({ source }: { source: Source }) {
  const { t, i18n } = useTranslation("phone");
  const { openPage } = usePhone();
  const { problem, name, waiting } = source;
  const key = problem?.error_id === "key-missing" || problem?.error_id === "key-refused";
  const known = `activities.problem.${problem?.error_id ?? ""}`;
  return (
    <>
      {problem && (
        <div className="swp-strip swp-strip-warn" role="status">
          <IconAlertTriangle size={18} aria-hidden />
          <span title={problem.message}>
            {i18n.exists(`phone:${known}`) ? t(known, { name }) : t("activities.problem.other", { name })} {!key && source.as_of !== null && <ListOf time={source.as_of} />}
          </span>
          {key && (
            <button type="button" className="swp-link" onClick={() => openPage(ACCOUNT)}>
              {t("activities.setKey")}
            </button>
          )}
        </div>
      )}
      {waiting > 0 && (
        <p className="swp-strip" role="status">
          <IconClockPause size={18} aria-hidden />
          <span>{t("activities.waiting", { count: waiting, name })}</span>
        </p>
      )}
    </>
  );
}

/** Of when the list is. */
function ListOf({ time }: { time: number }) {
  const { t, i18n } = useTranslation("phone");
  return <>{t("activities.listOf", { time: new Intl.DateTimeFormat(i18n.language, { timeStyle: "short" }).format(time * 1000) })}</>;
}
