/** One's own account: password, codes of an authenticator app, where one is signed in, language, theme. */
import { Anchor, Button, Group, SegmentedControl, Select, Stack, Text, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconLogout } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES, withWords } from "../../i18n";
import { Card, ConfirmDelete, Failed, loaded, Loading, Page, RelativeTime, StateBadge, toastDone, toastFailed } from "../../ui";
import { timeZones } from "../countries";
import { chooseLanguage, isLanguage, LANGUAGE_NAMES } from "../language";
import { PasswordForm } from "../PasswordForm";
import { api, changeSession, useWho } from "../session";
import { TelLinks } from "../TelLinks";
import { TotpCard } from "../TotpCard";
import type { OpenSession, Session } from "../types";
import styles from "./System.module.css";

const MyConnectors = loaded(() => withWords("integrations", () => import("../integrations/MyConnectors")));

export default function Account() {
  const { t } = useTranslation("console");
  const who = useWho();
  return (
    <Page
      title={t("menu.account")}
      about={t("account.about", { name: who.name, role: t(`role.${who.role}`, { defaultValue: who.role }) })}
    >
      <div className={styles.columns}>
        <Stack gap="md">
          <Looks />
          <Password />
        </Stack>
        <Stack gap="md">
          {who.user && <MyConnectors />}
          {who.user && <TelLinks />}
          <TotpCard />
          <Sessions />
        </Stack>
      </div>
    </Page>
  );
}

function Looks() {
  const { t, i18n } = useTranslation("console");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Card title={t("account.looks")}>
      <Stack gap="md">
        <div>
          <Text size="sm" mb={4} id="language-label">
            {t("account.language")}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="language-label"
            value={i18n.language}
            data={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
            onChange={(language) => isLanguage(language) && void chooseLanguage(language, true)}
          />
        </div>
        <div>
          <Text size="sm" mb={4} id="theme-label">
            {t("account.theme")}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="theme-label"
            value={colorScheme}
            data={(["auto", "light", "dark"] as const).map((scheme) => ({ value: scheme, label: t(`theme.${scheme}`) }))}
            onChange={(scheme) => setColorScheme(scheme)}
          />
        </div>
        <TimeZone />
      </Stack>
    </Card>
  );
}

/** Of who has an extension: where the day of his calls begins and ends. */
function TimeZone() {
  const { t } = useTranslation("console");
  const client = useQueryClient();
  const who = useWho();
  if (!who.user) return null;
  const chosen = who.user.time_zone;
  const choose = async (zone: string | null) => {
    try {
      client.setQueryData(["session"], await api.request<Session>("/api/account", { method: "PATCH", body: { time_zone: zone || null } }));
    } catch (error) {
      toastFailed(error);
    }
  };
  const zones = timeZones(chosen ?? who.time_zone).map((zone) => ({ value: zone, label: zone }));
  return (
    <Select
      label={t("field.time_zone")}
      description={t("account.zoneHint")}
      data={[{ value: "", label: t("account.zoneOfSystem") }, ...zones]}
      searchable
      allowDeselect={false}
      limit={200}
      value={chosen ?? ""}
      onChange={(zone) => void choose(zone)}
    />
  );
}

function Password() {
  const { t } = useTranslation("console");
  return (
    <Card title={t("account.password")}>
      <PasswordForm
        currentLabel={t("account.currentPassword")}
        saveLabel={t("account.changePassword")}
        onChanged={() => toastDone(t("account.passwordChanged"))}
      />
    </Card>
  );
}

function Sessions() {
  const { t } = useTranslation("console");
  const client = useQueryClient();
  const [everywhere, setEverywhere] = useState(false);
  const query = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => api.request<OpenSession[]>("/api/account/sessions", { signal }),
  });
  const end = async (session: OpenSession) => {
    try {
      await api.request(`/api/account/sessions/${session.id}`, { method: "DELETE" });
      await client.invalidateQueries({ queryKey: ["sessions"] });
    } catch (error) {
      toastFailed(error);
    }
  };
  const endAll = async () => {
    await api.request("/api/account/sessions", { method: "DELETE" });
    changeSession(client, null);
  };
  return (
    <Card title={t("account.sessions")}>
      {query.error ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Loading />
      ) : (
        <Stack gap="md">
          {query.data.map((session) => (
            <Group key={session.id} gap="md" wrap="nowrap" align="flex-start">
              <IconDeviceDesktop size={24} stroke={1.5} aria-hidden />
              <div style={{ flex: 1, minWidth: 0 }}>
                <Text fw={600} title={session.label}>
                  {browserName(session.label) || t(`session.${session.kind}`, { defaultValue: session.kind })}
                </Text>
                <Text size="sm" c="dimmed">
                  {session.source} · <RelativeTime time={session.used_at} />
                </Text>
              </div>
              {session.current ? (
                <StateBadge state="ok" label={t("account.here")} />
              ) : (
                <Anchor component="button" type="button" size="sm" mih={32} onClick={() => void end(session)}>
                  {t("account.endSession")}
                </Anchor>
              )}
            </Group>
          ))}
          <div>
            <Button variant="default" mih={44} leftSection={<IconLogout size={18} />} onClick={() => setEverywhere(true)}>
              {t("account.everywhere")}
            </Button>
          </div>
        </Stack>
      )}
      {everywhere && (
        <ConfirmDelete
          title={t("account.everywhere")}
          action={t("account.signOut")}
          icon={<IconLogout size={18} />}
          color="accent"
          onConfirm={endAll}
          onClose={() => setEverywhere(false)}
        >
          {t("account.everywhereText")}
        </ConfirmDelete>
      )}
    </Card>
  );
}

const BROWSERS = [
  ["Edg/", "Edge"],
  ["OPR/", "Opera"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const;
const SYSTEMS = [
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS", "macOS"],
  ["Linux", "Linux"],
] as const;

/** "Firefox, Linux" of a User-Agent; what is no browser keeps its own name. */
export function browserName(agent: string): string {
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  const system = SYSTEMS.find(([mark]) => agent.includes(mark))?.[1];
  return browser ? [browser, system].filter(Boolean).join(", ") : agent;
}
