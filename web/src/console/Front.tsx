/** The frame of what is seen before one is in: a card on a calm page, with the languages below. */
import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n";
import styles from "./Front.module.css";
import { chooseLanguage, LANGUAGE_NAMES } from "./language";
import { Logo } from "./Logo";

interface Props {
  title: string;
  about?: ReactNode;
  foot?: ReactNode;
  wide?: boolean;
  signedIn?: boolean;
  children: ReactNode;
}

export function Front({ title, about, foot, wide = false, signedIn = false, children }: Props) {
  const { t, i18n } = useTranslation("console");
  return (
    <main className={styles.page} data-wide={wide || undefined}>
      <Paper className={styles.card}>
        <Stack gap="lg">
          <Group gap="md" wrap="nowrap">
            <Logo size={44} />
            <div className={styles.head}>
              <Title order={1}>{title}</Title>
              {about !== undefined && <Text c="dimmed">{about}</Text>}
            </div>
          </Group>
          {children}
        </Stack>
      </Paper>
      <nav aria-label={t("account.language")} className={styles.languages}>
        {LANGUAGES.map((language) => (
          <Anchor
            key={language}
            component="button"
            type="button"
            lang={language}
            aria-current={i18n.language === language}
            c={i18n.language === language ? "inherit" : "dimmed"}
            onClick={() => void chooseLanguage(language, signedIn)}
          >
            {LANGUAGE_NAMES[language]}
          </Anchor>
        ))}
      </nav>
      {foot}
    </main>
  );
}
