/** Whether a trunk works, as the system knows it now. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Trunk } from "./types";

export function TrunkState({ trunk }: { trunk: Trunk }) {
  const { t } = useTranslation("outside");
  return <Text c="dimmed">{t(trunk.enabled ? "trunks.state.unknown" : "trunks.state.off")}</Text>;
}
