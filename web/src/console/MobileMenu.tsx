/** The menu on a phone's screen. */
import { Drawer } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Menu } from "./Menu";
import type { PageEntry } from "./pages";

export default function MobileMenu({ pages, location, onClose }: { pages: PageEntry[]; location: string; onClose: () => void }) {
  const { t } = useTranslation("console");
  return (
    <Drawer
      opened
      onClose={onClose}
      size={280}
      title={t("shell.menu")}
    >
      <Menu pages={pages} location={location} onGo={onClose} />
    </Drawer>
  );
}
