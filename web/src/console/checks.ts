/** The names of what is checked on the machine. */
import type { TFunction } from "i18next";
import type { Check } from "./types";

export function checkName(t: TFunction<"console">, check: Check): string {
  return t(`check.${check.id}`, { defaultValue: check.name });
}

/** A finding as a sentence begins. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
