import { describe, expect, it } from "vitest";
import type { Wire } from "../phone/adapters/socket";
import { FakeClock } from "../phone/testing/fakes";
import { afterMessage, NO_ROOM, RoomWatch, seated } from "./room";
import { person, room } from "./testing/samples";

class FakeWire implements Wire {
  readyState = 1;
  binaryType = "";
  sent: string[] = [];
  onopen: Wire["onopen"] = null;
  onclose: Wire["onclose"] = null;
  onmessage: Wire["onmessage"] = null;
  onerror: Wire["onerror"] = null;
  send(data: string): void {
    this.sent.push(data);
  }
  close(): void {
    this.readyState = 3;
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }
}

function watching(token: string | null = null) {
  const wires: FakeWire[] = [];
  const clock = new FakeClock();
  const watch = new RoomWatch({ clock, token: () => token, open: () => (wires.push(new FakeWire()), wires.at(-1) as FakeWire) });
  watch.start();
  wires[0]?.onopen?.({} as Event);
  return { wires, clock, watch };
}

describe("a watched conference", () => {
  it("s1_10: says hello with the visit's token, and without one lets the cookie speak", () => {
    expect(watching("t").wires[0]?.sent).toEqual([JSON.stringify({ type: "hello", token: "t" })]);
    expect(watching().wires[0]?.sent).toEqual([]);
  });

  it("keeps what it knew while the server is away, and follows again when it is back", async () => {
    const { wires, watch, clock } = watching();
    wires[0]?.says({ type: "room", room: room([person("a")]), you: "a", may: ["mute-all"] });
    expect(watch.state).toMatchObject({ connection: "open", you: "a" });
    expect(watch.state.may.has("mute-all")).toBe(true);
    wires[0]?.onclose?.({} as CloseEvent);
    expect(watch.state).toMatchObject({ connection: "lost", you: "a" });
    await clock.pass(1000);
    expect(wires).toHaveLength(2);
    wires[1]?.onopen?.({} as Event);
    wires[1]?.says({ type: "room", room: null, you: null, may: [] });
    expect(watch.state).toMatchObject({ connection: "open", room: null });
  });

  it("a refusal is the end of it", async () => {
    const { wires, watch, clock } = watching();
    wires[0]?.says({ type: "refused", error_id: "not-found", message: "…" });
    expect(watch.state).toMatchObject({ connection: "over", reason: "not-found" });
    await clock.pass(20_000);
    expect(wires).toHaveLength(1);
    watch.again();
    expect([wires.length, watch.state.connection]).toEqual([2, "connecting"]);
    wires[1]?.onopen?.({} as Event);
    wires[1]?.says({ type: "closed", reason: "left" });
    expect(watch.state).toMatchObject({ connection: "over", reason: "left" });
  });

  it("levels are kept beside the state, and who spoke last comes first after raised hands", () => {
    const { wires, watch, clock } = watching();
    const [a, b, c] = [person("a"), person("b", { joined_at: 1 }), person("c", { joined_at: 2, hand_raised_at: 5 })];
    const lobby = person("d", { in_lobby: true });
    const gone = [person("e", { away: true, hand_raised_at: 1 }), person("f", { in_lobby: true, away: true })];
    wires[0]?.says({ type: "room", room: room([...gone, a, b, c, lobby]), you: null, may: [] });
    const told: number[] = [];
    watch.subscribe(() => told.push(1));
    wires[0]?.says({ type: "levels", levels: { a: 3, b: 60 } });
    expect([watch.level("a"), watch.level("b"), watch.level("x")]).toEqual([3, 60, 0]);
    expect([watch.spoke("a"), watch.spoke("b")]).toEqual([0, clock.now()]);
    expect(told).toEqual([]);
    const seats = seated(watch.state.room ?? room(), watch);
    expect(seats.inside.map(({ id }) => id)).toEqual(["c", "b", "a", "e"]);
    expect(seats.lobby.map(({ id }) => id)).toEqual(["d"]);
  });
});

it("an unknown message changes nothing", () => {
  expect(afterMessage(NO_ROOM, { type: "weather" })).toBe(NO_ROOM);
});
