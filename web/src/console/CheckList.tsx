/** What `switchroom doctor` found, each with its cure. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { StateBadge } from "../ui";
import styles from "./CheckList.module.css";
import { checkName, checkWords } from "./checks";
import type { SystemState } from "./types";

export function CheckList({ checks }: { checks: SystemState["checks"] }) {
  const { t } = useTranslation("console");
  return (
    <ul className={styles.checks}>
      {checks.map((check) => ({ check, words: checkWords(t, check) })).map(({ check, words }) => (
        <li key={check.id + check.message}>
          <StateBadge state={check.severity} />
          <div>
            <Text fw={600}>{checkName(t, check)}</Text>
            <Text size="sm">{words.found}</Text>
            {words.cure && (
              <Text size="sm" c="dimmed">
                {words.cure}
              </Text>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
