/** A time in seconds, by a slider. */
import { Group, Slider, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";

interface Props {
  name: string;
  label: string;
  /** Seconds. */
  value: number;
  least: number;
  most: number;
  error?: string | undefined;
  onChange: (value: number) => void;
}

export function SecondsField({ name, label, value, least, most, error, onChange }: Props) {
  const { t } = useTranslation("outside");
  const words = (seconds: number) => t("console:system.seconds", { count: seconds });
  return (
    <div>
      <Group justify="space-between" gap="sm">
        <Text fw={550} aria-hidden>
          {label}
        </Text>
        <Text c="dimmed" aria-hidden>
          {words(value)}
        </Text>
      </Group>
      <Slider
        id={fieldId(name)}
        thumbLabel={label}
        thumbProps={{ "aria-valuetext": words(value) }}
        label={words}
        value={value}
        min={least}
        max={most}
        step={5}
        py="sm"
        onChange={onChange}
      />
      {error !== undefined && (
        <Text size="sm" c="var(--sw-bad)" role="alert">
          {error}
        </Text>
      )}
    </div>
  );
}
