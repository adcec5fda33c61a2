/** A page's head, its empty state, and what it says when it could not be loaded. */
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconPlugConnectedX, IconRefresh } from "@tabler/icons-react";
import type { ComponentType, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "./errors";
import styles from "./Page.module.css";

interface PageProps {
  title: string;
  /** One sentence: what this page is for. */
  about?: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
  /** As wide as the window: boards and calendars. */
  wide?: boolean;
  children: ReactNode;
}

export function Page({ title, about, actions, wide = false, children }: PageProps) {
  useDocumentTitle(`${title} · Switchroom`);
  return (
    <Stack gap="lg" className={styles.page} data-wide={wide || undefined}>
      <Group justify="space-between" align="flex-start" gap="md">
        <div className={styles.head}>
          <Title order={1}>{title}</Title>
          {about !== undefined && <Text c="dimmed">{about}</Text>}
        </div>
        {actions !== undefined && <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

interface EmptyProps {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

export function Empty({ icon: Icon, title, children, action }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <span className={styles.emptyIcon} aria-hidden>
        <Icon size={28} stroke={1.5} />
      </span>
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text c="dimmed" maw={420} component="div">
          {children}
        </Text>
      )}
      {action !== undefined && <div>{action}</div>}
    </div>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t, i18n } = useTranslation("common");
  return (
    <Paper role="alert">
      <Empty
        icon={IconPlugConnectedX}
        title={t("form.notLoaded")}
        action={
          <Button variant="default" leftSection={<IconRefresh size={18} />} onClick={onRetry}>
            {t("action.tryAgain")}
          </Button>
        }
      >
        {errorText(i18n, error)}
      </Empty>
    </Paper>
  );
}

/** A card with a heading. */
export function Card({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <Paper component="section" className={styles.card} aria-label={title}>
      <Group justify="space-between" mih={32} mb="sm" wrap="nowrap">
        <Title order={2} className={styles.cardTitle}>
          {title}
        </Title>
        {actions !== undefined && <div>{actions}</div>}
      </Group>
      {children}
    </Paper>
  );
}
