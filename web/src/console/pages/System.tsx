/** The machine: is all well, where it is reached, whom browsers have to trust, prompts, languages, versions; the settings. */
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconDownload, IconPencil } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Card, CopyField, duration, Failed, Loading, nameOf, number, Page, RelativeTime, StateBadge, useAddress } from "../../ui";
import { CheckList } from "../CheckList";
import { MailCard } from "../conference/mail/MailCard";
import { Facts } from "../Facts";
import { OutsideCard } from "../outside/OutsideCard";
import { OutsideForm } from "../outside/OutsideForm";
import { useSettings, useSystem } from "../queries";
import { useWho } from "../session";
import { SettingsForm } from "../SettingsForm";
import type { Settings, SystemState } from "../types";
import styles from "./System.module.css";

export default function System() {
  const { t } = useTranslation("console");
  const who = useWho();
  const address = useAddress();
  const settings = useSettings(who.may("settings"));
  const system = useSystem(who.may("system"));
  const failed = [settings, system].find((query) => query.error && !query.data);
  return (
    <Page title={t("menu.system")} about={t("system.about")}>
      {failed ? (
        <Failed error={failed.error} onRetry={() => void failed.refetch()} />
      ) : (
        <div className={styles.columns}>
          <Stack gap="md">
            {settings.data && <SettingsCard settings={settings.data} onEdit={() => address.set({ edit: "settings" }, true)} />}
            {settings.data && <OutsideCard settings={settings.data} onEdit={() => address.set({ edit: "outside" }, true)} />}
            {who.may("settings") && <MailCard />}
            {system.data && <Addresses system={system.data} />}
            {system.data && <Versions system={system.data} />}
          </Stack>
          <Stack gap="md">
            {system.data && <Health system={system.data} />}
            {system.data?.certificate && <Certificate certificate={system.data.certificate} />}
            {system.data && <Prompts system={system.data} />}
          </Stack>
          {((who.may("settings") && !settings.data) || (who.may("system") && !system.data)) && <Loading />}
        </div>
      )}
      {address.get("edit") === "settings" && settings.data && (
        <SettingsForm
          settings={settings.data}
          focusField={address.get("field") || null}
          onClose={() => address.set({ edit: null, field: null })}
        />
      )}
      {address.get("edit") === "outside" && settings.data && (
        <OutsideForm
          settings={settings.data}
          focusField={address.get("field") || null}
          onClose={() => address.set({ edit: null, field: null })}
        />
      )}
    </Page>
  );
}

function SettingsCard({ settings, onEdit }: { settings: Settings; onEdit: () => void }) {
  const { t, i18n } = useTranslation("console");
  return (
    <Card
      title={t("system.settings")}
      actions={
        <Group gap="md">
          {settings.pending && <StateBadge state="pending" plain />}
          <Button variant="default" mih={40} leftSection={<IconPencil size={18} />} onClick={onEdit}>
            {t("action.edit")}
          </Button>
        </Group>
      }
    >
      <Facts
        facts={[
          [t("field.system_name"), settings.name],
          [t("field.country"), nameOf("region", settings.country, i18n.language)],
          [t("field.language"), nameOf("language", settings.language, i18n.language)],
          [t("field.time_zone"), settings.time_zone],
          [t("field.ring_seconds"), t("system.seconds", { count: settings.ring_seconds })],
          [t("field.max_call_seconds"), duration(settings.max_call_seconds)],
          [
            t("field.recording_days"),
            settings.recording_days === null ? t("system.forever") : t("system.days", { count: settings.recording_days }),
          ],
          [t("field.orbits"), settings.orbits === 0 ? "0" : `${settings.orbits} (${settings.first_orbit} …)`],
          [t("field.parked_seconds"), t("system.seconds", { count: settings.parked_seconds })],
        ]}
      />
    </Card>
  );
}

function Health({ system }: { system: SystemState }) {
  const { t } = useTranslation("console");
  const rank = { problem: 0, warning: 1, ok: 2 };
  const checks = [...system.checks].sort((one, other) => rank[one.severity] - rank[other.severity]);
  return (
    <Card title={t("home.working")}>
      <CheckList checks={checks} />
    </Card>
  );
}

function Addresses({ system }: { system: SystemState }) {
  const { t } = useTranslation("console");
  const { addresses, ports } = system;
  return (
    <Card title={t("system.addresses")}>
      <CopyField label={t("system.forPhones")} value={addresses.phones} />
      <Facts
        facts={[
          [t("system.advertised"), addresses.advertised ?? t("system.none")],
          [t("system.own"), addresses.own.join(", ") || t("system.none")],
          [t("system.hosts"), addresses.hosts.join(", ") || t("system.none")],
          ...Object.entries(ports).map(
            ([name, port]) =>
              [t(`port.${name}`, { defaultValue: name }), port === 0 ? t("system.off") : String(port)] as const,
          ),
        ]}
      />
    </Card>
  );
}

function Certificate({ certificate }: { certificate: NonNullable<SystemState["certificate"]> }) {
  const { t } = useTranslation("console");
  return (
    <Card title={t("system.certificate")}>
      <Stack gap="md">
        <Text>{t(certificate.source === "authority" ? "system.ownAuthority" : "system.ownCertificate")}</Text>
        <Facts
          facts={[
            [t("system.names"), certificate.names.join(", ")],
            [t("system.expires"), <RelativeTime key="expires" time={certificate.expires_at} />],
            [t("system.fingerprint"), <code key="fingerprint">{certificate.authority_fingerprint ?? certificate.fingerprint}</code>],
          ]}
        />
        {certificate.source === "authority" && (
          <>
            <div>
              <Button component="a" href="/api/system/authority.pem" download variant="default" mih={44} leftSection={<IconDownload size={18} />}>
                {t("system.download")}
              </Button>
            </div>
            <details className={styles.trust}>
              <summary>{t("system.howToTrust")}</summary>
              <ol>
                {certificate.trust.map((step) => (
                  <li key={step}>{t(`trust.${step}`, { defaultValue: step })}</li>
                ))}
              </ol>
            </details>
          </>
        )}
      </Stack>
    </Card>
  );
}

function Prompts({ system }: { system: SystemState }) {
  const { t, i18n } = useTranslation("console");
  return (
    <Card title={t("system.prompts")}>
      <Facts
        facts={system.languages.map((language) => {
          const found = system.prompts[language];
          const words = found
            ? t("system.promptCounts", {
                recorded: number(found.recorded, i18n.language),
                synthesized: number(found.synthesized, i18n.language),
              })
            : t("system.none");
          return [nameOf("language", language, i18n.language), words] as const;
        })}
      />
    </Card>
  );
}

function Versions({ system }: { system: SystemState }) {
  const { t, i18n } = useTranslation("console");
  return (
    <Card title={t("system.versions")}>
      <Facts
        facts={[
          [t("system.version"), system.version],
          [t("system.revision"), number(system.revision, i18n.language)],
          [t("system.database"), system.database],
          [t("system.started"), <RelativeTime key="started" time={system.started_at} />],
          [
            t("system.programs"),
            <Anchor key="api" href="/api/docs">
              {t("menu.api")}
            </Anchor>,
          ],
        ]}
      />
    </Card>
  );
}
