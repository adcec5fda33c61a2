/** Who is signed in. */
import { Avatar, Text, UnstyledButton } from "@mantine/core";
import { IconSelector } from "@tabler/icons-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import styles from "./AccountMenu.module.css";
import { useWho } from "./session";

export function WhoButton(props: ComponentProps<"button">) {
  const { t } = useTranslation("console");
  const who = useWho();
  const name = who.user?.name ?? who.name;
  return (
    <UnstyledButton {...props} className={styles.who} aria-label={t("account.menu", { name })} aria-haspopup="menu">
      <Avatar name={name} color="accent" size={36} />
      <span className={styles.words}>
        <Text component="span" size="sm" fw={600} truncate>
          {name}
        </Text>
        <Text component="span" size="xs" c="dimmed" truncate>
          {t(`role.${who.role}`, { defaultValue: who.role })}
        </Text>
      </span>
      <IconSelector size={18} aria-hidden />
    </UnstyledButton>
  );
}
