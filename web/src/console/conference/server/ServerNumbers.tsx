/** The conference server's own numbers (S3-01): map a free one, or lead one elsewhere (S3-11). */
import { Button, Group, Paper, Select, Text, Title } from "@mantine/core";
import { IconArrowRight, IconLinkOff, IconPhoneIncoming } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Column, Empty, Rows, StateBadge, toastDone, toastFailed } from "../../../ui";
import { notePending } from "../../live";
import { useNumbers } from "../../outside/queries";
import type { Destination, IncomingNumber } from "../../outside/types";
import { refreshConfiguration } from "../../queries";
import { api, useWho } from "../../session";
import type { Pending } from "../../types";
import styles from "./server.module.css";

const isHere = (destination: Destination | null) => destination?.kind === "conference-server";

export function ServerNumbers() {
  const { t } = useTranslation("conference");
  const may = useWho().may("numbers");
  const numbers = useNumbers().data;
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const mapped = numbers?.filter((number) => isHere(number.destination) || isHere(number.otherwise));
  const free = numbers?.filter((number) => number.destination.kind === "not-configured") ?? [];

  const change = async (number: IncomingNumber, values: Partial<IncomingNumber>, said: string) => {
    setBusy(true);
    try {
      const place = `/api/numbers/${encodeURIComponent(number.id)}`;
      const saved = await api.request<{ pending: Pending }>(place, { method: "PATCH", body: values, version: number.version });
      notePending(saved.pending);
      toastDone(t(said, { number: number.shown }));
      setChosen(null);
    } catch (error) {
      toastFailed(error);
    } finally {
      setBusy(false);
      refreshConfiguration();
    }
  };
  const map = () => {
    const number = free.find((one) => one.id === chosen);
    if (number) void change(number, { destination: { kind: "conference-server", target: "" } }, "server.numberMapped");
  };
  const take = (number: IncomingNumber) =>
    change(
      number,
      {
        ...(isHere(number.destination) && { destination: { kind: "not-configured", target: "" } }),
        ...(isHere(number.otherwise) && { otherwise: null }),
      },
      "server.numberTaken",
    );
  const columns: Column<IncomingNumber>[] = [
    {
      key: "number",
      label: t("server.number"),
      render: (number) => (
        <Group gap="sm">
          <b style={{ fontWeight: 600 }}>{number.shown}</b>
          {number.label && <Text c="dimmed">{number.label}</Text>}
          {number.pending && <StateBadge state="pending" plain />}
        </Group>
      ),
    },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (number) =>
        may && (
          <Group gap="sm" wrap="nowrap" justify="flex-end" display="inline-flex">
            <Button
              variant="subtle"
              color="gray"
              mih={40}
              disabled={busy}
              leftSection={<IconLinkOff size={18} />}
              aria-label={t("server.notConfiguredWhat", { number: number.shown })}
              onClick={() => void take(number)}
            >
              {t("server.notConfigured")}
            </Button>
            <Button
              component={Link}
              href={`/numbers?edit=${encodeURIComponent(number.id)}`}
              variant="default"
              mih={40}
              // A link in a table is as large as its text; this one is a button.
              style={{ fontSize: "var(--mantine-font-size-sm)" }}
              leftSection={<IconArrowRight size={18} />}
              aria-label={t("server.elsewhereWhat", { number: number.shown })}
            >
              {t("server.elsewhere")}
            </Button>
          </Group>
        ),
    },
  ];
  return (
    <section className={styles.numbers} aria-label={t("server.numbers")}>
      <div>
        <Title order={2}>{t("server.numbers")}</Title>
        <Text c="dimmed">{t("server.numbersAbout")}</Text>
      </div>
      <Paper style={{ overflow: "hidden" }}>
        {mapped?.length === 0 ? (
          <Empty icon={IconPhoneIncoming} title={t("server.noNumbers")}>
            {t("server.noNumbersText")}
          </Empty>
        ) : (
          <Rows label={t("server.numbers")} rows={mapped} columns={columns} rowKey={(number) => number.id} />
        )}
      </Paper>
      {may && (
        <Group gap="sm" align="flex-end">
          <Select
            label={t("server.free")}
            placeholder={t(free.length === 0 ? "server.noFree" : "server.chooseFree")}
            data={free.map((number) => ({ value: number.id, label: number.shown }))}
            disabled={free.length === 0}
            searchable
            limit={100}
            value={chosen}
            onChange={setChosen}
          />
          <Button mih={44} variant="default" disabled={chosen === null || busy} onClick={map}>
            {t("server.map")}
          </Button>
          {free.length === 0 && (
            <Button component={Link} href="/numbers?add=1" variant="subtle" mih={44}>
              {t("server.addNumber")}
            </Button>
          )}
        </Group>
      )}
    </section>
  );
}
