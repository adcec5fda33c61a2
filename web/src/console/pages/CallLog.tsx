/** The calls of the past: everybody's, or one's own. */
import { Paper, Text, Tooltip } from "@mantine/core";
import { IconArrowDownLeft, IconArrowsExchange, IconArrowUpRight, IconListDetails } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Column, duration, Empty, Failed, isState, Page, Rows, ShortTime, StateBadge, useAddress } from "../../ui";
import { Choice, dayAgo, Filters } from "../Filters";
import { Pager } from "../Pager";
import { usePeople } from "../people";
import { Callable } from "../../phone";
import { useConferences } from "../queries";
import { api, useWho } from "../session";
import { transferOf } from "../transfers";
import type { CallRecord } from "../types";

const WEEK = 7;
const STATES = ["answered", "missed", "refused", "failed", "running"] as const;
const DIRECTIONS = ["internal", "incoming", "outgoing"] as const;
const KINDS = ["call", "conference", "echo"] as const;
const ICONS = { internal: IconArrowsExchange, incoming: IconArrowDownLeft, outgoing: IconArrowUpRight };
const PLAIN = ["q", "to", "direction", "kind", "state", "user"] as const;

/** The server's query for what the address bar says; the last week unless told otherwise. */
export function recordQuery(get: (name: string) => string, today = new Date()): URLSearchParams {
  const query = new URLSearchParams();
  const from = get("from") || dayAgo(WEEK, today);
  if (from !== "all") query.set("from", from);
  for (const name of PLAIN) if (get(name)) query.set(name, get(name));
  return query;
}

interface Answer {
  records: CallRecord[];
  next: string | null;
}

export default function CallLog() {
  const { t } = useTranslation("console");
  const who = useWho();
  const address = useAddress();
  const all = who.may("call_log");
  const people = usePeople(who.may("users"));
  const rooms = useConferences(who.may("conferences")).data;
  const query = recordQuery(address.get);
  const asked = new URLSearchParams(query);
  asked.set("limit", "50");
  if (address.get("after")) asked.set("after", address.get("after"));
  const answer = useQuery({
    queryKey: ["call-records", asked.toString()],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.request<Answer>(`/api/call-records?${asked}`, { signal }),
  });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  const columns: Column<CallRecord>[] = [
    { key: "time", label: t("log.when"), render: (call) => <ShortTime time={call.started_at} /> },
    {
      key: "direction",
      label: t("log.type"),
      render: (call) => {
        const Icon = ICONS[call.direction as keyof typeof ICONS] ?? IconArrowsExchange;
        const word = t(`direction.${call.direction}`, { defaultValue: call.direction });
        return (
          <Tooltip label={word}>
            <span role="img" aria-label={word}>
              <Icon size={20} />
            </span>
          </Tooltip>
        );
      },
    },
    { key: "from", label: t("live.from"), render: (call) => <Side name={call.caller_display} number={call.caller_extension} /> },
    {
      key: "to",
      label: t("live.to"),
      render: (call) => {
        const room = rooms?.find((item) => item.id === call.conference_id);
        if (call.conference_id) return <Side name={room?.name ?? t("search.conference")} number={call.dialled} />;
        return <Side name={call.callee_display} number={call.callee_extension ?? call.dialled} />;
      },
    },
    {
      key: "seconds",
      label: t("live.duration"),
      end: true,
      render: (call) => (call.answered_at === null ? <Text c="dimmed">–</Text> : duration(call.seconds ?? 0)),
    },
    {
      key: "state",
      label: t("log.result"),
      render: (call) => (
        <Tooltip label={t(`cause.${call.end_cause}`, { defaultValue: "" })} disabled={!call.end_cause}>
          <span>
            {isState(call.state) ? <StateBadge state={call.state} /> : call.state}
            <Transferred call={call} records={answer.data?.records ?? []} />
          </span>
        </Tooltip>
      ),
    },
    {
      key: "quality",
      label: t("log.quality"),
      render: (call) => <Quality call={call} />,
    },
  ];
  const choices = (names: readonly string[], prefix: string) =>
    names.map((name) => ({ value: name, label: t(`${prefix}.${name}`) }));
  const from = address.get("from");
  return (
    <Page title={t("menu.callLog")} about={t(all ? "log.about" : "log.aboutOwn")}>
      <Filters
        address={address}
        from={from === "all" ? "" : from || dayAgo(WEEK)}
        csv={`/api/call-records.csv?${query}&zone=${encodeURIComponent(zone)}`}
      >
        <Choice {...{ address }} name="direction" label={t("log.type")} all={t("filter.all")} options={choices(DIRECTIONS, "direction")} />
        <Choice {...{ address }} name="state" label={t("log.result")} all={t("filter.all")} options={choices(STATES, "common:state")} />
        <Choice {...{ address }} name="kind" label={t("log.kind")} all={t("filter.all")} options={choices(KINDS, "kind")} />
        {all && people && (
          <Choice
            {...{ address }}
            name="user"
            label={t("live.user")}
            all={t("filter.everybody")}
            options={people.map((person) => ({ value: person.id, label: person.label }))}
          />
        )}
      </Filters>
      {answer.error ? (
        <Failed error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <Paper style={{ overflow: "hidden" }}>
          {answer.data?.records.length === 0 ? (
            <Empty icon={IconListDetails} title={t("log.empty")}>
              {t("log.emptyText")}
            </Empty>
          ) : (
            <Rows label={t("menu.callLog")} rows={answer.data?.records} columns={columns} rowKey={(call) => call.id} />
          )}
        </Paper>
      )}
      <Pager next={answer.data?.next} />
    </Page>
  );
}

/** A call that was led on: by whom, when, and to whom. */
function Transferred({ call, records }: { call: CallRecord; records: CallRecord[] }) {
  const { t, i18n } = useTranslation("console");
  const found = transferOf(call, records);
  if (!found) return null;
  const time = new Date(found.at * 1000).toLocaleTimeString(i18n.language, { timeStyle: "short" });
  return (
    <Text size="xs" c="dimmed">
      {t("log.transferred", { by: found.by, to: found.to, time, interpolation: { escapeValue: false } })}
    </Text>
  );
}

function Side({ name, number }: { name: string | null; number: string | null }) {
  return (
    <span>
      {name && name !== number && <b style={{ fontWeight: 600 }}>{name} </b>}
      {number && <Callable number={number} />}
    </span>
  );
}

const GOOD = 4;
const FAIR = 3.5;

/** The worst leg's quality in a word; the figures on hover. */
function Quality({ call }: { call: CallRecord }) {
  const { t } = useTranslation("console");
  const measured = call.quality.filter((leg) => (leg.mos ?? 0) > 0);
  if (measured.length === 0) return <Text c="dimmed">–</Text>;
  const mos = Math.min(...measured.map((leg) => leg.mos ?? 0));
  const word = mos >= GOOD ? "good" : mos >= FAIR ? "fair" : "poor";
  const loss = Math.max(...measured.map((leg) => leg.loss ?? 0));
  return (
    <Tooltip label={t("log.figures", { mos: mos.toFixed(1), loss: (loss * 100).toFixed(1), codec: call.codec ?? "" })}>
      <span>{t(`log.${word}`)}</span>
    </Tooltip>
  );
}
