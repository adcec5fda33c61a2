/** What the pages of conferences work out without a screen. */
import { describe, expect, it } from "vitest";
import type { RoomInvitation } from "../../api/room";
import type { Conference, ConferenceServer } from "../types";
import { addressOf } from "./Blocked";
import { written } from "./addresses";
import { appointmentBody, appointmentValues, attendeesOf, nextHour, readAttendee, withAttendee } from "./attendees";
import { expiryOf } from "./expiry";
import { isOpen, newestFirst } from "./invitations";
import { mailBody, mailValues, portFor } from "./mail/mailValues";
import { pictureOf, ticks } from "./meeting/picture";
import { roomBody, roomsOf, roomValues, serverBody, serverValues } from "./server/serverValues";
import { suggestionsOf } from "./suggestions";
import type { Attendance, Recording, WholeMeeting } from "./types";
import { bars, secondsAt, waveformPath } from "./waveform";

describe("test_s1_10 inviting", () => {
  it("offers every number of every person once, extensions first", () => {
    const anna = { id: "1", name: "Anna", extension: "201", numbers: [{ e164: "+3222903490", shown: "+32 2 290 34 90" }] };
    const firm = { id: "2", name: "Firm", company: "Firm NV", extension: null, numbers: [{ number: "+3223334455" }] };
    const found = suggestionsOf([anna, firm, anna]);
    expect(found.map(({ name, number, shown }) => [name, number, shown])).toEqual([
      ["Anna", "201", "201"],
      ["Anna", "+3222903490", "+32 2 290 34 90"],
      ["Firm", "+3223334455", "+3223334455"],
    ]);
    expect(suggestionsOf([anna, firm], 2)).toHaveLength(2);
  });

  it("shows the newest first, and lets only those be cancelled that still go on", () => {
    const one = (id: string, at: number, state: RoomInvitation["state"]): RoomInvitation => ({ id, at, state, number: "1", name: "", reason: "" });
    expect(newestFirst([one("a", 1, "refused"), one("b", 3, "ringing"), one("c", 2, "answered")]).map(({ id }) => id)).toEqual(["b", "c", "a"]);
    const states = ["ringing", "answered", "joined", "refused", "failed", "cancelled"] as const;
    expect(states.filter(isOpen)).toEqual(["ringing", "answered"]);
  });
});

describe("test_s3_03 rooms of the conference server", () => {
  const room = { id: "c", name: "Sales", dial_in_id: "12345", access_code: "4321" } as Conference;

  it("send name, ID and an empty PIN as none", () => {
    const values = { ...roomValues(room), access_code: " ", name: " Sales " };
    expect(roomBody(values, ["name", "dial_in_id", "access_code", "extension"])).toEqual({ name: "Sales", dial_in_id: "12345", access_code: null });
    expect(roomBody(values, ["access_code"])).toEqual({ access_code: null });
  });

  it("stand in the order of their IDs; what has none is no room of the server", () => {
    const others = [room, { ...room, id: "d", dial_in_id: "900" }, { ...room, id: "e", dial_in_id: null }];
    expect(roomsOf(others).map(({ id }) => id)).toEqual(["d", "c"]);
  });

  it("limits are numbers, and what is none is left for the server to refuse", () => {
    const server: ConferenceServer = { extension: "8000", max_rooms: 10, max_participants: 10, language: null, blocked_by: [], pending: false, version: "1" };
    const values = { ...serverValues(server), max_rooms: "20", max_participants: "many" };
    expect(serverBody(values, ["max_rooms", "max_participants", "language"])).toEqual({ max_rooms: 20, max_participants: "many", language: null });
  });

  it("s3_11: what blocks a deletion leads to where it is dealt with", () => {
    expect(addressOf({ kind: "conference", id: "c 1", name: "" })).toBe("/conferences?edit=c%201");
    expect(addressOf({ kind: "number", id: "n", name: "" })).toBe("/numbers?edit=n");
    expect(addressOf({ kind: "settings", id: "settings", name: "" })).toBe("/system?edit=outside");
    expect(addressOf({ kind: "new-kind", id: "n", name: "" })).toBeNull();
  });
});

describe("appointments", () => {
  it("read who is invited as people write it", () => {
    expect(readAttendee(' "Anna Weber" <anna@example.com> ')).toMatchObject({ name: "Anna Weber", email: "anna@example.com" });
    expect(readAttendee("anna@example.com")).toMatchObject({ name: "", email: "anna@example.com" });
    for (const none of ["Anna", "a b@c", "<>", "", "a@b, c@d"]) expect(readAttendee(none), none).toBeNull();
  });

  it("have every address once; the last one counts", () => {
    const [one, same] = [{ name: "A", email: "a@x.example", language: null }, { name: "Anna", email: "A@X.example", language: "fr" }];
    expect(withAttendee([one], same)).toEqual([same]);
  });

  it("begin at the next full hour, and send what was typed", () => {
    expect(nextHour(new Date(2026, 10, 21, 23, 20))).toBe("2026-11-22T00:00");
    const values = appointmentValues(null, "Board", "Europe/Paris", new Date(2026, 10, 21, 9, 59));
    expect(appointmentBody({ ...values, note: " Bring figures " })).toEqual({
      title: "Board",
      starts_at: "2026-11-21T10:00",
      minutes: 60,
      time_zone: "Europe/Paris",
      note: "Bring figures",
      attendees: [],
    });
    expect(attendeesOf(values)).toEqual([]);
  });

  it("offer only people who have an address", () => {
    expect(written([{ name: "Anna", email: "a@x.example" }, { name: "Bruno", email: null }, { name: "", email: "c@x.example" }])).toEqual([
      "Anna <a@x.example>",
      "c@x.example",
    ]);
  });

  it("s1_15: links end after what was chosen, or never", () => {
    expect([expiryOf("hour", 1000.7), expiryOf("week", 0), expiryOf("never", 5)]).toEqual([4600, 604_800, null]);
  });
});

describe("mail", () => {
  const server = { host: "smtp.example.com", port: 587, security: "starttls", username: "u", has_password: true, sender: "p@example.com", public_url: "", default_url: "https://x" } as const;

  it("keeps the password unless another is typed", () => {
    expect(mailBody(mailValues(server))).not.toHaveProperty("password");
    expect(mailBody({ ...mailValues(server), password: "new" })).toMatchObject({ password: "new", port: 587 });
  });

  it("the port follows the encryption unless it is an unusual one", () => {
    expect([portFor("tls", "587"), portFor("none", "465"), portFor("tls", "2525"), portFor("starttls", "")]).toEqual(["465", "25", "2525", "587"]);
  });
});

describe("minutes", () => {
  const there = (patch: Partial<Attendance>): Attendance => ({
    id: "a",
    name: "Anna",
    extension: "201",
    user_id: "user-201",
    guest: null,
    entrance: "extension",
    administrator: false,
    joined_at: 100,
    entered_at: 130,
    left_at: 200,
    waited_seconds: 30,
    seconds: 70,
    talk_seconds: 20,
    reason: "",
    ...patch,
  });
  const tape = { id: "r", attendance: null, started_at: 140, ended_at: null } as Recording;
  const meeting = { started_at: 100, ended_at: null, tapes: [tape, { ...tape, id: "s", attendance: "a" }] } as unknown as WholeMeeting;

  it("show who came twice on one line, with what was waited before", () => {
    const again = there({ id: "b", joined_at: 250, entered_at: 250, left_at: null, waited_seconds: 0, seconds: null, talk_seconds: 5, administrator: true });
    const never = there({ id: "c", name: "Guest", extension: "", user_id: null, guest: "g", entered_at: null, left_at: 150, seconds: null });
    const { rows, from, to, recorded } = pictureOf({ ...meeting, attendances: [there({}), again, never] }, 300);
    expect([from, to]).toEqual([100, 300]);
    expect(rows.map(({ name }) => name)).toEqual(["Anna", "Guest"]);
    expect(rows[0]).toMatchObject({ administrator: true, seconds: 120, talk: 25 });
    expect(rows[0]?.spans).toEqual([
      { from: 100, to: 130, inside: false },
      { from: 130, to: 200, inside: true },
      { from: 250, to: 300, inside: true },
    ]);
    expect(rows[1]?.spans).toEqual([{ from: 100, to: 150, inside: false }]);
    expect(recorded).toEqual([{ from: 140, to: 300 }]);
  });

  it("have round times below them, no more than there is room for", () => {
    const shift = new Date(0).getTimezoneOffset() * 60;
    expect(ticks(shift + 10, shift + 70, 6)).toEqual([10, 20, 30, 40, 50, 60, 70].map((at) => at + shift));
    for (const length of [1, 59, 3599, 90_000, 1_000_000]) expect(ticks(1_000_000, 1_000_000 + length, 5).length).toBeLessThanOrEqual(6);
  });
});

describe("a recording's waveform", () => {
  it("takes the loudest of each part", () => {
    expect(bars([1, 9, 3, 4, 0, 7], 3)).toEqual([9, 4, 7]);
    expect(bars([5, 6], 10)).toEqual([5, 6]);
    expect(bars([], 10)).toEqual([]);
  });

  it("is drawn about its middle, silence too", () => {
    expect(waveformPath([100, 0])).toBe("M0.5 2.0V98.0M1.5 49.0V51.0");
  });

  it("is a place to go to", () => {
    expect([secondsAt(0.5, 60), secondsAt(-1, 60), secondsAt(2, 60)]).toEqual([30, 0, 60]);
  });
});
