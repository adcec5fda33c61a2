/** The home of somebody who only uses the phone: his extension, his last calls, his colleagues. */
import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Card, Failed, isState, Loading, Page, RelativeTime, StateBadge } from "../ui";
import styles from "./pages/Home.module.css";
import { Callable } from "../phone";
import { api, useWho } from "./session";

interface Recent {
  id: string;
  direction: "in" | "out";
  state: string;
  name: string | null;
  number: string;
  shown: string;
  dial: string;
  started_at: number;
}

interface Person {
  kind: string;
  id: string;
  name: string;
  extension: string | null;
  presence: string | null;
}

export function MyHome() {
  const { t } = useTranslation("console");
  const who = useWho();
  return (
    <Page
      title={t("home.hello", { name: who.user?.name ?? who.name })}
      about={who.user ? t("home.yourExtension", { extension: who.user.extension }) : t("home.noExtension")}
    >
      {who.user && (
        <div className={styles.columns}>
          <LastCalls />
          <Colleagues />
        </div>
      )}
    </Page>
  );
}

function LastCalls() {
  const { t } = useTranslation("console");
  const { data, error, refetch } = useQuery({
    queryKey: ["recent"],
    refetchInterval: 10_000,
    queryFn: ({ signal }) => api.request<{ calls: Recent[] }>("/api/phone/recent?limit=8", { signal }),
  });
  return (
    <Card
      title={t("home.lastCalls")}
      actions={
        <Anchor component={Link} href="/calls" size="sm">
          {t("menu.callLog")}
        </Anchor>
      }
    >
      {error ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : data.calls.length === 0 ? (
        <Text c="dimmed">{t("home.noCalls")}</Text>
      ) : (
        <ul className={styles.list} style={{ listStyle: "none", margin: 0, padding: 0 }}>
          {data.calls.map((call) => (
            <li key={call.id}>
              <Stack gap={0}>
                <Callable number={call.dial}>{call.name || call.shown}</Callable>
                <Text size="sm" c="dimmed">
                  {t(`direction.${call.direction}`)} · <RelativeTime time={call.started_at} />
                </Text>
              </Stack>
              {isState(call.state) && <StateBadge state={call.state} plain />}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Colleagues() {
  const { t } = useTranslation("console");
  const { data, error, refetch } = useQuery({
    queryKey: ["people", "colleagues"],
    refetchInterval: 5_000,
    queryFn: ({ signal }) => api.request<Person[]>("/api/phone/people?limit=50", { signal }),
  });
  const own = useWho().user?.id;
  const people = data?.filter((person) => person.kind === "user" && person.extension !== null && person.id !== own);
  return (
    <Card
      title={t("home.colleagues")}
      actions={
        <Anchor component={Link} href="/contacts" size="sm">
          {t("menu.contacts")}
        </Anchor>
      }
    >
      {error ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : people === undefined ? (
        <Loading />
      ) : (
        <ul className={styles.list} style={{ listStyle: "none", margin: 0, padding: 0 }}>
          {people.map((person) => (
            <li key={person.id}>
              <Group gap="sm">
                <Callable number={person.extension ?? ""}>{person.name}</Callable>
                <Text size="sm" c="dimmed">
                  {person.extension}
                </Text>
              </Group>
              {person.presence && isState(person.presence) && <StateBadge state={person.presence} plain />}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
