/** What goes on now: conferences with their people, calls, phones, and what went wrong. */
import { Alert, Badge, Button, Group, Paper, Tabs, Text } from "@mantine/core";
import { IconActivity, IconAlertTriangle, IconDeviceLandlinePhone, IconPhoneOff, IconPhone } from "@tabler/icons-react";
import { IconPlugConnectedX, IconShieldCheck, IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Column, ConfirmDelete, Elapsed, Empty, isState, number, Page, RelativeTime, Rows, StateBadge } from "../../ui";
import { toastDone, toastFailed, useAddress } from "../../ui";
import { notePending, useLive } from "../live";
import { Callable } from "../../phone";
import { problemWords } from "../problemWords";
import { refreshConfiguration, useUsers } from "../queries";
import { RoomCard } from "../RoomCard";
import { api, useWho } from "../session";
import type { Call, Party, Pending, Registration, SeenProblem } from "../types";

const TABS = [
  ["calls", IconPhone, "live"],
  ["rooms", IconUsersGroup, null],
  ["phones", IconDeviceLandlinePhone, "live"],
  ["problems", IconAlertTriangle, "live"],
] as const;

export default function Live() {
  const { t, i18n } = useTranslation("console");
  const live = useLive();
  const who = useWho();
  const address = useAddress();
  const tabs = TABS.filter(([, , right]) => right === null || who.may(right));
  const tab = tabs.find(([name]) => name === address.get("tab"))?.[0] ?? tabs[0]?.[0] ?? "rooms";
  const counts = {
    calls: live.calls?.length,
    rooms: live.rooms?.length,
    phones: live.registrations?.length,
    problems: live.problems?.length,
  };
  return (
    <Page title={t("menu.live")} about={t("live.about")}>
      {live.connection === "lost" && (
        <Alert color="amber" icon={<IconPlugConnectedX size={18} />} role="status">
          {t("live.lost")}
        </Alert>
      )}
      <Tabs value={tab} onChange={(name) => address.set({ tab: name === tabs[0]?.[0] ? null : name })} keepMounted={false}>
        <Tabs.List mb="lg" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
          {tabs.map(([name, Icon]) => (
            <Tabs.Tab
              key={name}
              value={name}
              h={48}
              style={{ flex: "none" }}
              leftSection={<Icon size={18} />}
              rightSection={
                (counts[name] ?? 0) > 0 && (
                  <Badge variant="light" color="gray" size="md">
                    {number(counts[name] ?? 0, i18n.language)}
                  </Badge>
                )
              }
            >
              {t(`live.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="calls">
          <Calls />
        </Tabs.Panel>
        <Tabs.Panel value="rooms">
          <Rooms />
        </Tabs.Panel>
        <Tabs.Panel value="phones">
          <Phones />
        </Tabs.Panel>
        <Tabs.Panel value="problems">
          <Problems />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function PartyName({ party }: { party: Party }) {
  return (
    <span>
      {party.name && party.name !== party.extension && <b style={{ fontWeight: 600 }}>{party.name} </b>}
      {party.extension && <Callable number={party.extension} />}
    </span>
  );
}

function Calls() {
  const { t } = useTranslation("console");
  const live = useLive();
  const [ending, setEnding] = useState<Call | null>(null);
  const columns: Column<Call>[] = [
    { key: "from", label: t("live.from"), render: (call) => <PartyName party={call.caller} /> },
    {
      key: "to",
      label: t("live.to"),
      render: (call) => {
        const room = live.rooms?.find((item) => item.conference_id === call.conference_id);
        if (room) return <PartyName party={{ name: room.name, extension: room.extension ?? "", user_id: null }} />;
        return call.callee ? <PartyName party={call.callee} /> : call.dialled;
      },
    },
    {
      key: "state",
      label: t("live.state"),
      render: (call) => {
        const state = call.state.replaceAll("-", "_");
        return isState(state) ? <StateBadge state={state} /> : call.state;
      },
    },
    { key: "since", label: t("live.duration"), end: true, render: (call) => <Elapsed since={call.answered_at ?? call.started_at} /> },
    { key: "codec", label: t("live.codec"), render: (call) => <Text c="dimmed">{call.codec || "–"}</Text> },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (call) => (
        <Button variant="subtle" color="red" mih={40} leftSection={<IconPhoneOff size={18} />} onClick={() => setEnding(call)}>
          {t("live.hangUp")}
        </Button>
      ),
    },
  ];
  const end = async (call: Call) => {
    await api.request(`/api/calls/${encodeURIComponent(call.id)}`, { method: "DELETE" });
    toastDone(t("live.ended"));
  };
  return (
    <Paper>
      {live.calls?.length === 0 ? (
        <Empty icon={IconPhone} title={t("live.noCalls")}>
          {t("live.noCallsText")}
        </Empty>
      ) : (
        <Rows label={t("live.calls")} rows={live.calls} columns={columns} rowKey={(call) => call.id} />
      )}
      {ending && (
        <ConfirmDelete
          title={t("live.hangUpTitle")}
          action={t("live.hangUp")}
          icon={<IconPhoneOff size={18} />}
          onConfirm={() => end(ending)}
          onClose={() => setEnding(null)}
        >
          {t("live.hangUpText", {
            from: ending.caller.name || ending.caller.extension,
            to: ending.callee?.name ?? ending.dialled,
          })}
        </ConfirmDelete>
      )}
    </Paper>
  );
}

function Rooms() {
  const { t } = useTranslation("console");
  const live = useLive();
  if (!live.rooms || live.rooms.length === 0) {
    return (
      <Paper>
        <Empty icon={IconUsersGroup} title={t("live.noRooms")}>
          {t("live.noRoomsText")}
        </Empty>
      </Paper>
    );
  }
  return (
    <div style={{ display: "grid", gap: 16 }}>
      {live.rooms.map((room) => (
        <RoomCard key={room.conference_id} room={room} />
      ))}
    </div>
  );
}

function Phones() {
  const { t } = useTranslation("console");
  const live = useLive();
  const users = useUsers(useWho().may("users")).data;
  const columns: Column<Registration>[] = [
    {
      key: "user",
      label: t("live.user"),
      render: (item) => (
        <b style={{ fontWeight: 600 }}>{users?.find((user) => user.id === item.user_id)?.name ?? item.username}</b>
      ),
    },
    { key: "name", label: t("credentials.user"), render: (item) => item.username },
    { key: "state", label: t("live.state"), render: () => <StateBadge state="registered" /> },
    { key: "model", label: t("live.model"), render: (item) => item.user_agent || t("phones.unknownModel") },
    { key: "remote", label: t("live.remote"), render: (item) => `${item.transport.toUpperCase()} ${item.remote}` },
    { key: "until", label: t("live.until"), render: (item) => <RelativeTime time={item.expires_at} /> },
  ];
  return (
    <Paper>
      {live.registrations?.length === 0 ? (
        <Empty icon={IconDeviceLandlinePhone} title={t("live.noPhones")}>
          {t("live.noPhonesText")}
        </Empty>
      ) : (
        <Rows label={t("live.phones")} rows={live.registrations} columns={columns} rowKey={(item) => item.id} />
      )}
    </Paper>
  );
}

function Problems() {
  const { t, i18n } = useTranslation("console");
  const live = useLive();
  const may = useWho().may("system");
  const allow = async (subject: string) => {
    try {
      await api.request("/api/problems/allow", { method: "POST", body: { address: subject } });
      toastDone(t("live.allowed", { address: subject }));
    } catch (error) {
      toastFailed(error);
    }
  };
  const allowCall = async (key: string) => {
    try {
      const done = await api.request<{ at_once: boolean; pending: Pending | null }>("/api/problems/allow-call", {
        method: "POST",
        body: { key },
      });
      if (done.pending) notePending(done.pending);
      refreshConfiguration();
      toastDone(t(done.at_once ? "live.allowedNow" : "live.allowedLater"));
    } catch (error) {
      toastFailed(error);
    }
  };
  const columns: Column<SeenProblem>[] = [
    {
      key: "kind",
      label: t("live.what"),
      render: (item) => <b style={{ fontWeight: 600 }}>{t(`problem.${item.kind}`, { defaultValue: item.kind })}</b>,
    },
    { key: "text", label: t("live.details"), render: (item) => problemWords(i18n, item) },
    { key: "count", label: t("live.count"), end: true, render: (item) => `${item.count}×` },
    { key: "time", label: t("live.last"), render: (item) => <RelativeTime time={item.time} /> },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (item) =>
        item.can_allow && may ? (
          <Group justify="flex-end">
            <Button
              variant="default"
              mih={40}
              leftSection={<IconShieldCheck size={18} />}
              onClick={() => void allow(item.subject)}
            >
              {t("live.allow")}
            </Button>
          </Group>
        ) : item.allow && may ? (
          <Group justify="flex-end">
            <Button
              variant="default"
              mih={40}
              leftSection={<IconShieldCheck size={18} />}
              onClick={() => void allowCall(item.allow)}
            >
              {t("live.allowThis")}
            </Button>
          </Group>
        ) : null,
    },
  ];
  return (
    <Paper>
      {live.problems?.length === 0 ? (
        <Empty icon={IconActivity} title={t("live.noProblems")}>
          {t("live.noProblemsText")}
        </Empty>
      ) : (
        <Rows
          label={t("live.problems")}
          rows={live.problems}
          columns={columns}
          rowKey={(item) => `${item.kind} ${item.subject}`}
        />
      )}
    </Paper>
  );
}
