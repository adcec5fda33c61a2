/** "Trunks": the lines to providers, by which calls go out and come in. */
import { Text } from "@mantine/core";
import { IconRouteAltLeft } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Column, nameOf } from "../../ui";
import { EntryPage, Named } from "../outside/EntryPage";
import { useTrunks } from "../outside/queries";
import { TrunkForm } from "../outside/TrunkForm";
import { TrunkState } from "../outside/TrunkState";
import type { Trunk } from "../outside/types";
import { useSettings } from "../queries";
import { useWho } from "../session";

const SHOWN = 4;

export default function Trunks() {
  const { t, i18n } = useTranslation("outside");
  const who = useWho();
  const query = useTrunks();
  const settings = useSettings(who.may("settings")).data;
  const countries = ({ countries: codes }: Trunk, most = 300) => {
    if (codes === null) return t("trunks.wheres.all");
    const names = codes.map((code) => nameOf("region", code, i18n.language));
    return names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} +${names.length - most}`;
  };
  const columns: Column<Trunk>[] = [
    {
      key: "name",
      label: t("console:field.name"),
      value: (trunk) => trunk.name,
      render: (trunk) => <Named href={`/trunks?edit=${trunk.id}`} name={trunk.name} pending={trunk.pending} />,
    },
    {
      key: "host",
      label: t("console:field.host"),
      value: (trunk) => trunk.host,
      render: (trunk) => (
        <>
          {trunk.host}
          <Text size="sm" c="dimmed">
            {t(`trunks.kinds.${trunk.kind}`)} · {trunk.transport.toUpperCase()}
          </Text>
        </>
      ),
    },
    {
      key: "countries",
      label: t("trunks.countries"),
      value: (trunk) => countries(trunk),
      render: (trunk) => countries(trunk, SHOWN),
    },
    { key: "state", label: t("trunks.stateHead"), render: (trunk) => <TrunkState trunk={trunk} /> },
  ];
  return (
    <EntryPage
      words="trunks"
      path="/api/trunks"
      icon={IconRouteAltLeft}
      query={query}
      columns={columns}
      nameOf={(trunk) => trunk.name}
      form={(props) => <TrunkForm {...props} country={settings?.country ?? null} />}
    />
  );
}
