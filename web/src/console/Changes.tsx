/** A difference in words, entry by entry. */
import { Text } from "@mantine/core";
import { IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import styles from "./Changes.module.css";
import { byEntry, changeWords, consequenceWords } from "./changeWords";
import type { Change } from "./types";

const ICONS = { added: IconPlus, removed: IconMinus, changed: IconPencil };

export function Changes({ changes }: { changes: readonly Change[] }) {
  const { t, i18n } = useTranslation("console");
  return (
    <ul className={styles.list}>
      {byEntry(changes).map((entry) => {
        const Icon = ICONS[entry.kind as keyof typeof ICONS] ?? IconPencil;
        const whole = entry.kind !== "changed" && entry.changes.length === 1;
        const told = [...new Set(entry.changes.map((change) => consequenceWords(i18n, change)).filter(Boolean))];
        return (
          <li key={entry.path} className={styles.entry}>
            <span className={styles.icon} data-kind={entry.kind}>
              <Icon size={16} aria-hidden />
            </span>
            <div>
              {entry.changes[0]?.part && (
                <Text fw={600}>
                  {t(`part.${entry.part}`)} {entry.title}{" "}
                  {whole && (
                    <Text span fw={400}>
                      {entry.changes[0] && changeWords(i18n, entry.changes[0])}
                    </Text>
                  )}
                </Text>
              )}
              {(!whole || !entry.changes[0]?.part) &&
                entry.changes.map((change) => (
                  <Text key={change.path} size="sm">
                    {changeWords(i18n, change)}
                  </Text>
                ))}
              {told.map((text) => (
                <Text key={text} size="sm" c="dimmed">
                  {text}
                </Text>
              ))}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
