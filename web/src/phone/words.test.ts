import { expect, it } from "vitest";
import enGuest from "../locales/en/guest.json";
import en from "../locales/en/phone.json";
import frGuest from "../locales/fr/guest.json";
import fr from "../locales/fr/phone.json";
import itGuest from "../locales/it/guest.json";
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
  ["phone in fr", en, fr],
  ["phone in it", en, it_],
  ["guest page in fr", enGuest, frGuest],
  ["guest page in it", enGuest, itGuest],
])("g_09: every word of the %s is there, with the same blanks", (_where, original: Words, words: Words) => {
  const english = new Map(paths(original));
  const other = new Map(paths(words));
  expect([...other.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [path, text] of english) expect([path, blanks(other.get(path) ?? "")]).toEqual([path, blanks(text)]);
});
