/** The last calls: which way, what became of it, when; a press calls. */
import {
  IconAddressBook,
  IconClock,
  IconPhone,
  IconPhoneIncoming,
  IconPhoneOutgoing,
  IconPhoneX,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { RecentCall } from "../data";
import { useRecent } from "../data";
import { usePhone } from "../PhoneContext";
import { Ago, clockOf, Empty } from "./parts";
import { AskNotifications } from "./problems";
import { ListFailed, ListLoading } from "./lists";

export function Recent({ onContact }: { onContact: (id: string | null, number: string) => void }) {
  const { t, i18n } = useTranslation("phone");
  const recent = useRecent();
  const calls = recent.data?.pages.flatMap((page) => page.calls);
  if (!calls) return recent.isError ? <ListFailed onAgain={() => void recent.refetch()} /> : <ListLoading />;
  if (calls.length === 0) {
    return (
      <Empty icon={<IconClock aria-hidden />} title={t("recent.empty")}>
        {t("recent.emptyHint")}
      </Empty>
    );
  }
  const days = calls.map((call) => dayWords(call.started_at, i18n.language));
  return (
    <>
      <AskNotifications />
      <ul className="swp-list">
        {calls.map((call, at) => (
          <Row key={call.id} call={call} heading={days[at] === days[at - 1] ? null : (days[at] ?? null)} onContact={onContact} />
        ))}
        {recent.hasNextPage && (
          <li>
            <button type="button" className="swp-plain" onClick={() => void recent.fetchNextPage()}>
              {t("more")}
            </button>
          </li>
        )}
      </ul>
    </>
  );
}

function Row({ call, heading, onContact }: { call: RecentCall; heading: string | null; onContact: (id: string | null, number: string) => void }) {
  const { t } = useTranslation("phone");
  const phone = usePhone();
  const name = call.name || call.shown || t("unknown");
  const missed = call.direction === "in" && call.state === "missed";
  const Icon = missed || call.state === "failed" || call.state === "refused" ? IconPhoneX : call.direction === "in" ? IconPhoneIncoming : IconPhoneOutgoing;
  const unknown = call.name === null && call.number.startsWith("+");
  return (
    <>
      {heading && <li className="swp-heading">{heading}</li>}
      <li className="swp-row" data-missed={missed || undefined}>
        <button type="button" className="swp-who" disabled={call.dial === null} onClick={() => call.dial !== null && phone.call(call.dial)} title={t("callNumber", { number: name })}>
          <Icon size={20} aria-hidden className="swp-way" data-way={missed ? "missed" : call.direction} />
          <span>
            <strong>{name}</strong>
            <small>
              {t(`recent.${call.direction}.${call.state}`)} · <Ago time={call.started_at} />
              {call.seconds > 0 && ` · ${clockOf(Math.round(call.seconds))}`}
            </small>
          </span>
          {call.dial !== null && <IconPhone size={20} aria-hidden className="swp-call-icon" />}
        </button>
        {unknown && (
          <button
            type="button"
            className="swp-icon"
            aria-label={t("contact.addNumber", { number: call.shown })}
            title={t("contact.addNumber", { number: call.shown })}
            onClick={() => onContact(null, call.shown)}
          >
            <IconAddressBook size={20} aria-hidden />
          </button>
        )}
      </li>
    </>
  );
}

function dayWords(time: number, language: string): string {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const days = Math.floor((midnight.getTime() / 1000 - time) / 86_400) + 1;
  const words =
    days <= 1
      ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-Math.max(0, days), "day")
      : new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }).format(time * 1000);
  return words.charAt(0).toLocaleUpperCase(language) + words.slice(1);
}
