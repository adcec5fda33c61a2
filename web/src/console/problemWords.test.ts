/** The details of problems under Live, in the reader's language. */
import i18next, { type i18n } from "i18next";
import { describe, expect, it } from "vitest";
import english from "../locales/en/outside.json";
import french from "../locales/fr/outside.json";
import common from "../locales/fr/common.json";
import problems from "../locales/fr/problems.json";
import { problemWords } from "./problemWords";
import type { SeenProblem } from "./types";

async function speaking(lng: "en" | "fr"): Promise<i18n> {
  const made = i18next.createInstance();
  const resources = { en: { outside: english }, fr: { outside: french, common, problems } };
  await made.init({ lng, fallbackLng: "en", interpolation: { escapeValue: false }, resources });
  return made;
}

function seen(kind: string, values: Record<string, string>, code = kind, text = "In English."): SeenProblem {
  return { kind, subject: "201", text, time: 0, count: 1, can_allow: false, allow: "", code, values };
}

const EMERGENCY = { user: "Anna (201)", number: "112", shown: "" };
const ABROAD = { user: "", number: "+4930123456", country: "DE" };

describe("test_issue_5_problems_in_the_readers_language", () => {
  it("says them with their values, and what is empty in words", async () => {
    const language = await speaking("fr");
    expect(problemWords(language, seen("emergency-call", EMERGENCY))).toBe(
      "Anna (201) appelle le numéro d’urgence 112. Numéro affiché pour être rappelé : aucun.",
    );
    expect(problemWords(language, seen("outside-country-not-allowed", ABROAD))).toBe(
      "Un administrateur ne peut pas appeler ce pays : Allemagne (+4930123456).",
    );
  });

  it("says of trunks and mail what their own pages say", async () => {
    const language = await speaking("fr");
    const silent = problemWords(language, seen("trunk-failed", { name: "Ligne", answer: "" }, "trunk.silent"));
    expect(silent).toBe(french.trunks.said.silent.replace("{{name}}", "Ligne").replace("{{answer}}", ""));
    const mail = problemWords(language, seen("mail-failed", { cause: "mail-no-answer", text: "x" }));
    expect(mail).toBe(common.error["mail-no-answer"]);
  });

  it("leaves what it does not know, and English, as the server said it", async () => {
    expect(problemWords(await speaking("fr"), seen("new-kind", {}))).toBe("In English.");
    expect(problemWords(await speaking("fr"), seen("mail-failed", { cause: "", text: "x" }))).toBe("In English.");
    expect(problemWords(await speaking("en"), seen("emergency-call", EMERGENCY))).toBe("In English.");
  });

  it("does not take a value for words of its own", async () => {
    const name = "{{number}} $t(problems:dropped)";
    expect(problemWords(await speaking("fr"), seen("emergency-call", { ...EMERGENCY, user: name }))).toContain(name);
  });
});
