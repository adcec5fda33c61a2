import { describe, expect, it } from "vitest";
import { whyEnded } from "../adapters/sip";
import { turn, World } from "../testing/fakes";
import type { Place } from "./model";

const PLACE: Place = { dialog: "dialog-call-1", call: "c1", conference_id: "board", participant: "p1", dial: "8002", then: "" };
const LOST = { type: "ended", by: "them", status: null, sentence: null, elsewhere: false, because: "shutdown", lost: true } as const;

/** Somebody in a conference. */
async function inside(place: Partial<Place> = {}): Promise<World> {
  const world = await World.ready();
  await world.talk("8002");
  world.tellTabs({ type: "places", places: [{ ...PLACE, ...place }] });
  return world;
}

const call = (world: World) => world.state.calls[0];
const dialled = (world: World): string[] => world.sip.filter((did) => did.startsWith("call "));

describe("back into the conference", () => {
  it("the server says which conference a call is in", async () => {
    const world = await inside();
    expect(call(world)?.conference).toBe("board");
    expect(world.state.places["dialog-call-1"]?.participant).toBe("p1");
    world.tellTabs({ type: "places", places: [{ ...PLACE, conference_id: null }] });
    expect(call(world)?.conference).toBeNull();
  });

  it("issue_4: a server that goes away is no goodbye: the call comes back, muted as it was", async () => {
    const world = await inside({ then: "12#" });
    await world.engine.do({ do: "mute", call: "call-1", on: true });
    world.tellSip({ type: "disconnected" });
    world.tellSip({ ...LOST, id: "call-1" });
    expect(call(world)).toMatchObject({ state: "recovering", returning: true, conference: "board" });
    expect(dialled(world)).toHaveLength(1);
    world.tellSip({ type: "registered" });
    expect(dialled(world).at(-1)).toBe("call call-1 8002");
    world.tellSip({ type: "sent", id: "call-1", dialog: "another" });
    world.tellSip({ type: "answered", id: "call-1" });
    expect(call(world)).toMatchObject({ state: "talking", returning: false, muted: true, dialog: "another" });
    expect(world.sip.at(-1)).toBe("mute call-1 true");
    expect(world.openMicrophones).toBe(1);
    await world.clock.pass(2000);
    expect(world.sip.at(-1)).toBe("digits call-1 12#");
    // Nothing of the first loss is left.
    await world.clock.pass(90_000);
    expect(call(world)?.state).toBe("talking");
  });

  it("a call on hold is on hold again", async () => {
    const world = await inside();
    await world.engine.do({ do: "hold", call: "call-1", on: true });
    world.tellSip({ ...LOST, id: "call-1" });
    world.tellSip({ type: "answered", id: "call-1" });
    expect(call(world)?.state).toBe("held");
  });

  it("after a restart the server holds no such call: back at once, by the first word of the new connection", async () => {
    const world = await inside();
    world.tellTabs({ type: "closed" });
    world.tellSip({ type: "disconnected" });
    world.tellTabs({ type: "open" });
    world.tellTabs({ type: "owner", you: true, tabs: 1, takeOver: [] });
    world.tellTabs({ type: "places", places: [] });
    expect(call(world)?.returning).toBe(true);
    world.tellSip({ type: "registered" });
    expect(world.sip.slice(-2)).toEqual(["hang up call-1", "call call-1 8002"]);
    // The old session says that it is closed: that is not the call's end.
    world.tellSip({ type: "ended", id: "call-1", by: "us", status: null, sentence: null, elsewhere: false });
    world.tellSip({ type: "answered", id: "call-1" });
    expect(call(world)?.state).toBe("talking");
  });

  it("after a change of network the server still holds the call: it is kept", async () => {
    const world = await inside();
    world.tellTabs({ type: "closed" });
    world.tellTabs({ type: "open" });
    world.tellTabs({ type: "places", places: [PLACE] });
    await world.clock.pass(2000);
    expect(call(world)).toMatchObject({ state: "talking", returning: false });
  });

  it("an ordinary goodbye ends it, also when the news of it comes first", async () => {
    const world = await inside();
    world.tellTabs({ type: "places", places: [] });
    world.tellSip({ type: "ended", id: "call-1", by: "them", status: null, sentence: null, elsewhere: false, because: "removed" });
    await world.clock.pass(1000);
    expect(call(world)).toMatchObject({ state: "ended", ending: { failure: { id: "conference-removed" } } });
    expect(dialled(world)).toHaveLength(1);
  });

  it("no goodbye comes: the call is fetched back", async () => {
    const world = await inside();
    world.tellTabs({ type: "places", places: [] });
    await world.clock.pass(900);
    expect(dialled(world)).toHaveLength(2);
  });

  it("an attempt that went with its connection is made again on the next one", async () => {
    const world = await inside();
    world.tellSip({ ...LOST, id: "call-1" });
    expect(dialled(world)).toHaveLength(2);
    world.tellSip({ type: "disconnected" });
    world.tellSip({ type: "registered" });
    expect(dialled(world)).toHaveLength(3);
    world.tellSip({ type: "registered" });
    expect(dialled(world), "one that is under way is left alone").toHaveLength(3);
  });

  it("a server that is not ready is asked again, for 60 s", async () => {
    const world = await inside();
    world.tellSip({ ...LOST, id: "call-1" });
    for (let i = 0; i < 70; i += 1) {
      world.tellSip({ type: "ended", id: "call-1", by: "them", status: 503, sentence: null, elsewhere: false });
      await world.clock.pass(1000);
    }
    expect(dialled(world).length).toBeGreaterThan(20);
    expect(dialled(world).length).toBeLessThan(30);
    expect(call(world)).toMatchObject({ state: "ended", ending: { failure: { id: "call-lost" } } });
    expect(world.openMicrophones).toBe(0);
  });

  it("s1_15: a refusal is final, and says why", async () => {
    const world = await inside();
    world.tellSip({ ...LOST, id: "call-1" });
    world.tellSip({ type: "ended", id: "call-1", by: "them", status: 486, sentence: null, elsewhere: false, because: "room_full" });
    expect(call(world)).toMatchObject({ state: "ended", ending: { failure: { id: "conference-full" } } });
  });

  it("who hangs up meanwhile is not brought back", async () => {
    const world = await inside();
    world.tellSip({ type: "disconnected" });
    world.tellSip({ ...LOST, id: "call-1" });
    await world.engine.do({ do: "hang-up", call: "call-1" });
    world.tellSip({ type: "registered" });
    await world.clock.pass(61_000);
    expect(dialled(world)).toHaveLength(1);
    expect(world.state.calls).toEqual([]);
  });

  it("the phone stays in the tab that is on its way back", async () => {
    const world = await inside();
    world.tellSip({ ...LOST, id: "call-1" });
    world.tellTabs({ type: "owner", you: false, tabs: 2, takeOver: [] });
    expect(world.sentToTabs.at(-1)).toEqual({ claim: true });
    expect(world.state.role.kind).toBe("owner");
    world.tellSip({ type: "answered", id: "call-1" });
    await turn();
    expect(call(world)?.state).toBe("talking");
  });

  it("f_04: an ordinary call is not dialled anew", async () => {
    const world = await World.ready();
    await world.talk("202");
    world.tellSip({ ...LOST, id: "call-1" });
    expect(call(world)?.state).toBe("ended");
    expect(dialled(world)).toHaveLength(1);
  });
});

it("c3_04: merged calls are one talk: another one can be called beside them", async () => {
  const world = await World.ready();
  await world.talk("205");
  await world.talk("206");
  expect(await world.engine.call("204")).toBe(false);
  const merged = (dialog: string): Place => ({ dialog, call: dialog, conference_id: "adhoc-1", participant: null });
  world.tellTabs({ type: "places", places: [merged("dialog-call-1"), merged("dialog-call-2")] });
  expect(await world.engine.call("204")).toBe(true);
  expect(world.state.calls.map((one) => one.state)).toEqual(["held", "held", "dialling"]);
  expect(await world.engine.call("203")).toBe(false);
});

it("a goodbye's reasons are read as our server writes them", () => {
  const restart = 'Q.850;cause=41;text="The phone system is being restarted",Switchroom;cause=0;text="shutdown"';
  expect(whyEnded(restart, "")).toEqual({ because: "shutdown", lost: true });
  expect(whyEnded('Switchroom;cause=0;text="removed"', "")).toEqual({ because: "removed", lost: false });
  expect(whyEnded("", '399 switchroom "room_full"')).toEqual({ because: "room_full", lost: false });
  expect(whyEnded("SIP;cause=200", '399 switchroom "Replaces needs an offer"')).toEqual({ because: null, lost: false });
});
