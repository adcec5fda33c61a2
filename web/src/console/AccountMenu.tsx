/** Who is signed in; account, theme, language, sign out. */
import { Menu, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconSun } from "@tabler/icons-react";
import { IconUserCircle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { LANGUAGES } from "../i18n";
import { toastFailed } from "../ui";
import { chooseLanguage, LANGUAGE_NAMES } from "./language";
import { api, changeSession } from "./session";
import { WhoButton } from "./WhoButton";

const SCHEMES = [
  ["auto", IconDeviceDesktop],
  ["light", IconSun],
  ["dark", IconMoon],
] as const;

export default function AccountMenu({ onGo }: { onGo: () => void }) {
  const { t, i18n } = useTranslation("console");
  const client = useQueryClient();
  const [, go] = useLocation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = async () => {
    try {
      await api.request("/api/session", { method: "DELETE" });
    } catch (error) {
      toastFailed(error);
      return;
    }
    changeSession(client, null);
  };
  return (
    <Menu defaultOpened position="top-start" width={232} withinPortal>
      <Menu.Target>
        <WhoButton />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconUserCircle size={18} />}
          onClick={() => {
            go("/account");
            onGo();
          }}
        >
          {t("menu.account")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("account.theme")}</Menu.Label>
        {SCHEMES.map(([scheme, Icon]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={18} />}
            rightSection={colorScheme === scheme && <IconCheck size={16} />}
            aria-current={colorScheme === scheme}
            closeMenuOnClick={false}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`theme.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("account.language")}</Menu.Label>
        {LANGUAGES.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            rightSection={i18n.language === language && <IconCheck size={16} />}
            aria-current={i18n.language === language}
            closeMenuOnClick={false}
            onClick={() => void chooseLanguage(language, true)}
          >
            {LANGUAGE_NAMES[language]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} />} onClick={() => void signOut()}>
          {t("account.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
