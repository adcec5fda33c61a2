/** What a conference server is, before there is one (S3-05). */
import { Button, Paper, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconServerCog } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import styles from "./server.module.css";

const FACTS = ["always", "limits", "calls", "extension"] as const;

export function Intro({ onSetUp }: { onSetUp: () => void }) {
  const { t } = useTranslation("conference");
  return (
    <Paper component="section" className={styles.intro} aria-label={t("server.introTitle")}>
      <div>
        <Title order={2} mb={8}>
          {t("server.introTitle")}
        </Title>
        <Text c="dimmed">{t("server.introText")}</Text>
      </div>
      <ul className={styles.facts}>
        {FACTS.map((fact) => (
          <li key={fact}>
            <IconCircleCheck size={20} aria-hidden />
            <Text>{t(`server.fact.${fact}`)}</Text>
          </li>
        ))}
      </ul>
      <Button mih={44} leftSection={<IconServerCog size={18} />} onClick={onSetUp}>
        {t("server.setupServer")}
      </Button>
    </Paper>
  );
}
