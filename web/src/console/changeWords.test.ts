import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { startTranslations } from "../i18n";
import { byEntry, changeWords, consequenceWords, editAddress } from "./changeWords";
import type { Change } from "./types";

beforeAll(() => startTranslations("en"));

const base = { part: "conferences", id: "c1", name: "Board", extension: "8002" };
const change = (more: Partial<Change>): Change => ({
  path: `conferences/c1/${more.field ?? ""}`,
  kind: "changed",
  message: "in English",
  ...base,
  ...more,
});

describe("changeWords", () => {
  it.each([
    [change({ field: "name", old: "Board", new: "Board room" }), "Name: Board → Board room"],
    [change({ field: "access_code", old: null, new: "••••" }), "Access code set"],
    [change({ field: "access_code", old: "••••", new: "••••" }), "Access code changed"],
    [change({ field: "access_code", old: "••••", new: null }), "Access code removed"],
    [change({ field: "tones", old: true, new: false }), "Tones when somebody joins or leaves: Yes → No"],
    [change({ field: "max_participants", old: 10, new: null }), "People at most: 10 removed"],
    [change({ field: "recording", old: "on_request", new: "always" }), "Recording: When the administrator starts it → Always"],
    [change({ field: "dial_in_id", old: null, new: "31415" }), "Conference ID: 31415"],
    [change({ kind: "removed" }), "deleted"],
    [{ path: "users/1/name", kind: "changed", message: "User Anna: name is now Ann" }, "User Anna: name is now Ann"],
  ])("%#", (given, words) => expect(changeWords(i18next, given)).toBe(words));
});

it("tells what a change means for those who talk now, in the plural too", () => {
  const with_ = (count: number) =>
    change({ consequence: "x", consequence_id: "people-stay", consequence_count: count });
  expect(consequenceWords(i18next, with_(1))).toBe("1 person inside is not affected");
  expect(consequenceWords(i18next, with_(3))).toBe("3 people inside are not affected");
  expect(consequenceWords(i18next, change({ consequence: "as said", consequence_id: "new-kind" }))).toBe("as said");
  expect(consequenceWords(i18next, change({}))).toBe("");
});

it("gathers changes by entry", () => {
  const entries = byEntry([
    change({ field: "name" }),
    change({ field: "tones" }),
    { path: "settings/name", kind: "changed", message: "" },
    change({ path: "conference_server/max_rooms", part: "conference_server", name: "", extension: "8000", field: "max_rooms" }),
    change({ path: "conference_server/language", part: "conference_server", name: "", extension: "8000", field: "language" }),
  ]);
  expect(entries.map((entry) => [entry.path, entry.title, entry.changes.length])).toEqual([
    ["conferences/c1", "Board (8002)", 2],
    ["settings", "", 1],
    ["conference_server", "(8000)", 2],
  ]);
});

it.each([
  ["conferences/c1/access_code", "/conferences?edit=c1&field=access_code"],
  ["users/u1", "/users?edit=u1"],
  ["settings/country", "/system?edit=settings&field=country"],
  ["settings/default_number", "/system?edit=outside&field=default_number"],
  ["numbers/n1/destination", "/numbers?edit=n1&field=destination"],
  ["ring_groups/r1/members", "/ring-groups?edit=r1&field=members"],
  ["mailboxes/m1", "/voicemails?edit=m1"],
  ["conference_server", "/conferences/server?settings=1"],
  ["conference_server/max_rooms", "/conferences/server?settings=1&field=max_rooms"],
  ["users", null],
  ["else/1", null],
])("the field of %s is edited at %s", (path, address) => expect(editAddress(path)).toBe(address));
