/** What a problem says to people, in their language: by its code and values, else the server's own sentence. */
import type { i18n } from "i18next";
import { nameOf } from "../ui";
import type { SeenProblem } from "./types";

/** Codes of trunks' sentences, `trunk.silent`: they are those of the page of trunks. */
const TRUNK = "trunk.";

/** The details of a problem. English is the server's own. */
export function problemWords(language: i18n, item: SeenProblem): string {
  const defaultValue = item.text;
  if (item.code.startsWith(TRUNK)) {
    return language.t(`outside:trunks.said.${item.code.slice(TRUNK.length)}`, { ...item.values, defaultValue });
  }
  if (item.kind === "mail-failed") {
    return language.t(`common:error.${item.values.cause}`, { defaultValue });
  }
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(item.values)) {
    const nothing = `problems:nothing.${name}`;
    if (!value) values[name] = language.t(nothing, { defaultValue: "" });
    else values[name] = name === "country" ? nameOf("region", value, language.language) : value;
  }
  const sentence = `problems:${item.code}`;
  return language.t(sentence, { ...values, defaultValue });
}
