/** "Trunks": the lines to providers, by which calls go out and come in. */
import { Button, Text } from "@mantine/core";
import { IconRouteAltLeft, IconStethoscope } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Column, nameOf, useAddress } from "../../ui";
import { EntryPage, Named } from "../outside/EntryPage";
import { useTrunks, useTrunkStates } from "../outside/queries";
import { TrunkForm } from "../outside/TrunkForm";
import { TrunkState } from "../outside/TrunkState";
import { TrunkTest } from "../outside/TrunkTest";
import type { Trunk } from "../outside/types";
import { useSettings } from "../queries";
import { useWho } from "../session";

const SHOWN = 4;

export default function Trunks() {
  const { t, i18n } = useTranslation("outside");
  const who = useWho();
  const query = useTrunks();
  const states = useTrunkStates().data;
  const address = useAddress();
  const settings = useSettings(who.may("settings")).data;
  const countries = ({ countries: codes }: Trunk, most = 300) => {
    if (codes === null) return t("trunks.wheres.all");
    const names = codes.map((code) => nameOf("region", code, i18n.language));
    return names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} +${names.length - most}`;
  };
  const tested = query.data?.find((trunk) => trunk.id === address.get("test"));
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
        <div>
          {trunk.host} ({trunk.transport.toUpperCase()})
          <Text size="sm" c="dimmed">
            {t(`trunks.kinds.${trunk.kind}`)}
          </Text>
        </div>
      ),
    },
    {
      key: "countries",
      label: t("trunks.countries"),
      value: (trunk) => countries(trunk),
      render: (trunk) => countries(trunk, SHOWN),
    },
    {
      key: "state",
      label: t("trunks.stateHead"),
      render: (trunk) => <TrunkState trunk={trunk} state={states?.find((state) => state.id === trunk.id)} />,
    },
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
      actions={(trunk) => (
        <Button
          variant="default"
          mih={40}
          leftSection={<IconStethoscope size={18} />}
          aria-label={t("trunks.testWhat", { name: trunk.name })}
          onClick={() => address.set({ test: trunk.id }, true)}
        >
          {t("trunks.test")}
        </Button>
      )}
    >
      {tested && <TrunkTest key={tested.id} trunk={tested} onClose={() => address.set({ test: null })} />}
    </EntryPage>
  );
}
