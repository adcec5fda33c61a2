/** The same records as a list: sorted, filtered and paged by the server, all of it in the address bar. */
import { Paper, Text } from "@mantine/core";
import { IconListDetails } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Pager } from "../console/Pager";
import { Callable } from "../phone";
import { type Column, Empty, Failed, RelativeTime, Rows, useAddress } from "../ui";
import styles from "./Board.module.css";
import { CallIcons } from "./CallIcons";
import { useRecordList, useStages } from "./data";
import { NextCallTime } from "./DueTime";
import type { App, CustomerRecord } from "./types";
import { companyOf, recordAddress, stageName } from "./words";

const PAGE = "50";
const always = (): null => null;

export function RecordList({ app }: { app: App }) {
  const { t } = useTranslation("records");
  const address = useAddress();
  const stages = useStages(app).data;
  const asked = new URLSearchParams({ limit: PAGE });
  for (const name of ["q", "stage", "owner", "sort", "after"]) if (address.get(name)) asked.set(name, address.get(name));
  if (address.get("open") !== "all") asked.set("open", "true");
  const answer = useRecordList(app, asked);
  const records = answer.data?.records;
  const columns: Column<CustomerRecord>[] = [
    { key: "number", label: t("field.number"), value: always, render: (record) => `#${record.number}` },
    {
      key: "title",
      label: t("field.title"),
      value: always,
      render: (record) => (
        <Link href={recordAddress(record)} className={styles.title}>
          {record.title}
        </Link>
      ),
    },
    {
      key: "contact",
      label: t("field.contact"),
      value: always,
      render: ({ contact }) =>
        contact && (
          <div className={styles.contact}>
            <span>{contact.name}</span>
            {companyOf(contact) && <span>{companyOf(contact)}</span>}
            {contact.numbers[0] && (
              <Callable number={contact.numbers[0].e164}>{contact.numbers[0].shown}</Callable>
            )}
          </div>
        ),
    },
    {
      key: "stage",
      label: t("field.stage"),
      value: always,
      render: (record) => {
        const stage = stages?.find((one) => one.id === record.stage_id);
        return stage ? stageName(t, stage) : "";
      },
    },
    { key: "owner", label: t("field.owner"), render: (record) => record.owner && (record.owner_name || t("field.gone")) },
    {
      key: "next",
      label: t("field.next"),
      render: ({ next_call: next }) => next && <NextCallTime call={next} />,
    },
    {
      key: "changed",
      label: t("field.changed"),
      value: always,
      render: (record) => <RelativeTime time={record.changed_at} />,
    },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (record) => <CallIcons record={record} />,
    },
  ];
  const filtered = ["q", "stage", "owner"].some((name) => address.get(name));
  if (answer.error) return <Failed error={answer.error} onRetry={() => void answer.refetch()} />;
  return (
    <>
      <Paper style={{ overflow: "hidden" }}>
        {records?.length === 0 ? (
          <Empty icon={IconListDetails} title={t(filtered ? "common:table.noMatch" : `empty.${app}`)}>
            <Text>{t(filtered ? "common:table.noMatchHint" : "empty.text")}</Text>
          </Empty>
        ) : (
          <Rows
            label={t(`console:menu.${app}`)}
            rows={records}
            columns={columns}
            rowKey={(record) => record.id}
            order={address.get("sort")}
            address={{ ...address, set: (changes, push) => address.set({ ...changes, after: null }, push) }}
          />
        )}
      </Paper>
      <Pager next={answer.data?.next} />
    </>
  );
}
