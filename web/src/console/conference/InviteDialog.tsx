/** The pop-up of "Invite" (S1-10): one field, one green button, and what became of each invitation. */
import { Modal, Stack } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { RoomOrders } from "../../api/room";
import { useFocusBack } from "../../ui";
import { api } from "../session";
import { InvitationList } from "./InvitationList";
import { refreshInvitations, useInvitations } from "./invitations";
import { InviteForm } from "./InviteForm";

export function InviteDialog({ room, onClose }: { room: { id: string; name: string }; onClose: () => void }) {
  const { t } = useTranslation("conference");
  useFocusBack();
  const orders = useMemo(() => new RoomOrders(api, room.id), [room.id]);
  const invitations = useInvitations(room.id).data ?? [];
  const refresh = () => refreshInvitations(room.id);
  return (
    <Modal
      opened
      onClose={onClose}
      size={640}
      title={t("invite.title", { name: room.name })}
    >
      <Stack gap="lg">
        <InviteForm orders={orders} onInvited={refresh} />
        {invitations.length > 0 && <InvitationList invitations={invitations} orders={orders} onChange={refresh} />}
      </Stack>
    </Modal>
  );
}
