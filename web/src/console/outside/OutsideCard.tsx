/** What the settings say of calls outside. */
import { Button, Group } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Card, nameOf, number, StateBadge } from "../../ui";
import { Facts } from "../Facts";
import type { Settings } from "../types";
import { useNumbers } from "./queries";
import { hoursWords } from "./values";

export function OutsideCard({ settings, onEdit }: { settings: Settings; onEdit: () => void }) {
  const { t, i18n } = useTranslation("outside");
  const numbers = useNumbers().data;
  const shown = (id: string | null, nothing: string) =>
    id === null ? nothing : (numbers?.find((one) => one.id === id)?.shown ?? "…");
  const limits = (["calls_per_hour", "calls_per_day", "minutes_per_hour", "minutes_per_day"] as const)
    .flatMap((name) => (settings[name] === null ? [] : [`${t(`limits.${name}`)}: ${number(settings[name], i18n.language)}`]))
    .join(", ");
  const night = settings.night;
  return (
    <Card
      title={t("settings.title")}
      actions={
        <Group gap="md">
          {settings.pending && <StateBadge state="pending" plain />}
          <Button
            variant="default"
            mih={40}
            leftSection={<IconPencil size={18} />}
            aria-label={t("console:conferences.editWhat", { name: t("settings.title") })}
            onClick={onEdit}
          >
            {t("console:action.edit")}
          </Button>
        </Group>
      }
    >
      <Facts
        facts={[
          [t("console:field.default_number"), shown(settings.default_number, t("settings.noNumber"))],
          [
            t("settings.rules"),
            settings.outgoing_rules.map((rule) => `${rule.prefix}: ${shown(rule.number, "")}`).join(", ") ||
              t("settings.noRules"),
          ],
          [t("console:field.concurrent_outside"), number(settings.concurrent_outside, i18n.language)],
          [t("settings.limits"), limits || t("settings.noLimits")],
          [
            t("console:field.night"),
            night
              ? `${hoursWords(night, i18n.language)}: ${
                  settings.night_countries.map((code) => nameOf("region", code, i18n.language)).join(", ") ||
                  t("settings.nowhere")
                }`
              : t("settings.noNight"),
          ],
          [t("settings.emergency"), shown(settings.emergency_callback, t("settings.noCallback"))],
        ]}
      />
    </Card>
  );
}
