/** The names of what is checked on the machine. */
import type { TFunction } from "i18next";
import type { Check } from "./types";

export function checkName(t: TFunction<"console">, check: Check): string {
  return t(`check.${check.id}`, { defaultValue: check.name });
}

/** What was found, as a sentence begins, and what to do. English is the server's own. */
export function checkWords(t: TFunction<"console">, check: Check): { found: string; cure: string } {
  const say = (part: "found" | "cure", defaultValue: string): string => {
    const key = `checks:${check.code}.${part}`;
    return t(key, { ...check.values, defaultValue });
  };
  const found = say("found", check.message);
  return { found: found.charAt(0).toUpperCase() + found.slice(1), cure: say("cure", check.cure) };
}
