/** A value to copy. */
import { ActionIcon, CopyButton, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import styles from "./CopyField.module.css";

export function CopyField({ label, value, secret = false }: { label: string; value: string; secret?: boolean }) {
  const { t } = useTranslation("common");
  return (
    <div className={styles.field}>
      <Text size="sm" c="dimmed" className={styles.label}>
        {label}
      </Text>
      <Text className={styles.value} ff={secret ? "monospace" : "text"} fw={550}>
        {value}
      </Text>
      <CopyButton value={value} timeout={2000}>
        {({ copied, copy }) => (
          <ActionIcon
            onClick={copy}
            title={copied ? t("action.copied") : t("action.copy")}
            aria-label={t("action.copyWhat", { what: label })}
          >
            {copied ? <IconCheck size={20} color="var(--sw-good)" /> : <IconCopy size={20} />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
  );
}
