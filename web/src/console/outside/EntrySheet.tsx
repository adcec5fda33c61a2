/** The sheet of an entry's form, with who was faster on top. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { FormSheet, type Values } from "../../ui";
import { ConflictNotice } from "../conflict";
import type { EntryForm } from "./useEntryForm";

interface Props<T extends Values> {
  title: string;
  edit: EntryForm<T>;
  onClose: () => void;
  focusField: string | null;
  /** A value in words, in a conflict. */
  show?: (name: string, value: string) => string;
  children: ReactNode;
}

export function EntrySheet<T extends Values>({ title, edit, onClose, focusField, show, children }: Props<T>) {
  const { t } = useTranslation("console");
  const words = (name: string, value: string | boolean) =>
    typeof value === "boolean" ? t(value ? "change.yes" : "change.no") : (show?.(name, value) ?? value);
  return (
    <FormSheet
      title={title}
      form={edit.form}
      onSave={() => void edit.save()}
      onClose={onClose}
      focusField={focusField}
      notice={<ConflictNotice form={edit.form} state={edit.conflict} show={words} />}
    >
      {children}
    </FormSheet>
  );
}
