import { describe, expect, it } from "vitest";
import { person, room } from "../../../api/testing/samples";
import { keptOrder, placed } from "./order";
import { eventsBetween, eventsOf, eventsOfMinutes, merged } from "./timeline";
import type { WholeMeeting } from "../types";

const kinds = (events: { kind: string; name: string; by: string }[]) => events.map((one) => [one.kind, one.name, one.by].join(" ").trim());

describe("the order of people in a live room", () => {
  const spoke = { spoke: (id: string) => ({ bruno: 9, claire: 5 })[id] ?? 0 };
  const people = [person("anna"), person("bruno"), person("claire"), person("david", { in_lobby: true })];

  it("has who spoke last first, and who waits in the lobby apart", () => {
    const { inside, lobby } = placed(room(people), spoke, null);
    expect(inside.map(({ id }) => id)).toEqual(["bruno", "claire", "anna"]);
    expect(lobby.map(({ id }) => id)).toEqual(["david"]);
  });

  it("stays as it is while somebody reaches for a button; who leaves goes, who comes stands last", () => {
    const now = room([person("claire"), person("bruno"), person("eve")]);
    expect(placed(now, spoke, ["anna", "claire", "bruno"]).inside.map(({ id }) => id)).toEqual(["claire", "bruno", "eve"]);
    expect(keptOrder([], ["a", "b"])).toEqual(["a", "b"]);
  });
});

describe("the timeline of a live room", () => {
  it("begins with what the room and its minutes tell, each event once", () => {
    const now = room([person("anna"), person("bruno", { joined_at: 120, hand_raised_at: 130 })], {
      recording: { since: 125, each: false },
      happened: [
        { at: 125, what: "recording", name: "", by: "Chair" },
        { at: 130, what: "hand", name: "bruno", by: "" },
      ],
    });
    const attendance = { id: "anna", name: "anna", extension: "201", entered_at: 100, joined_at: 100, left_at: null };
    const gone = { ...attendance, id: "x", name: "xenia", left_at: 110 };
    const minutes = { attendances: [attendance, gone] } as unknown as WholeMeeting;
    const found = merged(eventsOf(now), eventsOfMinutes(minutes));
    expect(kinds(found)).toEqual(["hand bruno", "recording  Chair", "joined bruno", "left xenia", "joined xenia", "joined anna", "began Board"]);
  });

  it("tells who came and left while one looks", () => {
    const before = room([person("anna"), person("bruno", { in_lobby: true }), person("claire")]);
    const after = room([person("anna", { muted_by: "Chair" }), person("bruno"), person("david")], { locked: true });
    expect(kinds(eventsBetween(before, after, 200))).toEqual(["joined bruno", "left claire"]);
  });

  it("has what was done before one looked, and each of it once however often it is told", () => {
    const muted = { at: 110, what: "muted", name: "anna", by: "Chair" } as const;
    const locked = { at: 140, what: "locked", name: "", by: "Chair" } as const;
    const first = eventsOf(room([person("anna")], { happened: [muted] }));
    const then = eventsOf(room([person("anna")], { locked: true, happened: [muted, locked] }));
    expect(kinds(merged(first, then))).toEqual(["locked  Chair", "muted anna Chair", "joined anna", "began Board"]);
  });

  it("tells invitations that came to nothing", () => {
    const invitation = { id: "i", number: "+3222903490", name: "", at: 5, reason: "busy" };
    expect(kinds(eventsOf(room([], { invitations: [{ ...invitation, state: "refused" }] })))).toContain("refused +3222903490");
    expect(kinds(eventsOf(room([], { invitations: [{ ...invitation, state: "ringing" }] })))).toContain("invited +3222903490");
  });
});
