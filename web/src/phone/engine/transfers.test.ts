import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/client";
import { turn, World } from "../testing/fakes";
import type { Call, Target } from "./model";

const BRUNO: Target = { dial: "202", shown: "202", name: "Bruno" };

const call = (world: World, id: string): Call | undefined => world.state.calls.find((one) => one.id === id);
const end = (world: World, id: string, by: "us" | "them" = "them", status: number | null = null): void =>
  world.tellSip({ type: "ended", id, by, status, sentence: null, elsewhere: false });

/** In a call with 203; Bruno is being called about it. */
async function consulting(): Promise<{ world: World; first: string; second: string }> {
  const world = await World.ready();
  const first = await world.talk("203");
  await world.engine.do({ do: "ask-first", call: first, target: BRUNO });
  await turn();
  const second = world.state.calls.at(-1)?.id ?? "";
  world.tellSip({ type: "sent", id: second, dialog: `dialog-${second}` });
  return { world, first, second };
}

describe("transfer", () => {
  it("s2_15, s2_17: an answered call is led to an extension or a full number by the Call-ID of its dialog", async () => {
    const world = await World.ready();
    const id = await world.talk("203");
    const done = world.engine.do({ do: "transfer", call: id, target: { dial: "+3222903490", shown: "+32 2 290 34 90", name: null } });
    expect(call(world, id)?.transfer).toEqual({ state: "sending", to: "+32 2 290 34 90" });
    expect(await done).toBe(true);
    expect(world.transfers).toEqual(["transfer dialog-call-1 +3222903490"]);
    end(world, id);
    expect(call(world, id)).toMatchObject({ state: "ended", ending: { failure: null }, transfer: { state: "gone" } });
    expect(world.sip).not.toContain(`hang up ${id}`);
  });

  it("s2_14: a call that nobody has answered yet is not led anywhere", async () => {
    const world = await World.ready();
    await world.engine.call("203");
    world.tellSip({ type: "sent", id: "call-1", dialog: "d" });
    world.tellSip({ type: "progress", id: "call-1", sound: false });
    expect(await world.engine.do({ do: "transfer", call: "call-1", target: BRUNO })).toBe(false);
    expect(await world.engine.do({ do: "ask-first", call: "call-1", target: BRUNO })).toBe(false);
    expect(world.transfers).toEqual([]);
    expect(world.state.calls).toHaveLength(1);
  });

  it("a refusal leaves the call as it was, and says why", async () => {
    const world = await World.ready();
    const id = await world.talk("203");
    world.moving = () => Promise.reject(new ApiError(404, "number-unknown", "Nobody has this extension."));
    expect(await world.engine.do({ do: "transfer", call: id, target: BRUNO })).toBe(false);
    expect(call(world, id)).toMatchObject({ state: "talking", transfer: null });
    expect(world.state.failure).toMatchObject({ id: "transfer-nobody", values: { number: "Bruno" } });
  });

  it("both ends at once: the far side hung up while the server was asked, and nothing is said of a failure", async () => {
    const world = await World.ready();
    const id = await world.talk("203");
    let refuse: (error: Error) => void = () => undefined;
    world.moving = () => new Promise((_, reject) => (refuse = reject));
    const done = world.engine.do({ do: "transfer", call: id, target: BRUNO });
    end(world, id);
    refuse(new ApiError(404, "no-such-call", "You have no call of this id."));
    expect(await done).toBe(false);
    expect(call(world, id)).toMatchObject({ state: "ended", transfer: null });
    expect(world.state.failure).toBeNull();
  });

  it("a call that was led away and rings here again says that it came back; a later one of the same number does not", async () => {
    const world = await World.ready();
    const id = await world.talk("203");
    await world.engine.do({ do: "transfer", call: id, target: BRUNO });
    end(world, id);
    await world.clock.pass(25_000);
    world.tellSip({ type: "incoming", id: "in-1", dialog: "b", number: "203", name: "Carla" });
    expect(call(world, "in-1")?.transfer).toEqual({ state: "back", to: "Bruno", why: null });
    end(world, "in-1");
    world.tellSip({ type: "incoming", id: "in-2", dialog: "c", number: "203", name: "Carla" });
    expect(call(world, "in-2")?.transfer).toBeNull();
  });
});

describe("ask first", () => {
  it("c3_05: the call is held, the target is called, and completing joins the two by their dialogs", async () => {
    const { world, first, second } = await consulting();
    expect(world.sip.slice(-2)).toEqual([`hold ${first} true`, `call ${second} 202`]);
    expect(call(world, second)?.transfer).toEqual({ state: "asking" });
    expect(await world.engine.do({ do: "complete-transfer" })).toBe(false);
    expect(world.transfers).toEqual([]);
    world.tellSip({ type: "answered", id: second });
    expect(await world.engine.do({ do: "complete-transfer" })).toBe(true);
    expect(world.transfers).toEqual([`complete dialog-${first} dialog-${second}`]);
    end(world, second);
    end(world, first);
    expect(world.sip.filter((did) => did === `hold ${first} false`)).toEqual([]);
    expect(call(world, first)).toMatchObject({ state: "ended", transfer: { state: "gone", to: "Bruno" } });
  });

  it("c3_05: cancelling hangs up on who was asked and goes back to who waits", async () => {
    const { world, first, second } = await consulting();
    world.tellSip({ type: "answered", id: second });
    await world.engine.do({ do: "cancel-transfer" });
    expect(world.sip.slice(-2)).toEqual([`hang up ${second}`, `hold ${first} false`]);
    expect(call(world, first)).toMatchObject({ state: "talking", transfer: null });
  });

  it("who does not answer, or is busy, gives the call back with his reason", async () => {
    const { world, first, second } = await consulting();
    end(world, second, "them", 486);
    expect(call(world, first)).toMatchObject({ state: "talking", transfer: { state: "back", to: "Bruno", why: "busy" } });
    expect(world.sip.at(-1)).toBe(`hold ${first} false`);
  });

  it("who hangs up after he was asked gives the call back", async () => {
    const { world, first, second } = await consulting();
    world.tellSip({ type: "answered", id: second });
    end(world, second);
    expect(call(world, first)).toMatchObject({ state: "talking", transfer: { state: "back", why: "transfer-not-taken" } });
  });

  it("who waits and hangs up leaves an ordinary call with who was asked", async () => {
    const { world, first, second } = await consulting();
    world.tellSip({ type: "answered", id: second });
    end(world, first);
    expect(call(world, second)).toMatchObject({ state: "talking", transfer: null });
    expect(world.state.failure).toMatchObject({ id: "transfer-left", values: { number: "203" } });
    expect(await world.engine.do({ do: "cancel-transfer" })).toBe(false);
  });

  it("a refused completion leaves both calls: the question goes on", async () => {
    const { world, first, second } = await consulting();
    world.tellSip({ type: "answered", id: second });
    world.moving = () => Promise.reject(new ApiError(409, "not-a-talk", "Only calls with people."));
    expect(await world.engine.do({ do: "complete-transfer" })).toBe(false);
    expect([call(world, first)?.transfer, call(world, second)?.transfer]).toEqual([null, { state: "asking" }]);
    expect(world.state.failure?.id).toBe("transfer-failed");
  });

  it("after Swap the same two are joined the same way round", async () => {
    const { world, first, second } = await consulting();
    world.tellSip({ type: "answered", id: second });
    await world.engine.do({ do: "swap" });
    expect(call(world, first)?.state).toBe("talking");
    await world.engine.do({ do: "complete-transfer" });
    expect(world.transfers).toEqual([`complete dialog-${first} dialog-${second}`]);
  });

  it("while it still rings there, the call can be led to whom one called", async () => {
    const { world, first, second } = await consulting();
    world.tellSip({ type: "progress", id: second, sound: false });
    expect(await world.engine.do({ do: "complete-transfer" })).toBe(true);
    expect(world.transfers).toEqual([`complete dialog-${first} dialog-${second}`]);
    end(world, second, "them", 487);
    expect(call(world, first)?.state).toBe("held");
  });

  it("two calls that one has anyway are joined too", async () => {
    const world = await World.ready();
    const first = await world.talk("203");
    const second = await world.talk("202");
    expect(await world.engine.do({ do: "complete-transfer" })).toBe(true);
    expect(world.transfers).toEqual([`complete dialog-${first} dialog-${second}`]);
  });
});
