/** Changes and problems in the reader's words, from their parts; the server's English where there are none. */
import type { i18n } from "i18next";
import { OUTSIDE_FIELDS } from "./outside/values";
import type { Change, Problem } from "./types";

const SECRET = "••••";
/** Parts of one entry: their paths name no id. */
const ALONE = new Set(["settings", "conference_server"]);
/** Settings that stand among those of calls outside. */
const OUTSIDE = new Set<string>(OUTSIDE_FIELDS);
/** Where the entries of a part are edited. */
const PAGES: Record<string, string> = {
  users: "/users",
  conferences: "/conferences",
  trunks: "/trunks",
  numbers: "/numbers",
  ring_groups: "/ring-groups",
  groups: "/groups",
  mailboxes: "/voicemails",
};

function value(language: i18n, field: string, raw: string | number | boolean | null | undefined): string {
  if (typeof raw === "boolean") return language.t(raw ? "console:change.yes" : "console:change.no");
  if (raw === null || raw === undefined || raw === "") return "";
  if (field === "language" || field === "recording" || field === "names") {
    return language.t(`console:${field}.${raw}`, { defaultValue: String(raw) });
  }
  if (typeof raw === "number") return new Intl.NumberFormat(language.language).format(raw);
  return raw;
}

/** One change: "Access code set", "Name: Board is now Board room". */
export function changeWords(language: i18n, change: Change): string {
  const t = language.getFixedT(null, "console");
  if (!change.part) return change.message;
  if (change.kind === "added") return t("change.added");
  if (change.kind === "removed") return t("change.removed");
  const field = change.field ?? "";
  const word = t(`field.${field}`, { defaultValue: field.replaceAll("_", " ") });
  const [old, present] = [value(language, field, change.old), value(language, field, change.new)];
  if (change.old === SECRET || change.new === SECRET) {
    if (!old) return t("change.secretSet", { word });
    return present ? t("change.secretChanged", { word }) : t("change.secretRemoved", { word });
  }
  if (!old) return t("change.set", { word, present });
  return present ? t("change.became", { word, old, present }) : t("change.unset", { word, old });
}

/** What a change means for those who talk now; empty when nobody is concerned. */
export function consequenceWords(language: i18n, change: Change): string {
  if (!change.consequence) return "";
  return language.t(`console:consequence.${change.consequence_id ?? ""}`, {
    count: change.consequence_count ?? 0,
    defaultValue: change.consequence,
  });
}

export interface ChangedEntry {
  /** `conferences/<id>`. */
  path: string;
  part: string;
  title: string;
  kind: string;
  changes: Change[];
}

/** Changes entry by entry, in the order they came. */
export function byEntry(changes: readonly Change[]): ChangedEntry[] {
  const found = new Map<string, ChangedEntry>();
  for (const change of changes) {
    const [part = "", id = ""] = change.path.split("/");
    const path = ALONE.has(part) ? part : `${part}/${id}`;
    const entry = found.get(path);
    if (entry) entry.changes.push(change);
    else {
      const extension = change.extension ? ` (${change.extension})` : "";
      found.set(path, {
        path,
        part,
        title: part === "settings" ? "" : `${change.name ?? ""}${extension}`.trim(),
        kind: change.kind,
        changes: [change],
      });
    }
  }
  return [...found.values()];
}

/** Where in the console an entry's field is edited; null when it cannot be linked. */
export function editAddress(path: string): string | null {
  const [part, id, field] = path.split("/");
  if (part === "settings") {
    return `/system?edit=${OUTSIDE.has(id ?? "") ? "outside" : "settings"}${id ? `&field=${id}` : ""}`;
  }
  if (part === "conference_server") return `/conferences/server?settings=1${id ? `&field=${id}` : ""}`;
  const page = PAGES[part ?? ""];
  if (page === undefined || !id) return null;
  return `${page}?edit=${encodeURIComponent(id)}${field ? `&field=${field}` : ""}`;
}

export function problemField(language: i18n, problem: Problem): string {
  return language.t(`console:field.${problem.field}`, { defaultValue: problem.field });
}
