/** Who was invited, how far it is, and why it came to nothing. */
import { Button, Text } from "@mantine/core";
import { IconPhoneOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { RoomInvitation, RoomOrders } from "../../api/room";
import { RelativeTime, StateBadge, toastFailed } from "../../ui";
import { isOpen, newestFirst } from "./invitations";
import styles from "./invite.module.css";

interface Props {
  invitations: readonly RoomInvitation[];
  orders: RoomOrders;
  /** Something was cancelled: look again. */
  onChange?: () => void;
}

export function InvitationList({ invitations, orders, onChange }: Props) {
  const { t } = useTranslation("conference");
  const cancel = async (invitation: RoomInvitation) => {
    try {
      await orders.cancel(invitation.id);
      onChange?.();
    } catch (error) {
      toastFailed(error);
    }
  };
  return (
    <ul className={styles.list} aria-label={t("invite.list")} aria-live="polite">
      {newestFirst(invitations).map((invitation) => (
        <li key={invitation.id} className={styles.invitation}>
          <div className={styles.who}>
            <Text fw={600}>{invitation.name || invitation.number}</Text>
            <Text size="sm" c="dimmed">
              {invitation.name && invitation.name !== invitation.number && `${invitation.number} · `}
              <Why invitation={invitation} />
            </Text>
          </div>
          <StateBadge state={invitation.state} />
          {isOpen(invitation.state) && (
            <Button
              variant="default"
              mih={40}
              leftSection={<IconPhoneOff size={18} />}
              aria-label={t("invite.cancelWhat", { name: invitation.name || invitation.number })}
              onClick={() => void cancel(invitation)}
            >
              {t("common:action.cancel")}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Why({ invitation }: { invitation: RoomInvitation }) {
  const { t } = useTranslation("conference");
  const failed = invitation.state === "failed" || invitation.state === "refused";
  if (!failed || !invitation.reason) return <RelativeTime time={invitation.at} />;
  return <>{t(`console:cause.${invitation.reason}`, { defaultValue: invitation.reason })}</>;
}
