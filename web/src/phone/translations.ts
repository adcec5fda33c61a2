/** The phone's words alone, for pages that are only a phone. English comes with the page. */
import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import en from "../locales/en/phone.json";
import { again } from "../ui/again";

const LOAD: Record<string, () => Promise<{ default: object }>> = {
  fr: () => import("../locales/fr/phone.json"),
  it: () => import("../locales/it/phone.json"),
};

/** The first of the wanted languages that there is; "en" if none. */
export function chosenLanguage(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const language = tag.toLowerCase().slice(0, 2);
    if (language === "en" || language in LOAD) return language;
  }
  return "en";
}

export async function phoneTranslations(wanted: readonly string[]): Promise<i18n> {
  const instance = i18next.createInstance();
  const language = chosenLanguage(wanted);
  await instance.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    ns: ["phone"],
    defaultNS: "phone",
    interpolation: { escapeValue: false },
    resources: { en: { phone: en } },
  });
  await speakPhone(instance, language);
  return instance;
}

export async function speakPhone(instance: i18n, language: string): Promise<void> {
  const load = LOAD[language];
  if (load) instance.addResourceBundle(language, "phone", (await again(load)).default, true, true);
  await instance.changeLanguage(load ? language : "en");
}
