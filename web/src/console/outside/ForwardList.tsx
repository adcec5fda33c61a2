/** Destinations that are tried in order, each for so many seconds (B3-04). */
import { ActionIcon, Button, Stack, Text } from "@mantine/core";
import { IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { DestinationField } from "./DestinationField";
import { type ForwardLine, LEAST_SECONDS, linesText, MOST_FORWARDS, MOST_SECONDS, NEW_LINE, readLines } from "./forwardingValues";
import styles from "./outside.module.css";
import { SecondsField } from "./SecondsField";
import type { Destinations } from "./useDestinations";
import { FORWARDS } from "./values";

interface Props {
  name: string;
  value: string;
  error: string | undefined;
  destinations: Destinations;
  onChange: (value: string) => void;
}

export function ForwardList({ name, value, error, destinations, onChange }: Props) {
  const { t } = useTranslation("outside");
  const lines = readLines(value);
  const change = (place: number, line: Partial<ForwardLine>) =>
    onChange(linesText(lines.map((one, at) => (at === place ? { ...one, ...line } : one))));
  const up = (place: number) => {
    const [before, line] = lines.slice(place - 1, place + 1);
    if (before && line) onChange(linesText(lines.toSpliced(place - 1, 2, line, before)));
  };
  return (
    <Stack gap="sm">
      <ol className={styles.forwards}>
        {lines.map((line, place) => (
          <li key={place} className={styles.forward} aria-label={t("forwardings.line", { number: place + 1 })}>
            <div className={styles.head}>
              <Text size="sm" c="dimmed">
                {t("forwardings.line", { number: place + 1 })}
              </Text>
              <span>
                {place > 0 && (
                  <ActionIcon aria-label={t("forwardings.up", { number: place + 1 })} onClick={() => up(place)}>
                    <IconArrowUp size={20} />
                  </ActionIcon>
                )}
                <ActionIcon
                  aria-label={t("forwardings.remove", { number: place + 1 })}
                  onClick={() => onChange(linesText(lines.toSpliced(place, 1)))}
                >
                  <IconTrash size={20} />
                </ActionIcon>
              </span>
            </div>
            <DestinationField
              name={`${name}-${place}`}
              label={t("forwardings.to")}
              kinds={FORWARDS}
              value={line.destination}
              error={undefined}
              destinations={destinations}
              onChange={(destination) => change(place, { destination })}
            />
            <SecondsField
              name={`${name}-${place}-seconds`}
              label={t("forwardings.seconds")}
              value={line.seconds}
              least={LEAST_SECONDS}
              most={MOST_SECONDS}
              onChange={(seconds) => change(place, { seconds })}
            />
          </li>
        ))}
      </ol>
      {error !== undefined && (
        <Text size="sm" c="var(--sw-bad)" role="alert">
          {error}
        </Text>
      )}
      {lines.length < MOST_FORWARDS && (
        <div>
          <Button
            id={fieldId(name)}
            variant="default"
            mih={44}
            leftSection={<IconPlus size={18} />}
            onClick={() => onChange(linesText([...lines, NEW_LINE]))}
          >
            {t("forwardings.add")}
          </Button>
        </div>
      )}
    </Stack>
  );
}
