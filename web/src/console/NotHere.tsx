/** An address that leads nowhere, or to a page that one's role does not open: says which, and who can change that. */
import { Button, Paper, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconLock, IconMapOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { isPage, PAGES } from "./pages";
import page from "../ui/Page.module.css";

export function NotHere({ location }: { location: string }) {
  const { t } = useTranslation("console");
  const refused = PAGES.some(({ address }) => isPage(address, location));
  const Icon = refused ? IconLock : IconMapOff;
  const word = refused ? "refused" : "unknown";
  useDocumentTitle(`${t(`notHere.${word}`)} · Switchroom`);
  return (
    <Paper className={page.empty} role="alert">
      <span className={page.emptyIcon} aria-hidden>
        <Icon size={28} stroke={1.5} />
      </span>
      <Title order={1} fz="h3">
        {t(`notHere.${word}`)}
      </Title>
      <Text c="dimmed" maw={420}>
        {t(`notHere.${word}Text`)}
      </Text>
      <div>
        <Button component={Link} href="/" variant="default" mih={44}>
          {t("menu.home")}
        </Button>
      </div>
    </Paper>
  );
}
