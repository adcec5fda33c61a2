/** What a typed number means, in words (S2-04, G-10). */
import type { Resolved } from "../engine/model";

/** Whom, or where to, the number leads. */
export function meaningWords(meaning: Resolved, text: string, language: string): string {
  const digits = (value: string): string => value.replace(/[^0-9+*#]/g, "");
  const other = digits(meaning.shown) !== digits(text) ? meaning.shown : null;
  return [meaning.name, other, countryName(meaning.country, language)].filter(Boolean).join(" · ");
}

function countryName(country: string | null, language: string): string | null {
  if (country === null || !/^[A-Z]{2}$/.test(country)) return country;
  return new Intl.DisplayNames([language], { type: "region" }).of(country) ?? country;
}

/** Why it can not be called. */
export function refusalWords(meaning: Resolved, t: (key: string) => string, language: string): string {
  if (language === "en" && meaning.message) return meaning.message;
  const key = `refusal.${meaning.error_id ?? ""}`;
  const words = t(key);
  return words === key ? t("refusal.needs-country-code") : words;
}
