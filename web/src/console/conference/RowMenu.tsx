/** What is done with a conference less often than inviting, editing and deleting. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconBroadcast, IconCalendarEvent, IconDotsVertical, IconLink } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import type { Conference } from "../types";

interface Props {
  room: Conference;
  /** May look at it while it runs. */
  live: boolean;
  onLinks: () => void;
  onAppointments: () => void;
}

export function RowMenu({ room, live, onLinks, onAppointments }: Props) {
  const { t } = useTranslation("conference");
  const [, go] = useLocation();
  return (
    <Menu position="bottom-end" withinPortal shadow="md">
      <Menu.Target>
        <ActionIcon aria-label={t("row.more", { name: room.name })} title={t("row.moreShort")}>
          <IconDotsVertical size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {live && (
          <Menu.Item mih={44} leftSection={<IconBroadcast size={18} />} onClick={() => go(`/live/${room.id}`)}>
            {t("row.live")}
          </Menu.Item>
        )}
        <Menu.Item mih={44} leftSection={<IconLink size={18} />} onClick={onLinks}>
          {t("row.links")}
        </Menu.Item>
        <Menu.Item mih={44} leftSection={<IconCalendarEvent size={18} />} onClick={onAppointments}>
          {t("row.appointments")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
