/** What a number of a contact is for, as its owner called it or, of the usual words, in the reader's language. */
import type { TFunction } from "i18next";

const USUAL = ["mobile", "home", "work", "fax", "pager", "main", "phone"];

export function numberLabel(t: TFunction, label: string): string {
  const known = label.toLowerCase();
  return USUAL.includes(known) ? t(`common:numberLabel.${known}`) : label;
}
