/** "Conferences" of the menu holds the rooms and the conference server. */
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import styles from "./tabs.module.css";

const TABS = [
  ["/conferences", "tabs.rooms"],
  ["/conferences/server", "tabs.server"],
] as const;

export function ConferenceTabs() {
  const { t } = useTranslation("conference");
  const [location] = useLocation();
  return (
    <nav className={styles.tabs} aria-label={t("console:menu.conferences")}>
      {TABS.map(([address, word]) => (
        <Link key={address} href={address} aria-current={location === address ? "page" : undefined}>
          {t(word)}
        </Link>
      ))}
    </nav>
  );
}
