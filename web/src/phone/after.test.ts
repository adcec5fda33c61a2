import { describe, expect, it } from "vitest";
import { AfterCalls, type AfterPorts, type Draft, type OverCall } from "./after";
import { turn, World } from "./testing/fakes";

const TYPED: Draft = { record: null, note: "wants an offer", outcome: "reached", done: true, next: null };

class Memory {
  kept: readonly OverCall[] = [];
  readonly told: string[] = [];
  settled: (call: string) => void = () => undefined;
  readonly ports: AfterPorts = {
    load: () => this.kept,
    save: (calls) => void (this.kept = calls),
    tell: (call) => void this.told.push(call),
    listen: (settled) => {
      this.settled = settled;
      return () => (this.settled = () => undefined);
    },
  };
}

async function followed(memory: Memory): Promise<{ world: World; after: AfterCalls }> {
  const world = await World.ready((one) => {
    for (const number of ["+3222903490", "+3222903491"]) one.numbers[number] = { kind: "number", dial: number, shown: number };
  });
  const after = new AfterCalls(memory.ports, world.clock.now());
  world.engine.subscribe(() => after.follow(world.state));
  return { world, after };
}

async function spoken(world: World, number: string): Promise<string> {
  const id = await world.talk(number);
  await world.clock.pass(5000);
  await world.engine.do({ do: "hang-up", call: id });
  await turn();
  return `dialog-${id}`;
}

describe("calls that are over", () => {
  it("c2_10: one with somebody outside wants a note; it is known by its dialog, with how long it was", async () => {
    const { world, after } = await followed(new Memory());
    const call = await spoken(world, "+3222903490");
    expect(after.calls).toMatchObject([{ call, number: "+3222903490", answered: true, seconds: 5, draft: null }]);
  });

  it("one with a colleague wants none, nor one that was answered elsewhere or not at all", async () => {
    const { world, after } = await followed(new Memory());
    await spoken(world, "202");
    for (const elsewhere of [true, false]) {
      world.tellSip({ type: "incoming", id: `in-${String(elsewhere)}`, dialog: "d", number: "+3222903490", name: null });
      world.tellSip({ type: "ended", id: `in-${String(elsewhere)}`, by: "them", status: 487, sentence: null, elsewhere });
    }
    expect(after.calls).toEqual([]);
  });

  it("what was typed stays while other calls come and go, and survives a reload; where nothing was typed the newer takes its place", async () => {
    const memory = new Memory();
    const { world, after } = await followed(memory);
    const first = await spoken(world, "+3222903490");
    after.write(first, TYPED);
    const second = await spoken(world, "+3222903491");
    expect(after.calls.map((one) => one.call)).toEqual([first, second]);
    const third = await spoken(world, "+3222903491");
    const reloaded = new AfterCalls(memory.ports, world.clock.now());
    expect(reloaded.calls.map((one) => [one.call, one.draft])).toEqual([
      [first, TYPED],
      [third, null],
    ]);
    reloaded.forgetOld(world.clock.now() + 11 * 60_000);
    expect(reloaded.calls.map((one) => one.call)).toEqual([first]);
  });

  it("what is settled here is settled in the other tabs", async () => {
    const memory = new Memory();
    const { world, after } = await followed(memory);
    const first = await spoken(world, "+3222903490");
    after.settle(first);
    expect([after.calls, memory.told, memory.kept]).toEqual([[], [first], []]);
    const second = await spoken(world, "+3222903490");
    memory.settled(second);
    expect(after.calls).toEqual([]);
    expect(memory.told).toEqual([first]);
    const third = await spoken(world, "+3222903490");
    after.close();
    memory.settled(third);
    expect(after.calls).toHaveLength(1);
  });
});
