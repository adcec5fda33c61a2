/** A conference that nobody is in: who can be called into it. */
import { Button, Paper } from "@mantine/core";
import { IconUserPlus, IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Callable } from "../../../phone";
import { Empty, Page } from "../../../ui";
import { useConferences } from "../../queries";
import { useWho } from "../../session";
import { InviteDialog } from "../InviteDialog";

export function Nobody({ conference }: { conference: string }) {
  const { t } = useTranslation("conference");
  const who = useWho();
  const room = useConferences(who.may("conferences")).data?.find(({ id }) => id === conference);
  const [inviting, setInviting] = useState(false);
  const name = room?.name ?? t("console:menu.room");
  return (
    <Page title={name}>
      <Paper>
        <Empty
          icon={IconUsersGroup}
          title={t("room.nobody")}
          action={
            <Button color="green" mih={44} leftSection={<IconUserPlus size={18} />} onClick={() => setInviting(true)}>
              {t("invite.invite")}
            </Button>
          }
        >
          {t("room.nobodyText")} {room?.extension && <Callable number={room.extension} />}
        </Empty>
      </Paper>
      {inviting && <InviteDialog room={{ id: conference, name }} onClose={() => setInviting(false)} />}
    </Page>
  );
}
