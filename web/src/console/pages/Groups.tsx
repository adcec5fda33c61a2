/** User groups: members, whom they may call, pickup (B5). */
import { Text } from "@mantine/core";
import { IconUserShield } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Column, nameOf } from "../../ui";
import { EntryPage, Named } from "../outside/EntryPage";
import { GroupForm } from "../outside/GroupForm";
import { useGroups } from "../outside/queries";
import type { CallRights, UserGroup } from "../outside/types";
import { usePeopleNames } from "../outside/usePeopleNames";

export default function Groups() {
  const { t, i18n } = useTranslation("outside");
  const query = useGroups();
  const names = usePeopleNames();
  const rights = ({ national, mobile, countries, premium }: CallRights) =>
    [
      national && t("rights.national"),
      mobile && t("rights.mobile_phones"),
      ...countries.map((code) => nameOf("region", code, i18n.language)),
      premium && t("rights.premium"),
    ]
      .filter(Boolean)
      .join(", ");
  const columns: Column<UserGroup>[] = [
    {
      key: "name",
      label: t("console:field.name"),
      value: (group) => group.name,
      render: (group) => <Named href={`/groups?edit=${group.id}`} name={group.name} pending={group.pending} />,
    },
    {
      key: "members",
      label: t("console:field.members"),
      value: (group) => names(group.members),
      render: (group) => names(group.members, 4) || <Text c="dimmed">–</Text>,
    },
    {
      key: "rights",
      label: t("groups.rights"),
      value: (group) => rights(group.rights),
      render: (group) => rights(group.rights) || <Text c="dimmed">–</Text>,
    },
    {
      key: "pickup",
      label: t("groups.pickup"),
      value: (group) => t(group.pickup ? "console:change.yes" : "console:change.no"),
      render: (group) => t(group.pickup ? "console:change.yes" : "console:change.no"),
    },
  ];
  return (
    <EntryPage
      words="groups"
      path="/api/groups"
      icon={IconUserShield}
      query={query}
      columns={columns}
      nameOf={(group) => group.name}
      form={(props) => <GroupForm {...props} />}
    />
  );
}
