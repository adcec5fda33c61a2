/** "Advanced options" of the outgoing number: which one is shown where a call goes to (B9-03). */
import { ActionIcon, Button, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { NumberSelect } from "./NumberSelect";
import styles from "./outside.module.css";
import { readRules, type Rule, rulesText } from "./outsideValues";

interface Props {
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

export function RulesField({ value, error, onChange }: Props) {
  const { t } = useTranslation("outside");
  const rules = readRules(value);
  const change = (place: number, part: Partial<Rule>) =>
    onChange(rulesText(rules.map((rule, at) => (at === place ? { ...rule, ...part } : rule))));
  return (
    <Stack gap="sm" role="group" aria-label={t("settings.rules")}>
      <div>
        <Text fw={550}>{t("settings.rules")}</Text>
        <Text size="sm" c="dimmed">
          {t("settings.rulesHint")}
        </Text>
      </div>
      {rules.map((rule, place) => (
        <div key={place} className={styles.rule}>
          <TextInput
            id={`${fieldId("outgoing_rules")}-${place}`}
            label={t("settings.prefix")}
            placeholder="+33"
            type="tel"
            maxLength={18}
            autoComplete="off"
            value={rule.prefix}
            onChange={(event) => change(place, { prefix: event.currentTarget.value })}
          />
          <NumberSelect
            name={`outgoing_rules-${place}-number`}
            label={t("settings.presented")}
            nothing={t("destination.choose")}
            value={rule.number}
            onChange={(number) => change(place, { number })}
          />
          <ActionIcon
            aria-label={t("settings.removeRule", { prefix: rule.prefix || place + 1 })}
            onClick={() => onChange(rulesText(rules.toSpliced(place, 1)))}
          >
            <IconTrash size={20} />
          </ActionIcon>
        </div>
      ))}
      {error !== undefined && (
        <Text size="sm" c="var(--sw-bad)" role="alert">
          {error}
        </Text>
      )}
      <div>
        <Button
          id={fieldId("outgoing_rules")}
          variant="default"
          mih={44}
          leftSection={<IconPlus size={18} />}
          onClick={() => onChange(rulesText([...rules, { prefix: "", number: "" }]))}
        >
          {t("settings.addRule")}
        </Button>
      </div>
    </Stack>
  );
}
