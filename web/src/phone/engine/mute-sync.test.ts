import { expect, it } from "vitest";
import { turn } from "../testing/fakes";
import { MuteSync } from "./mute-sync";

/** A microphone and a participant; what the server is told shows when `show` is called. */
function room(local: boolean, server: boolean | null) {
  const world = {
    local,
    server,
    told: [] as boolean[],
    refused: [] as unknown[],
    refuse: false,
    later: [] as (() => void)[],
    sync: null as unknown as MuteSync,
    update: () => world.sync.update(world.local, world.server),
    click: (on: boolean) => {
      world.local = on;
      world.update();
    },
    show: (on: boolean | null) => {
      world.server = on;
      world.update();
    },
  };
  world.sync = new MuteSync({
    local: (on) => world.click(on),
    server: (on) => (world.told.push(on), world.refuse ? Promise.reject(new Error("no")) : Promise.resolve()),
    refused: (error) => world.refused.push(error),
    later: (run) => world.later.push(run),
  });
  world.update();
  return world;
}

it("issue_4: one's own mute is told to the server, and the server's answer changes nothing more", async () => {
  const world = room(false, false);
  world.click(true);
  world.show(true);
  await turn();
  world.click(false);
  world.show(false);
  await turn();
  expect([world.told, world.local]).toEqual([[true, false], false]);
});

it("issue_4: a moderator's mute closes the microphone, and is not told back as one's own", () => {
  const world = room(false, false);
  world.show(true);
  expect([world.local, world.told]).toEqual([true, []]);
});

it("muted by the keypad and open again: the microphone follows", () => {
  const world = room(false, false);
  world.show(true);
  world.show(false);
  expect([world.local, world.told]).toEqual([false, []]);
});

it("who comes in muted is muted on both sides, whoever knew it", () => {
  const here = room(true, null);
  here.show(false);
  expect([here.told, here.local]).toEqual([[true], true]);
  const there = room(false, null);
  there.show(true);
  expect([there.told, there.local]).toEqual([[], true]);
});

it("quick clicks: what comes late does not win", async () => {
  const world = room(false, false);
  world.click(true);
  world.click(false);
  world.show(true);
  expect(world.local).toBe(false);
  world.show(false);
  await turn();
  expect([world.local, world.told]).toEqual([false, [true, false]]);
});

it("a refused unmute closes the microphone again, and says so", async () => {
  const world = room(true, true);
  world.refuse = true;
  world.click(false);
  await turn();
  expect([world.local, world.refused.length]).toEqual([true, 1]);
});

it("a mute that the server did not hear stays here, and is told when it is back", async () => {
  const world = room(false, false);
  world.refuse = true;
  world.click(true);
  await turn();
  expect(world.local).toBe(true);
  world.refuse = false;
  world.show(null);
  world.show(false);
  expect([world.local, world.told]).toEqual([true, [true, true]]);
});

it("g_04: a click right after another one counts, though the server shows neither yet", async () => {
  const world = room(true, true);
  world.click(false);
  await turn();
  world.click(true);
  world.show(false);
  expect(world.local).toBe(true);
  world.show(true);
  expect([world.local, world.told]).toEqual([true, [false, true]]);
});

it("who was muted again in the same moment is muted here too", async () => {
  const world = room(true, true);
  world.click(false);
  await turn();
  for (const run of world.later) run();
  expect([world.local, world.told]).toEqual([true, [false]]);
});
