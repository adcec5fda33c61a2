/** What can be done with a row of a list: edit it, delete it. */
import { Button, Group } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "../ui/DataTable.module.css";

interface Props {
  /** Whose row it is: screen readers hear what would be edited or deleted. */
  name: string;
  onEdit: () => void;
  /** Left out: it is not deleted here. */
  onDelete?: () => void;
  /** What stands before these two. */
  children?: ReactNode;
  /** What stands behind them. */
  more?: ReactNode;
  /** "Edit" at the far right. */
  editLast?: boolean;
}

export function RowActions({ name, onEdit, onDelete, children, more, editLast = false }: Props) {
  const { t } = useTranslation("console");
  const edit = (
    <Button
      variant="default"
      mih={40}
      leftSection={<IconPencil size={18} />}
      aria-label={t("conferences.editWhat", { name })}
      onClick={onEdit}
    >
      {t("action.edit")}
    </Button>
  );
  return (
    <Group gap={children ? "sm" : "lg"} className={styles.actions}>
      {children}
      {!editLast && edit}
      {onDelete && (
        <Button
          variant="subtle"
          color="red"
          mih={40}
          leftSection={<IconTrash size={18} />}
          aria-label={t("conferences.deleteWhat", { name })}
          onClick={onDelete}
        >
          {t("action.delete")}
        </Button>
      )}
      {editLast && edit}
      {more}
    </Group>
  );
}
