/** A sheet at the right side of the page. Where the focus was before, it is again afterwards. */
import { Drawer, type DrawerProps } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFocusBack } from "./focus";
import styles from "./Sheet.module.css";

interface Props extends Pick<DrawerProps, "onClose" | "size" | "closeOnClickOutside" | "children"> {
  title: string;
}

export function SideSheet({ size = 520, ...props }: Props) {
  const { t } = useTranslation("common");
  useFocusBack();
  return (
    <Drawer
      {...props}
      opened
      position="right"
      size={size}
      classNames={{ body: styles.body, title: styles.title, content: styles.content, header: styles.header }}
      closeButtonProps={{ "aria-label": t("action.close"), size: 44, iconSize: 22 }}
    />
  );
}
