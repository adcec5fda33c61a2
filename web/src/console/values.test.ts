/** What forms send, and what becomes of two who edit the same. */
import { describe, expect, it } from "vitest";
import { ApiError } from "../api/client";
import { person as sample } from "../api/testing/samples";
import { conferenceBody, conferenceValues, newConferenceBody } from "./conference/values";
import { conflictOf, keepMine } from "./conflict";
import { contactBody, contactValues, readNumbers } from "./contactValues";
import { dayAgo } from "./Filters";
import { afterMessage, NOTHING } from "./live";
import { recordQuery } from "./pages/CallLog";
import { inOrder } from "./RoomCard";
import { found } from "./search-match";
import { nextExtension, rowsToSave } from "./setup/rows";
import type { Conference, Participant } from "./types";
import { loginAct, userBody, userValues } from "./userValues";

const room: Conference = {
  id: "c1",
  name: "Board",
  extension: "8002",
  access_code: "4321",
  administrator: null,
  wait_for_administrator: false,
  dial_in_id: null,
  lobby: false,
  links_skip_code: false,
  administrator_code: null,
  end_when_administrator_leaves: false,
  confirm_invitees: false,
  tones: true,
  tones_always: false,
  names: "none",
  announce_count: false,
  noise_suppression: false,
  recording: "on_request",
  record_participants: false,
  max_participants: null,
  max_minutes: null,
  lone_minutes: 60,
  language: null,
  pending: false,
  version: "v1",
};

describe("test_s1_03 a conference", () => {
  it("sends only what is named, and empty fields as nothing", () => {
    const values = { ...conferenceValues(room), name: " Board room ", access_code: "" };
    expect(conferenceBody(values, ["name", "access_code"])).toEqual({ name: "Board room", access_code: null });
  });

  it("sends what is no number as it is, for the server to refuse beside its field", () => {
    expect(conferenceBody({ ...conferenceValues(room), max_participants: "ten" }, ["max_participants"])).toEqual({
      max_participants: "ten",
    });
  });
});

describe("test_s3_03 a conference behind the conference server", () => {
  const values = { ...conferenceValues(null), name: "Sales", dial_in_id: "12345" };

  it("has no extension unless one is typed, and takes the server's limit unless another is", () => {
    const body = newConferenceBody(values);
    expect(body).toMatchObject({ extension: null, dial_in_id: "12345", lone_minutes: 60, recording: "on_request" });
    expect(body).not.toHaveProperty("max_participants");
    expect(newConferenceBody({ ...values, max_participants: "30" })).toMatchObject({ max_participants: 30 });
    expect(newConferenceBody({ ...values, dial_in_id: "" })).toMatchObject({ max_participants: null });
  });
});

describe("test_s1_08 two who edit the same", () => {
  const refusal = new ApiError(409, "changed-meanwhile", "", null, [], {
    current: { ...room, name: "Directors", access_code: "9911", version: "v2" },
    changed_by: "bruno",
    changed_at: 5,
  });

  it("tells who, when and what", () => {
    const conflict = conflictOf(refusal, conferenceValues);
    expect(conflict).toMatchObject({ who: "bruno", time: 5, version: "v2", theirs: { name: "Directors" } });
  });

  it("keeps what I changed, and of the rest what they did", () => {
    const theirs = conferenceValues({ ...room, name: "Directors", access_code: "9911" });
    const mine = { ...conferenceValues(room), name: "Board room" };
    expect(keepMine(theirs, mine, ["name"])).toMatchObject({ name: "Board room", access_code: "9911" });
  });

  it("is none when it is another refusal, or when the entry is gone", () => {
    expect(conflictOf(new ApiError(409, "taken", ""), conferenceValues)).toBeNull();
    expect(conflictOf(new ApiError(409, "changed-meanwhile", "", null, [], { current: null }), conferenceValues)).toBeNull();
  });
});

describe("a user", () => {
  const values = { ...userValues(null), name: "Anna", extension: "201" };

  it("is sent without the sign-in, which acts at once", () => {
    expect(userBody(values, Object.keys(values))).not.toHaveProperty("role");
  });

  it.each([
    [{ ...values }, ["name"], false, { act: "put", body: { name: "201", role: "user", extra_rights: [], join: false } }],
    [{ ...values, role: "" }, ["role"], true, { act: "remove" }],
    [{ ...values, role: "" }, [], false, { act: "none" }],
    [{ ...values }, ["name"], true, { act: "none" }],
    [
      { ...values, login: "anna", extra_rights: "audit,live" },
      ["extra_rights"],
      true,
      { act: "put", body: { name: "anna", role: "user", extra_rights: ["audit", "live"], join: false } },
    ],
  ] as const)("sign-in %#", (given, changed, had, act) => {
    expect(loginAct(given, changed, had)).toEqual(act);
  });
});

describe("numbers of a contact", () => {
  it("are lines with a label before the colon", () => {
    expect(readNumbers("Work: +32 2 290 34 90\n\n02 123 45 67\nsip: 5")).toEqual([
      { label: "Work", number: "+32 2 290 34 90" },
      { label: "", number: "02 123 45 67" },
      { label: "sip", number: "5" },
    ]);
  });

  it("come back as they were", () => {
    const numbers = [{ label: "Work", e164: "+3222903490", shown: "+32 2 290 34 90" }];
    const values = contactValues({ id: "1", name: "A", company: "", email: "", note: "", numbers, version: "1" });
    expect(contactBody(values, ["numbers"])).toEqual({ numbers: [{ label: "Work", number: "+32 2 290 34 90" }] });
  });
});

describe("test_d3_07 the call log", () => {
  const today = new Date(2026, 10, 21);

  it("shows the last week unless told otherwise", () => {
    expect(recordQuery(() => "", today).toString()).toBe("from=2026-11-14");
    expect(dayAgo(22, today)).toBe("2026-10-30");
  });

  it("takes its filters from the address bar", () => {
    const asked: Record<string, string> = { from: "all", state: "missed", q: "Weber & co" };
    expect(recordQuery((name) => asked[name] ?? "", today).toString()).toBe("q=Weber+%26+co&state=missed");
  });
});

it("test_f_11 who waits stands first in a room, then who talks", () => {
  const person = (id: string, more: Partial<Participant>): Participant => sample(id, { joined_at: Number(id), ...more });
  const order = inOrder([person("3", {}), person("1", {}), person("2", { talking: true }), person("4", { waiting: true })]);
  expect(order.map((one) => one.id)).toEqual(["4", "2", "1", "3"]);
});

describe("the live feed", () => {
  it("takes whole lists, and leaves what it does not know", () => {
    const state = afterMessage(NOTHING, { type: "pending", changed_entries: 3, applied_revision: 7 });
    expect([state.pending?.changed_entries, state.appliedRevision]).toEqual([3, 7]);
    expect(afterMessage(state, { type: "tomorrow" })).toBe(state);
  });
});

it("search is not particular about case and accents", () => {
  expect(found("zoe 20", "Zoé", "201")).toBe(true);
  expect(found("zoe 30", "Zoé", "201")).toBe(false);
});

it("the assistant proposes the next extension and saves rows with a name", () => {
  expect(nextExtension([])).toBe("201");
  expect(nextExtension(["201", "205", "x"])).toBe("206");
  const row = { key: "a", extension: "201", name: " ", email: "", id: null };
  expect(rowsToSave([row, { ...row, key: "b", name: "Anna" }, { ...row, key: "c", name: "Zoé", id: "u" }])).toHaveLength(1);
});
