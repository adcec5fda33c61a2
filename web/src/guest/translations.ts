/** The guest page's words. English comes with the page. */
import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import en from "../locales/en/guest.json";
import { again } from "../ui/again";

const LOAD: Record<string, () => Promise<{ default: object }>> = {
  fr: () => import("../locales/fr/guest.json"),
  it: () => import("../locales/it/guest.json"),
};

/** The first of the wanted languages that there is; null: none. */
export function spokenHere(wanted: readonly string[]): string | null {
  const known = wanted.map((tag) => tag.toLowerCase().slice(0, 2));
  return known.find((language) => language === "en" || language in LOAD) ?? null;
}

export async function guestTranslations(language: string): Promise<i18n> {
  const instance = i18next.createInstance();
  await instance.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    ns: ["guest"],
    defaultNS: "guest",
    interpolation: { escapeValue: false },
    resources: { en: { guest: en } },
  });
  await speakGuest(instance, language);
  return instance;
}

export async function speakGuest(instance: i18n, language: string): Promise<void> {
  const load = LOAD[language];
  if (load) instance.addResourceBundle(language, "guest", (await again(load)).default, true, true);
  await instance.changeLanguage(load ? language : "en");
  document.documentElement.lang = instance.language;
}
