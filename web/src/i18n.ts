/** Languages of the screens. English is loaded with the page, other languages and the words of single pages when they are asked for. */
import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import common from "./locales/en/common.json";
import console_ from "./locales/en/console.json";
import phone from "./locales/en/phone.json";
import { again } from "./ui/again";

export const LANGUAGES = ["en", "fr", "it"] as const;
export type Language = (typeof LANGUAGES)[number];
/** `checks`, `problems`: what the server itself says in English. */
const NAMESPACES = ["common", "console", "phone", "checks", "problems"] as const;
const files = import.meta.glob<Record<string, unknown>>(
  ["./locales/{fr,it}/*.json", "./locales/en/{conference,guest,integrations,outside,records}.json"],
  { import: "default" },
);
const wanted = new Set<string>(NAMESPACES);
/** What is spoken, or will be once its words are there. */
let chosen = "en";

/** The language to begin with: what was chosen here before, else the browser's, else English. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem("switchroom.language") ?? "", ...navigator.languages];
  for (const tag of wanted) {
    const found = LANGUAGES.find((language) => tag.toLowerCase().startsWith(language));
    if (found) return found;
  }
  return "en";
}

export async function startTranslations(language: Language): Promise<i18n> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    ns: [...NAMESPACES],
    defaultNS: "common",
    interpolation: { escapeValue: false },
    resources: { en: { common, console: console_, phone } },
  });
  await speak(language);
  return i18next;
}

async function load(language: string, namespace: string): Promise<void> {
  const file = files[`./locales/${language}/${namespace}.json`];
  if (file && !i18next.hasResourceBundle(language, namespace)) {
    i18next.addResourceBundle(language, namespace, await again(file), true, true);
  }
}

/** Switch the screens to a language. */
export async function speak(language: Language): Promise<void> {
  chosen = language;
  if (language !== "en") await Promise.all([...wanted].map((namespace) => load(language, namespace)));
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Words that only some pages need: what `pages` gives is shown once they are there. */
export async function withWords<T>(namespace: "conference" | "guest" | "outside" | "integrations" | "records", pages: () => Promise<T>): Promise<T> {
  wanted.add(namespace);
  const languages = new Set(["en", chosen]);
  const [loaded] = await Promise.all([pages(), ...[...languages].map((language) => load(language, namespace))]);
  return loaded;
}
