import { expect, it } from "vitest";
import en from "../locales/en/phone.json";
import fr from "../locales/fr/phone.json";
import it_ from "../locales/it/phone.json";

type Words = { [key: string]: string | Words };

function* paths(words: Words, before = ""): Generator<[string, string]> {
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") yield [before + key, value];
    else yield* paths(value, `${before}${key}.`);
  }
}

const blanks = (text: string): string[] => [...text.matchAll(/\{\{\w+\}\}/g)].map(([blank]) => blank).sort();

it.each([
  ["fr", fr],
  ["it", it_],
])("g_09: every word of the phone is there in %s, with the same blanks", (_language, words) => {
  const english = new Map(paths(en));
  const other = new Map(paths(words));
  expect([...other.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [path, text] of english) expect([path, blanks(other.get(path) ?? "")]).toEqual([path, blanks(text)]);
});
