/** The menu on the left: the pages one may open, and who one is. */
import { IconArrowUpRight } from "@tabler/icons-react";
import { Fragment, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { isUnder, type PageEntry } from "./pages";
import { useWho } from "./session";
import styles from "./Shell.module.css";
import { WhoButton } from "./WhoButton";

const loadMenu = () => import("./AccountMenu");
const AccountMenu = lazy(loadMenu);

interface Props {
  pages: PageEntry[];
  location: string;
  onGo: () => void;
}

export function Menu({ pages, location, onGo }: Props) {
  const { t } = useTranslation("console");
  const who = useWho();
  const shown = pages.filter((page) => !page.hidden);
  return (
    <>
      <nav aria-label={t("shell.menu")} className={styles.menu}>
        {shown.map(({ key, address, icon: Icon, group }, place) => (
          <Fragment key={key}>
            {group !== undefined && group !== shown[place - 1]?.group && (
              <span className={styles.group}>{t(`menuGroup.${group}`)}</span>
            )}
            <Link
              href={address}
              className={styles.item}
              aria-current={isUnder(location, address) ? "page" : undefined}
              onClick={onGo}
            >
              <Icon size={20} stroke={1.7} />
              {t(`menu.${key}`)}
            </Link>
          </Fragment>
        ))}
        {who.may("system") && (
          <a className={styles.item} href="/api/docs" data-foot>
            <IconArrowUpRight size={20} stroke={1.7} />
            {t("menu.api")}
          </a>
        )}
      </nav>
      <Account onGo={onGo} />
    </>
  );
}

/** The menu is loaded when somebody is about to open it. */
function Account({ onGo }: { onGo: () => void }) {
  const [wanted, setWanted] = useState(false);
  if (!wanted) return <WhoButton onClick={() => setWanted(true)} onPointerEnter={() => void loadMenu()} />;
  return (
    <Suspense fallback={<WhoButton />}>
      <AccountMenu onGo={onGo} />
    </Suspense>
  );
}
