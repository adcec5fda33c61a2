/** Ring groups: one extension, many phones (D2-04). */
import { Text } from "@mantine/core";
import { IconUsersPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Column } from "../../ui";
import { EntryPage, Named } from "../outside/EntryPage";
import { useRingGroups } from "../outside/queries";
import { RingGroupForm } from "../outside/RingGroupForm";
import type { RingGroup } from "../outside/types";
import { useDestinations } from "../outside/useDestinations";
import { usePeopleNames } from "../outside/usePeopleNames";
import { Callable } from "../../phone";

export default function RingGroups() {
  const { t } = useTranslation("outside");
  const query = useRingGroups();
  const destinations = useDestinations();
  const names = usePeopleNames();
  const columns: Column<RingGroup>[] = [
    {
      key: "extension",
      label: t("console:field.extension"),
      value: (group) => group.extension,
      render: (group) => (group.pending ? group.extension : <Callable number={group.extension} />),
    },
    {
      key: "name",
      label: t("console:field.name"),
      value: (group) => group.name,
      render: (group) => <Named href={`/ring-groups?edit=${group.id}`} name={group.name} pending={group.pending} />,
    },
    {
      key: "members",
      label: t("console:field.members"),
      value: (group) => names(group.members),
      render: (group) => (
        <div>
          {names(group.members, 4)}
          <Text size="sm" c="dimmed">
            {t(`ringGroups.inTurn.${group.in_turn ? "yes" : "no"}`)} ·{" "}
            {t("console:system.seconds", { count: group.ring_seconds })}
          </Text>
        </div>
      ),
    },
    {
      key: "otherwise",
      label: t("ringGroups.otherwise"),
      value: (group) => destinations.words(group.otherwise),
      render: (group) => <Text c={group.otherwise ? "inherit" : "dimmed"}>{destinations.words(group.otherwise)}</Text>,
    },
  ];
  return (
    <EntryPage
      words="ringGroups"
      path="/api/ring-groups"
      icon={IconUsersPlus}
      query={query}
      columns={columns}
      nameOf={(group) => group.name}
      form={(props) => <RingGroupForm {...props} />}
    />
  );
}
