/** Why something cannot be deleted yet, and what to do first (S3-11). */
import { Anchor, Button, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useFocusBack } from "../../ui";

export interface Blocker {
  kind: string;
  id: string;
  name: string;
}

const PAGES: Record<string, string> = {
  conference: "/conferences",
  user: "/users",
  number: "/numbers",
  ring_group: "/ring-groups",
  group: "/groups",
  mailbox: "/voicemails",
};

/** Where a blocker is dealt with; null: nowhere in the console yet. */
export function addressOf({ kind, id }: Blocker): string | null {
  if (kind === "conference_server") return "/conferences/server";
  if (kind === "settings") return "/system?edit=outside";
  const page = PAGES[kind];
  return page === undefined ? null : `${page}?edit=${encodeURIComponent(id)}`;
}

interface Props {
  name: string;
  blockers: readonly Blocker[];
  onClose: () => void;
}

export function Blocked({ name, blockers, onClose }: Props) {
  const { t } = useTranslation("conference");
  useFocusBack();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("blocked.title", { name })}
      centered
    >
      <Stack gap="lg">
        <Text>{t("blocked.text")}</Text>
        <BlockerList blockers={blockers} onGo={onClose} />
        <div>
          <Button variant="default" mih={44} onClick={onClose} data-autofocus>
            {t("common:action.close")}
          </Button>
        </div>
      </Stack>
    </Modal>
  );
}

/** Each with the way to where it is dealt with. */
export function BlockerList({ blockers, onGo }: { blockers: readonly Blocker[]; onGo?: () => void }) {
  const { t } = useTranslation("conference");
  return (
    <ul style={{ margin: 0, paddingInlineStart: 20 }}>
      {blockers.map((blocker) => {
        const address = addressOf(blocker);
        const what = t(`blocked.kind.${blocker.kind}`, { name: blocker.name, defaultValue: blocker.name });
        return (
          <li key={`${blocker.kind} ${blocker.id}`}>
            {address ? (
              <Anchor component={Link} href={address} inherit onClick={onGo}>
                {what}
              </Anchor>
            ) : (
              what
            )}
          </li>
        );
      })}
    </ul>
  );
}
