/** A sheet at the right side of the page. Where the focus was before, it is again afterwards. */
import { Drawer, type DrawerProps } from "@mantine/core";
import { useFocusBack } from "./focus";
import styles from "./Sheet.module.css";

interface Props extends Pick<DrawerProps, "onClose" | "size" | "closeOnClickOutside" | "children"> {
  title: string;
}

export function SideSheet({ size = 520, ...props }: Props) {
  useFocusBack();
  return (
    <Drawer
      {...props}
      opened
      position="right"
      size={size}
      classNames={{ body: styles.body, title: styles.title, content: styles.content, header: styles.header }}
    />
  );
}
