import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/client";
import { mediaError, turn, World } from "../testing/fakes";
import { background, foreground } from "./calls";
import type { SharedState, TakeOver } from "./model";

const ENTRY: TakeOver = { call_id: "dialog-call-1", local_tag: "ours", remote_tag: "theirs" };

describe("calls", () => {
  it("s2_05: a call goes from dialling to talking and ends by the red button", async () => {
    const world = await World.ready();
    expect(await world.engine.call("202")).toBe(true);
    const [call] = world.state.calls;
    expect(call?.state).toBe("dialling");
    expect(world.sip).toContain("call call-1 202");
    world.tellSip({ type: "progress", id: "call-1", sound: false });
    expect(world.state.calls[0]?.state).toBe("ringing");
    expect(world.rings.at(-1)).toBe("ringback");
    world.tellSip({ type: "answered", id: "call-1" });
    expect(world.state.calls[0]?.state).toBe("talking");
    expect(world.rings.at(-1)).toBe("none");
    await world.engine.do({ do: "hang-up", call: "call-1" });
    expect(world.sip.at(-1)).toBe("hang up call-1");
    expect(world.state.calls[0]).toMatchObject({ state: "ended", ending: { by: "us", failure: null } });
    expect(world.openMicrophones).toBe(0);
    await world.clock.pass(3000);
    expect(world.state.calls).toEqual([]);
  });

  it("a spoken refusal before the answer is no ringing", async () => {
    const world = await World.ready();
    await world.engine.call("206");
    world.tellSip({ type: "progress", id: "call-1", sound: true });
    expect(world.state.calls[0]?.state).toBe("dialling");
    expect(world.rings.at(-1) ?? "none").toBe("none");
  });

  it("f_01: after one call the second typed number is the one that is called", async () => {
    const world = await World.ready();
    const first = await world.talk("202");
    await world.engine.do({ do: "hang-up", call: first });
    await world.engine.call("203");
    expect(world.asked.slice(-1)).toEqual(["203"]);
    expect(world.sip.at(-1)).toBe("call call-2 203");
    expect(world.state.lastDialled?.dial).toBe("203");
  });

  it("g_10: what the server can not make a number of is refused with the rule", async () => {
    const world = await World.ready((w) => {
      w.numbers["12"] = { kind: "refused", dial: null, message: "needs + and the country code" };
    });
    expect(await world.engine.call("12")).toBe(false);
    expect(world.state.failure).toMatchObject({ id: "number-refused", sentence: "needs + and the country code" });
    expect(world.state.calls).toEqual([]);
  });

  it("s1_14: keys are sent in the call, # and * included, and letters are not", async () => {
    const world = await World.ready();
    const id = await world.talk("8002");
    await world.engine.do({ do: "digits", call: id, digits: "12x34#*" });
    expect(world.sip.at(-1)).toBe(`digits ${id} 1234#*`);
    expect(world.state.calls[0]?.digits).toBe("1234#*");
  });

  it("two calls: the first is held, swapping exchanges them, a third is refused", async () => {
    const world = await World.ready();
    const first = await world.talk("202");
    const second = await world.talk("203");
    expect(world.sip).toContain(`hold ${first} true`);
    expect(foreground(world.state.calls)?.id).toBe(second);
    expect(background(world.state.calls)?.id).toBe(first);
    await world.engine.do({ do: "swap" });
    expect(world.sip.slice(-2)).toEqual([`hold ${second} true`, `hold ${first} false`]);
    expect(foreground(world.state.calls)?.id).toBe(first);
    expect(await world.engine.call("204")).toBe(false);
    expect(world.state.failure?.id).toBe("two-calls-already");
  });

  it("call waiting: a second call knocks; answering it holds the first; a third hears busy", async () => {
    const world = await World.ready();
    const first = await world.talk("202");
    world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "+3222903490", name: null });
    expect(world.rings.at(-1)).toBe("knock");
    world.tellSip({ type: "incoming", id: "in-2", dialog: "e", number: "204", name: null });
    expect(world.sip.at(-1)).toBe("reject in-2 486");
    await world.engine.do({ do: "answer", call: "in-1" });
    expect(world.sip.slice(-2)).toEqual([`hold ${first} true`, "answer in-1"]);
    world.tellSip({ type: "answered", id: "in-1" });
    expect(world.state.calls.map((call) => call.state)).toEqual(["held", "talking"]);
  });

  it("s2_08: red rejects with Decline", async () => {
    const world = await World.ready();
    world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "202", name: "Ann" });
    expect(world.rings.at(-1)).toBe("ring");
    await world.engine.do({ do: "reject", call: "in-1" });
    expect(world.sip.at(-1)).toBe("reject in-1 603");
    expect(world.rings.at(-1)).toBe("none");
  });

  it("a caller's name comes from the address book", async () => {
    const world = await World.ready((w) => {
      w.numbers["+3222903490"] = { kind: "number", shown: "+32 2 290 34 90", name: "Azure Interior" };
    });
    world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "+3222903490", name: null });
    await turn();
    expect(world.state.calls[0]).toMatchObject({ name: "Azure Interior", shown: "+32 2 290 34 90" });
  });

  it.each([
    [486, "busy"],
    [480, "offline"],
    [404, "not-found"],
    [408, "no-answer"],
    [403, "not-allowed"],
    [500, "call-failed"],
  ])("f_05: %i of the other side is said in words, with a way to try again", async (status, id) => {
    const world = await World.ready();
    await world.engine.call("202");
    world.tellSip({ type: "ended", id: "call-1", by: "them", status, sentence: "Said", elsewhere: false });
    expect(world.state.calls[0]?.ending?.failure).toMatchObject({ id, sentence: "Said" });
    expect(world.state.calls[0]?.ending?.failure?.retry).toMatchObject({ do: "dial", target: { dial: "202" } });
  });

  it("a call answered on another phone is no missed call", async () => {
    const world = await World.ready();
    world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "202", name: null });
    world.tellSip({ type: "ended", id: "in-1", by: "them", status: null, sentence: null, elsewhere: true });
    expect(world.state.calls[0]?.ending).toEqual({ by: "elsewhere", failure: null });
  });
});

describe("failures say what to do (f_02, c2_13)", () => {
  it.each([
    ["NotAllowedError", "microphone-refused"],
    ["NotFoundError", "microphone-missing"],
    ["NotReadableError", "microphone-busy"],
    ["TypeError", "microphone-failed"],
  ])("%s", async (name, id) => {
    const world = await World.ready();
    world.microphoneError = mediaError(name);
    expect(await world.engine.call("202")).toBe(false);
    expect(world.state.failure).toMatchObject({ id });
    expect(world.state.calls).toEqual([]);
    world.microphoneError = null;
    await world.engine.do({ do: "try-again" });
    await turn();
    expect(world.sip.at(-1)).toMatch(/^call call-\d 202$/);
  });

  it("an incoming call goes on ringing while the microphone is refused", async () => {
    const world = await World.ready();
    world.microphoneError = mediaError("NotAllowedError");
    world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "202", name: null });
    await world.engine.do({ do: "answer", call: "in-1" });
    expect(world.state.calls[0]?.state).toBe("incoming");
    expect(world.state.failure?.retry).toEqual({ do: "answer", call: "in-1" });
  });

  it("an insecure page", () => {
    const world = new World((w) => {
      w.page = { secure: false, webrtc: true, microphone: true };
    });
    world.engine.start();
    expect(world.state.link).toMatchObject({ state: "stopped", failure: { id: "page-insecure" } });
  });

  it("a server that can not be reached, and is found again", async () => {
    const world = await World.ready((w) => {
      w.credentials = () => Promise.reject(new ApiError(0, "unreachable", ""));
    });
    world.tellSip({ type: "disconnected" });
    await world.clock.pass(4100);
    expect(world.state.link).toMatchObject({ state: "connecting", failure: { id: "server-unreachable" } });
    world.tellSip({ type: "registered" });
    expect(world.state.link).toEqual({ state: "registered" });
  });

  it("a wrong login: new credentials are fetched twice, then a person is asked", async () => {
    const world = await World.ready();
    for (let i = 0; i < 3; i += 1) {
      world.tellSip({ type: "registration-failed", status: 401, sentence: "Unauthorized" });
      await world.clock.pass(3000);
    }
    expect(world.state.link).toMatchObject({ state: "stopped", failure: { id: "wrong-login", retry: { do: "sign-in" } } });
  });

  it("a session that ended elsewhere", async () => {
    const world = await World.ready();
    world.tellTabs({ type: "signed-out" });
    expect(world.state.link).toMatchObject({ state: "stopped", failure: { id: "signed-out" } });
    expect(world.sip.at(-1)).toBe("stop");
  });
});

describe("network", () => {
  it("a call survives: after registering again its sound is renewed", async () => {
    const world = await World.ready();
    const id = await world.talk();
    world.tellSip({ type: "disconnected" });
    world.tellSip({ type: "media", id, flows: false });
    expect(world.state.calls[0]?.state).toBe("recovering");
    world.nudge(true);
    expect(world.sip).toContain("nudge true");
    world.tellSip({ type: "registered" });
    expect(world.sip.at(-1)).toBe(`restart ${id}`);
    world.tellSip({ type: "media", id, flows: true });
    expect(world.state.calls[0]?.state).toBe("talking");
  });

  it("a change of network under a living connection renews the sound after a moment", async () => {
    const world = await World.ready();
    const id = await world.talk();
    world.nudge(true);
    await world.clock.pass(2600);
    expect(world.sip.filter((did) => did === `restart ${id}`)).toHaveLength(1);
  });

  it("issue 3: when nothing is heard of the server for two seconds, its connections are doubted, once", async () => {
    const world = await World.ready();
    const id = await world.talk();
    await world.clock.pass(5000);
    expect(world.sip).not.toContain("nudge true");
    world.heard = () => 700;
    await world.clock.pass(3100);
    expect(world.sip.filter((did) => did === "nudge true")).toHaveLength(1);
    await world.clock.pass(5000);
    expect(world.sip.filter((did) => did === "nudge true")).toHaveLength(1);
    world.tellSip({ type: "disconnected" });
    world.tellSip({ type: "registered" });
    expect(world.sip.filter((did) => did === `restart ${id}`)).toHaveLength(1);
  });

  it("issue 3: a call that the other side holds may be silent", async () => {
    const world = await World.ready();
    const id = await world.talk();
    world.tellSip({ type: "held-by-them", id, on: true });
    world.heard = () => 700;
    await world.clock.pass(9000);
    expect(world.sip).not.toContain("nudge true");
  });

  it("a call whose sound never comes back is given up, and said so", async () => {
    const world = await World.ready();
    const id = await world.talk();
    world.tellSip({ type: "media", id, flows: false });
    await world.clock.pass(31_000);
    expect(world.sip).toContain(`hang up ${id}`);
    expect(world.state.calls[0]?.ending?.failure?.id).toBe("call-lost");
  });

  it("credentials are fetched again by themselves when the server was away", async () => {
    let away = true;
    const world = new World((w) => {
      const given = w.credentials;
      w.credentials = () => (away ? Promise.reject(new ApiError(0, "unreachable", "")) : given());
    });
    world.engine.start();
    world.tellTabs({ type: "owner", you: true, tabs: 1, takeOver: [] });
    await world.clock.pass(3000);
    expect(world.sip).not.toContain("start");
    away = false;
    await world.clock.pass(2500);
    expect(world.sip).toContain("start");
  });
});

describe("tabs (f_08)", () => {
  it("a mirror registers nothing, shows the owner's calls and sends it what is pressed", async () => {
    const owner = await World.ready();
    await owner.talk();
    const told = owner.sentToTabs.at(-1)?.state as SharedState;
    const mirror = new World();
    mirror.engine.start();
    mirror.tellTabs({ type: "owner", you: false, tabs: 2, takeOver: [] });
    mirror.tellTabs({ type: "state", state: told });
    await turn();
    expect(mirror.sip).not.toContain("start");
    expect(mirror.state.calls[0]).toMatchObject({ state: "talking", number: "202" });
    expect(mirror.state.link.state).toBe("registered");
    await mirror.engine.do({ do: "mute", call: "call-1", on: true });
    const { command } = mirror.sentToTabs.at(-1) ?? {};
    expect(command).toEqual({ do: "mute", call: "call-1", on: true });
    if (command) owner.tellTabs({ type: "command", command });
    expect(owner.sip.at(-1)).toBe("mute call-1 true");
    expect(owner.sentToTabs.at(-1)?.state?.calls[0]?.muted).toBe(true);
  });

  it("the browser asks for the microphone in the tab that is looked at", async () => {
    const mirror = new World((w) => {
      w.permission = "prompt";
      w.microphoneError = mediaError("NotAllowedError");
    });
    mirror.engine.start();
    mirror.tellTabs({ type: "owner", you: false, tabs: 2, takeOver: [] });
    expect(await mirror.engine.call("202")).toBe(false);
    expect(mirror.state.failure?.id).toBe("microphone-refused");
    expect(mirror.sentToTabs).toEqual([]);
  });

  it("the next tab takes the call over, with its hold and mute", async () => {
    const world = new World();
    world.engine.start();
    world.tellTabs({ type: "owner", you: false, tabs: 2, takeOver: [] });
    const owner = await World.ready();
    const id = await owner.talk();
    await owner.engine.do({ do: "mute", call: id, on: true });
    await owner.engine.do({ do: "hold", call: id, on: true });
    world.tellTabs({ type: "state", state: owner.sentToTabs.at(-1)?.state as SharedState });
    const answeredAt = world.state.calls[0]?.answeredAt;
    world.tellTabs({ type: "owner", you: true, tabs: 1, takeOver: [ENTRY] });
    await turn();
    expect(world.state.calls[0]).toMatchObject({ state: "recovering", number: "202" });
    world.tellSip({ type: "registered" });
    await turn();
    const taken = world.state.calls[0]?.id ?? "";
    expect(world.sip.at(-1)).toBe(`call ${taken} 202`);
    expect(world.replaced).toEqual(ENTRY);
    world.tellSip({ type: "answered", id: taken });
    expect(world.state.calls[0]).toMatchObject({ state: "held", muted: true, answeredAt });
    expect(world.sip.slice(-2)).toEqual([`mute ${taken} true`, `hold ${taken} true`]);
  });

  it("a call is kept, silent, when the next tab has no microphone", async () => {
    const world = new World((w) => {
      w.microphoneError = mediaError("NotAllowedError");
    });
    world.engine.start();
    world.tellTabs({ type: "owner", you: true, tabs: 1, takeOver: [ENTRY] });
    await turn();
    world.tellSip({ type: "registered" });
    await turn();
    expect(world.replaced).toEqual(ENTRY);
    expect(world.state.failure?.id).toBe("microphone-refused");
  });

  it("a reload finds its call again by what the tab remembered", async () => {
    const before = await World.ready();
    await before.talk("202");
    const world = new World((w) => {
      w.remembered = before.remembered;
    });
    world.engine.start();
    world.tellTabs({ type: "owner", you: true, tabs: 1, takeOver: [ENTRY] });
    await turn();
    expect(world.state.calls[0]).toMatchObject({ number: "202", state: "recovering" });
  });

  it("a tab whose phone another one took unregisters when its calls have gone over", async () => {
    const world = await World.ready();
    const id = await world.talk();
    world.tellTabs({ type: "owner", you: false, tabs: 2, takeOver: [] });
    expect(world.sip.at(-1)).not.toBe("stop");
    world.tellSip({ type: "ended", id, by: "them", status: null, sentence: null, elsewhere: false });
    expect(world.openMicrophones).toBe(0);
    await world.clock.pass(13_000);
    expect(world.sip.at(-1)).toBe("stop");
  });

  it("s2_07: where the owner may make no sound, a mirror rings", async () => {
    const owner = await World.ready();
    owner.blocked(true);
    owner.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "203", name: null });
    const mirror = new World();
    mirror.engine.start();
    mirror.tellTabs({ type: "owner", you: false, tabs: 2, takeOver: [] });
    mirror.tellTabs({ type: "state", state: owner.sentToTabs.at(-1)?.state as SharedState });
    expect(mirror.rings.at(-1)).toBe("ring");
  });
});
