/** The conference server: set it up (S3-02), its rooms, its settings. */
import { Button } from "@mantine/core";
import { IconSettings } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Failed, Loading, Page, useAddress } from "../../ui";
import { ConferenceTabs } from "../conference/ConferenceTabs";
import { Intro } from "../conference/server/Intro";
import { ServerRooms } from "../conference/server/ServerRooms";
import { SetUp } from "../conference/server/SetUp";
import { useConferences, useConferenceServer } from "../queries";

export default function ConferenceServer() {
  const { t } = useTranslation("conference");
  const address = useAddress();
  const server = useConferenceServer();
  const conferences = useConferences();
  const failed = [server, conferences].find((query) => query.error && query.data === undefined);
  const settingUp = address.get("setup") !== "";
  return (
    <Page
      title={t("server.title")}
      about={t("server.about")}
      actions={
        server.data &&
        !settingUp && (
          <Button variant="default" mih={44} leftSection={<IconSettings size={18} />} onClick={() => address.set({ settings: "1" }, true)}>
            {t("server.settings")}
          </Button>
        )
      }
    >
      <ConferenceTabs />
      {failed ? (
        <Failed error={failed.error} onRetry={() => void failed.refetch()} />
      ) : settingUp ? (
        <SetUp onLeave={() => address.set({ setup: null })} />
      ) : server.data === undefined || conferences.data === undefined ? (
        <Loading />
      ) : server.data === null ? (
        <Intro onSetUp={() => address.set({ setup: "1" }, true)} />
      ) : (
        <ServerRooms server={server.data} conferences={conferences.data} />
      )}
    </Page>
  );
}
