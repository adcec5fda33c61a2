/** Whether a trunk works, as the system knows it now. */
import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { StateBadge } from "../../ui";
import type { Trunk, TrunkNow } from "./types";

export function TrunkState({ trunk, state }: { trunk: Trunk; state: TrunkNow | undefined }) {
  const { t } = useTranslation("outside");
  if (!trunk.enabled) return <Text c="dimmed">{t("trunks.state.off")}</Text>;
  if (state?.failure) {
    return (
      <Stack gap={2} align="flex-start">
        <StateBadge state="problem" plain />
        <Text size="sm" c="dimmed" maw={280}>
          {t(`trunks.said.${state.failure_code}`, { ...state.failure_values, defaultValue: state.failure })}
        </Text>
      </Stack>
    );
  }
  const works = state?.registered ?? state?.reachable;
  if (!state || !works) return <Text c="dimmed">{t("trunks.state.unknown")}</Text>;
  return (
    <Stack gap={2} align="flex-start">
      {state.registered ? (
        <StateBadge state="registered" plain />
      ) : (
        <StateBadge state="ok" plain label={t("trunks.state.works")} />
      )}
      {state.calls > 0 && (
        <Text size="sm" c="dimmed">
          {t("trunks.state.calls", { count: state.calls })}
        </Text>
      )}
    </Stack>
  );
}
