/** Who changed what, when. */
import { Anchor, Paper, Text } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Column, Empty, Failed, Page, Rows, ShortTime, useAddress } from "../../ui";
import { Filters } from "../Filters";
import { Pager } from "../Pager";
import { useConferences, useUsers } from "../queries";
import { api, useWho } from "../session";
import type { AuditEntry } from "../types";

interface Answer {
  entries: AuditEntry[];
  next: number | null;
}

export default function Audit() {
  const { t } = useTranslation("console");
  const who = useWho();
  const address = useAddress();
  const users = useUsers(who.may("users")).data;
  const rooms = useConferences(who.may("conferences")).data;
  const query = new URLSearchParams();
  for (const name of ["q", "from", "to"]) {
    const value = address.get(name);
    if (value && value !== "all") query.set(name, value);
  }
  const asked = new URLSearchParams(query);
  if (address.get("after")) asked.set("after", address.get("after"));
  const answer = useQuery({
    queryKey: ["audit", asked.toString()],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.request<Answer>(`/api/audit?limit=50&${asked}`, { signal }),
  });
  /** An entry's name in place of its id. */
  const subject = (text: string) => {
    const [part, id] = text.split("/");
    const entry = part === "users" ? users?.find((user) => user.id === id) : rooms?.find((room) => room.id === id);
    if (!entry) return text;
    return (
      <Anchor component={Link} href={`/${part}?edit=${id}`} inherit>
        {entry.name}
      </Anchor>
    );
  };
  const columns: Column<AuditEntry>[] = [
    { key: "time", label: t("log.when"), render: (entry) => <ShortTime time={entry.time} /> },
    { key: "who", label: t("audit.who"), render: (entry) => <b style={{ fontWeight: 600 }}>{entry.who}</b> },
    {
      key: "action",
      label: t("audit.what"),
      render: (entry) => t(`act.${entry.action.replaceAll(" ", "_")}`, { defaultValue: entry.action }),
    },
    { key: "subject", label: t("audit.subject"), render: (entry) => subject(entry.subject) },
    { key: "detail", label: t("live.details"), render: (entry) => <Text c="dimmed">{entry.detail}</Text> },
  ];
  return (
    <Page title={t("menu.audit")} about={t("audit.about")}>
      <Filters
        address={address}
        from={address.get("from") === "all" ? "" : address.get("from")}
        csv={`/api/audit.csv?${query}&zone=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)}`}
      />
      {answer.error ? (
        <Failed error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <Paper style={{ overflow: "hidden" }}>
          {answer.data?.entries.length === 0 ? (
            <Empty icon={IconShieldCheck} title={t("audit.empty")} />
          ) : (
            <Rows label={t("menu.audit")} rows={answer.data?.entries} columns={columns} rowKey={(entry) => String(entry.id)} />
          )}
        </Paper>
      )}
      <Pager next={answer.data?.next} />
    </Page>
  );
}
