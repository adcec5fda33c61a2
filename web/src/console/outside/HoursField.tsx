/** Hours of the week: which days, from when until when; as many lines as are needed. */
import { ActionIcon, Button, Checkbox, Stack, Text, TextInput } from "@mantine/core";
import { IconClockPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import styles from "./outside.module.css";
import type { Hours } from "./types";
import { dayName, hoursText, hoursWords, OFFICE_HOURS, readHours } from "./values";

interface Props {
  name: string;
  label: string;
  hint: string;
  value: string;
  error: string | undefined;
  /** What the button says that adds a line. */
  add: string;
  /** What a new line begins with. */
  begin?: Hours;
  /** Lines at most. */
  most?: number;
  onChange: (value: string) => void;
}

export function HoursField({ name, label, hint, value, error, add, begin = OFFICE_HOURS, most = 50, onChange }: Props) {
  const { i18n } = useTranslation("outside");
  const lines = readHours(value);
  const change = (place: number, line: Hours | null) =>
    onChange(hoursText(line ? lines.with(place, line) : lines.toSpliced(place, 1)));
  return (
    <Stack gap="sm" role="group" aria-label={label}>
      <div>
        <Text fw={550}>{label}</Text>
        <Text size="sm" c="dimmed">
          {hint}
        </Text>
      </div>
      {lines.map((line, place) => (
        <Line
          key={place}
          line={line}
          label={hoursWords(line, i18n.language)}
          onChange={(next) => change(place, next)}
          onRemove={() => change(place, null)}
        />
      ))}
      {error !== undefined && (
        <Text size="sm" c="var(--sw-bad)" role="alert">
          {error}
        </Text>
      )}
      {lines.length < most && (
        <div>
          <Button
            id={fieldId(name)}
            variant="default"
            mih={44}
            leftSection={<IconClockPlus size={18} />}
            onClick={() => onChange(hoursText([...lines, begin]))}
          >
            {add}
          </Button>
        </div>
      )}
    </Stack>
  );
}

interface LineProps {
  line: Hours;
  label: string;
  onChange: (line: Hours) => void;
  onRemove: () => void;
}

function Line({ line, label, onChange, onRemove }: LineProps) {
  const { t, i18n } = useTranslation("outside");
  return (
    <div role="group" aria-label={label} className={styles.hours}>
      <Checkbox.Group
        aria-label={t("hours.days")}
        value={line.days.map(String)}
        onChange={(days) => onChange({ ...line, days: days.map(Number).sort((one, other) => one - other) })}
      >
        <div className={styles.days}>
          {[0, 1, 2, 3, 4, 5, 6].map((day) => (
            <Checkbox key={day} value={String(day)} label={dayName(day, i18n.language)} />
          ))}
        </div>
      </Checkbox.Group>
      <div className={styles.times}>
        <TextInput
          type="time"
          label={t("hours.from")}
          value={line.begins}
          onChange={(event) => onChange({ ...line, begins: event.currentTarget.value })}
        />
        <TextInput
          type="time"
          label={t("hours.until")}
          value={line.ends}
          onChange={(event) => onChange({ ...line, ends: event.currentTarget.value })}
        />
        <ActionIcon aria-label={t("hours.remove", { hours: label })} onClick={onRemove}>
          <IconTrash size={20} />
        </ActionIcon>
      </div>
    </div>
  );
}
