/** Progress, for what takes longer than half a second; nothing flickers for what is quick. */
import { Center, Loader, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./progress.module.css";

const PATIENCE = 500;

/** True once `busy` has lasted half a second. */
export function useSlow(busy: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!busy) return;
    const timer = setTimeout(() => setSlow(true), PATIENCE);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [busy]);
  return busy && slow;
}

/** In the place of a page that is being loaded. */
export function Loading() {
  const { t } = useTranslation("common");
  const slow = useSlow(true);
  return (
    <Center mih={240} role="status" aria-live="polite">
      {slow && (
        <Stack align="center" gap="xs">
          <Loader size="sm" />
          <Text c="dimmed">{t("form.loading")}</Text>
        </Stack>
      )}
    </Center>
  );
}

/** A thin line at the top edge while the server is asked. */
export function BusyLine({ busy }: { busy: boolean }) {
  const slow = useSlow(busy);
  return slow ? <div className={styles.line} aria-hidden /> : null;
}
