/** What one wants to know first: does everything work, who talks now, what went wrong and what to do. */
import { Anchor, Button, Group, List, Stack, Text } from "@mantine/core";
import { IconArrowRight, IconCircleCheck, IconMoodSmile, IconPhone, IconUserPlus, IconUsersPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Card, Elapsed, Failed, isState, Loading, number, Page, RelativeTime, StateBadge } from "../../ui";
import { useLive } from "../live";
import { MyHome } from "../MyHome";
import { problemWords } from "../problemWords";
import { useConferences, useSystem, useUsers, useWelcome } from "../queries";
import { useWho } from "../session";
import { checkName, checkWords } from "../checks";
import styles from "./Home.module.css";

export default function Home() {
  const { t } = useTranslation("console");
  const who = useWho();
  const name = useWelcome().data?.name;
  const watches = who.may("live") || who.may("live_conferences") || who.may("system");
  if (!watches) return <MyHome />;
  return (
    <Page title={name ?? t("menu.home")} about={t("home.about")}>
      <Figures />
      <div className={styles.columns}>
        {who.may("system") && <Working />}
        <Stack gap="md">
          <Now />
          {who.may("live") && <LastProblems />}
        </Stack>
      </div>
    </Page>
  );
}

function Figures() {
  const { t, i18n } = useTranslation("console");
  const who = useWho();
  const live = useLive();
  const users = useUsers(who.may("users")).data;
  const rooms = useConferences(who.may("conferences")).data;
  const reachable = new Set(live.registrations?.map((item) => item.user_id)).size;
  const inside = live.rooms?.reduce((sum, room) => sum + room.participants.length, 0);
  const tiles = [
    who.may("live") && { key: "calls", value: live.calls?.length, href: "/live" },
    { key: "inConferences", value: inside, href: "/live?tab=rooms" },
    who.may("live") && { key: "reachable", value: reachable, of: users?.length, href: "/live?tab=phones" },
    who.may("conferences") && { key: "conferences", value: rooms?.length, href: "/conferences" },
  ].filter((tile) => tile !== false);
  return (
    <div className={styles.figures}>
      {tiles.map((tile) => (
        <Link key={tile.key} href={tile.href} className={styles.figure}>
          <span className={styles.value}>
            {tile.value === undefined ? "–" : number(tile.value, i18n.language)}
            {"of" in tile && tile.of !== undefined && <small> / {number(tile.of, i18n.language)}</small>}
          </span>
          <span>{t(`home.${tile.key}`)}</span>
        </Link>
      ))}
    </div>
  );
}

function Working() {
  const { t } = useTranslation("console");
  const { data, error, refetch } = useSystem();
  const wrong = data?.checks.filter((check) => check.severity !== "ok") ?? [];
  return (
    <Card
      title={t("home.working")}
      actions={
        <Anchor component={Link} href="/system" size="sm">
          {t("home.allChecks")}
        </Anchor>
      }
    >
      {error && !data ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : wrong.length === 0 ? (
        <Group gap="sm" wrap="nowrap">
          <IconCircleCheck size={28} color="var(--sw-good)" aria-hidden />
          <div>
            <Text fw={600}>{t("home.allWell")}</Text>
            <Text size="sm" c="dimmed">
              {t("home.allWellText", { count: data.checks.length })}
            </Text>
          </div>
        </Group>
      ) : (
        <Stack gap="md">
          {wrong.map((check) => ({ check, words: checkWords(t, check) })).map(({ check, words }) => (
            <div key={check.id + check.message}>
              <StateBadge state={check.severity} label={checkName(t, check)} />
              <Text size="sm" mt={4}>
                {words.found}
              </Text>
              {check.severity === "problem" && words.cure && (
                <Text size="sm" c="dimmed">
                  {words.cure}
                </Text>
              )}
            </div>
          ))}
        </Stack>
      )}
    </Card>
  );
}

function Now() {
  const { t } = useTranslation("console");
  const live = useLive();
  const who = useWho();
  const calls = live.calls?.filter((call) => call.conference_id === null) ?? [];
  const rooms = live.rooms ?? [];
  return (
    <Card
      title={t("home.now")}
      actions={
        <Anchor component={Link} href="/live" size="sm">
          {t("menu.live")}
        </Anchor>
      }
    >
      {calls.length + rooms.length === 0 ? (
        <Quiet
          icon={<IconPhone size={24} />}
          text={t("home.nobodyTalks")}
          action={
            who.may("users") && (
              <Group gap="sm">
                <Button component={Link} href="/users?add=1" variant="default" leftSection={<IconUserPlus size={18} />} mih={44}>
                  {t("users.add")}
                </Button>
                <Button
                  component={Link}
                  href="/conferences?add=1"
                  variant="default"
                  leftSection={<IconUsersPlus size={18} />}
                  mih={44}
                >
                  {t("conferences.add")}
                </Button>
              </Group>
            )
          }
        />
      ) : (
        <List listStyleType="none" className={styles.list}>
          {rooms.map((room) => (
            <li key={room.conference_id}>
              <Anchor component={Link} href={`/live/${encodeURIComponent(room.conference_id)}`} fw={600} c="inherit">
                {room.name}
              </Anchor>
              <StateBadge
                state={room.waiting_for_administrator ? "waiting" : "in_conference"}
                label={t("live.inside", { count: room.participants.length })}
              />
            </li>
          ))}
          {calls.slice(0, 8).map((call) => {
            const state = call.state.replaceAll("-", "_");
            return (
              <li key={call.id}>
                <Text component="span">
                  {call.caller.name || call.caller.extension} <IconArrowRight size={14} aria-label={t("live.to")} />{" "}
                  {call.callee?.name ?? call.dialled}
                </Text>
                <Group gap="sm" wrap="nowrap">
                  {isState(state) && <StateBadge state={state} />}
                  <Elapsed since={call.answered_at ?? call.started_at} />
                </Group>
              </li>
            );
          })}
        </List>
      )}
    </Card>
  );
}

function LastProblems() {
  const { t, i18n } = useTranslation("console");
  const problems = useLive().problems?.slice(0, 5) ?? [];
  return (
    <Card
      title={t("home.problems")}
      actions={
        problems.length > 0 && (
          <Anchor component={Link} href="/live?tab=problems" size="sm">
            {t("home.allProblems")}
          </Anchor>
        )
      }
    >
      {problems.length === 0 ? (
        <Quiet icon={<IconMoodSmile size={24} />} text={t("home.noProblems")} />
      ) : (
        <Stack gap="md">
          {problems.map((problem) => (
            <div key={`${problem.kind} ${problem.subject}`}>
              <Text fw={600}>{t(`problem.${problem.kind}`, { defaultValue: problem.kind })}</Text>
              <Text size="sm">{problemWords(i18n, problem)}</Text>
              <Text size="sm" c="dimmed">
                {t(`cure.${problem.kind}`, { defaultValue: "" })} <RelativeTime time={problem.time} />
              </Text>
            </div>
          ))}
        </Stack>
      )}
    </Card>
  );
}

function Quiet({ icon, text, action }: { icon: ReactNode; text: string; action?: ReactNode }) {
  return (
    <Stack gap="md" align="flex-start">
      <Group gap="sm" c="dimmed" wrap="nowrap">
        {icon}
        <Text>{text}</Text>
      </Group>
      {action}
    </Stack>
  );
}

