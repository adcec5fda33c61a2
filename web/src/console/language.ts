/** The language of the screens: kept in this browser, and with the sign-in when there is one. */
import { type Language, LANGUAGES, speak } from "../i18n";
import { toastFailed } from "../ui";
import { api } from "./session";

const KEY = "switchroom.language";

export function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.includes(text as Language);
}

/** In their own words, as everybody finds his. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", fr: "Français", it: "Italiano" };

/** Chosen on the sign-in page, to be kept with whoever signs in there. */
let chosenBefore: Language | null = null;

export async function chooseLanguage(language: Language, signedIn: boolean): Promise<void> {
  localStorage.setItem(KEY, language);
  await speak(language);
  if (signedIn) await keep(language);
  else chosenBefore = language;
}

/** After signing in: the language of the sign-in, unless another one was chosen just before. */
export async function followLanguage(language: string | null): Promise<void> {
  if (!isLanguage(language)) return;
  const chosen = chosenBefore;
  chosenBefore = null;
  if (chosen !== null) {
    if (chosen !== language) await keep(chosen);
    return;
  }
  if (document.documentElement.lang === language) return;
  localStorage.setItem(KEY, language);
  await speak(language);
}

async function keep(language: Language): Promise<void> {
  try {
    await api.request("/api/account", { method: "PATCH", body: { language } });
  } catch (error) {
    toastFailed(error);
  }
}
