/** The three languages have the same words, and every word that a screen asks for is there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../i18n";

const SOURCE = join(import.meta.dirname, "..");
const NAMESPACES = ["common", "console", "conference", "integrations", "outside", "records"] as const;
type Tree = { [key: string]: string | Tree };

function words(language: string, namespace: string): Map<string, string> {
  const tree = JSON.parse(readFileSync(join(SOURCE, "locales", language, `${namespace}.json`), "utf8")) as Tree;
  const found = new Map<string, string>();
  const walk = (node: Tree, path: string) => {
    for (const [key, value] of Object.entries(node)) {
      const place = path ? `${path}.${key}` : key;
      if (typeof value === "string") found.set(place, value);
      else walk(value, place);
    }
  };
  walk(tree, "");
  return found;
}

function sources(folder: string): string[] {
  return readdirSync(join(SOURCE, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes(".test."))
    .map((name) => join(SOURCE, folder, name));
}

/** `{{name}}` and `<tag>` of a text, sorted. */
function places(text: string): string[] {
  return [...text.matchAll(/\{\{\w+\}\}|<\w+>/g)].map(String).sort();
}

/** Keys that the sources ask for; those with a computed end stop at the first `${`. */
function asked(): { file: string; namespace: string; key: string; whole: boolean }[] {
  const found = [];
  for (const file of [...sources("console"), ...sources("crm"), ...sources("ui")]) {
    const text = readFileSync(file, "utf8");
    const own = /useTranslation\("(\w+)"\)/.exec(text)?.[1] ?? (file.includes("/crm/") ? "records" : "console");
    const literals = [
      ...text.matchAll(/\bt\(\s*(?:[\w.!()=> ]+\? )?["`]([\w:-]+\.[^"`]*)["`]/g),
      ...text.matchAll(/\.t\(\s*["`]([\w:-]+\.[^"`]*)["`]/g),
      ...text.matchAll(/i18nKey="([^"]+)"/g),
      ...text.matchAll(/\bt\([^()"`]*\? "([\w.]+)"/g),
      ...text.matchAll(/\bt\([^()"`]*\? "[\w.:]+" : "([\w.]+)"/g),
    ];
    for (const [, literal = ""] of literals) {
      const [head = "", tail] = literal.split(":");
      const [namespace, key] = tail === undefined ? [own, head] : [head, tail];
      const end = key.indexOf("${");
      found.push({ file, namespace, key: end < 0 ? key : key.slice(0, end), whole: end < 0 });
    }
  }
  return found;
}

describe.each(NAMESPACES)("%s", (namespace) => {
  const english = words("en", namespace);

  it.each(LANGUAGES.filter((language) => language !== "en"))("test_g_09_%s has the words of English", (language) => {
    const other = words(language, namespace);
    // A plural form that English has not.
    const names = [...other.keys()].filter((key) => !key.endsWith("_many"));
    expect(names.sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of english) {
      expect(other.get(key)?.trim(), key).not.toBe("");
      expect(places(other.get(key) ?? ""), key).toEqual(places(text));
    }
  });
});

it("test_g_09_every word asked for is there", () => {
  const known = new Map([...NAMESPACES, "phone"].map((namespace) => [namespace, [...words("en", namespace).keys()]]));
  const wanted = asked();
  expect(wanted.length).toBeGreaterThan(200);
  for (const { file, namespace, key, whole } of wanted) {
    const keys = known.get(namespace) ?? [];
    const there = whole
      ? keys.includes(key) || keys.includes(`${key}_other`)
      : keys.some((name) => name.startsWith(key));
    expect(there, `${namespace}:${key} in ${file}`).toBe(true);
  }
});
