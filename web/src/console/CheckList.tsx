/** What `switchroom doctor` found, each with its cure. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { StateBadge } from "../ui";
import styles from "./CheckList.module.css";
import { capital, checkName } from "./checks";
import type { SystemState } from "./types";

export function CheckList({ checks }: { checks: SystemState["checks"] }) {
  const { t } = useTranslation("console");
  return (
    <ul className={styles.checks}>
      {checks.map((check) => (
        <li key={check.id + check.message}>
          <StateBadge state={check.severity} />
          <div>
            <Text fw={600}>{checkName(t, check)}</Text>
            <Text size="sm">{capital(check.message)}</Text>
            {check.cure && (
              <Text size="sm" c="dimmed">
                {check.cure}
              </Text>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
