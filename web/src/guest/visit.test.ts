import { describe, expect, it } from "vitest";
import { ApiError } from "../api/client";
import { NO_ROOM, type RoomParticipant, type RoomState } from "../api/room";
import type { Microphone, SipEvent } from "../phone/engine/ports";
import { FakeClock, mediaError, turn } from "../phone/testing/fakes";
import type { Invitation, Pass } from "./model";
import { GuestVisit } from "./visit";

const INVITATION: Invitation = {
  conference: "Board",
  system: "Office",
  language: "en",
  phone: { extension: "8002", conference_server: null, conference_id: null, numbers: [] },
  needs_code: false,
  lobby: false,
  name: "",
};
const SHUTDOWN = { type: "ended", id: "visit", by: "them", status: null, sentence: null, elsewhere: false, because: "shutdown", lost: true } as const;

class House {
  readonly clock = new FakeClock();
  readonly did: string[] = [];
  invitation: Invitation | ApiError = INVITATION;
  joins: (Pass | ApiError)[] = [];
  microphone: Error | null = null;
  open = 0;
  permission: "granted" | "prompt" | "denied" = "prompt";
  page = { secure: true, webrtc: true, microphone: true };
  kept: Pass | null = null;
  roomState: RoomState = NO_ROOM;
  rooms = 0;
  tellSip: (event: SipEvent) => void = () => undefined;
  tellRoom: () => void = () => undefined;
  nudge: (changed: boolean) => void = () => undefined;
  readonly visit: GuestVisit;

  constructor(setUp: (house: House) => void = () => undefined) {
    setUp(this);
    this.visit = new GuestVisit(this.#ports());
  }

  get state() {
    return this.visit.state;
  }

  static async open(setUp?: (house: House) => void): Promise<House> {
    const house = new House(setUp);
    house.visit.start();
    await turn();
    return house;
  }

  /** Somebody in the room. */
  static async inside(setUp?: (house: House) => void): Promise<House> {
    const house = await House.open(setUp);
    await house.visit.join("Zoé", "");
    house.tellSip({ type: "registered" });
    house.tellSip({ type: "answered", id: "visit" });
    house.shows({ muted_by: null });
    return house;
  }

  pass(): Pass {
    const expires_at = this.clock.now() / 1000 + 600;
    const sip = { username: "g-1", password: "p", realm: "r", domain: "pbx", path: "/sip" };
    return { token: "t", conference_id: "c", conference: "Board", name: "Zoé", dial: "c", asks_code: false, lobby: false, sip, ice_servers: [], expires_at };
  }

  /** The server shows the room with this guest in it; null: without. */
  shows(me: Partial<RoomParticipant> | null, connection: RoomState["connection"] = "open"): void {
    const participants = me ? [{ id: "me", name: "Zoé", ...me } as RoomParticipant] : [];
    const room = { participants } as unknown as RoomState["room"];
    this.roomState = { connection, room, you: participants[0]?.id ?? null, may: new Set(), reason: null };
    this.tellRoom();
  }

  dials(): number {
    return this.did.filter((what) => what.startsWith("call")).length;
  }

  #ports(): ConstructorParameters<typeof GuestVisit>[0] {
    const did = (what: string): void => void this.did.push(what);
    const answer = <T>(value: T | ApiError): Promise<T> => (value instanceof ApiError ? Promise.reject(value) : Promise.resolve(value));
    const microphone = (): Microphone => {
      this.open += 1;
      return { stream: {} as MediaStream, close: () => void (this.open -= 1) };
    };
    return {
      clock: this.clock,
      door: {
        look: () => answer(this.invitation),
        join: (name, code) => (did(`join ${name} ${code ?? "-"}`), answer(this.joins.shift() ?? this.pass())),
        renew: () => (did("renew"), Promise.resolve({ expires_at: this.clock.now() / 1000 + 600, ice_servers: [] })),
        leave: () => (did("goodbye"), Promise.resolve()),
      },
      sip: () => ({
        listen: (listener) => (this.tellSip = listener),
        prepare: () => Promise.resolve(),
        start: () => did("start"),
        renew: () => did("renew sip"),
        stop: () => did("stop"),
        register: () => undefined,
        nudge: () => did("nudge"),
        call: (_id, to) => did(`call ${to}`),
        answer: () => undefined,
        reject: () => undefined,
        hangUp: () => did("hang up"),
        mute: (_id, on) => did(`mute ${on}`),
        hold: () => undefined,
        digits: () => undefined,
        restartIce: () => did("restart"),
        useMicrophone: () => did("microphone"),
        quality: () => Promise.resolve(null),
        heard: () => Promise.resolve(null),
      }),
      room: () => {
        this.rooms += 1;
        this.roomState = NO_ROOM;
        const now = (): RoomState => this.roomState;
        return {
          get state() {
            return now();
          },
          subscribe: (listener) => {
            this.tellRoom = listener;
            return () => undefined;
          },
          level: () => 0,
          spoke: () => 0,
          start: () => did("watch"),
          stop: () => did("stop watching"),
          nudge: () => undefined,
          mute: (_you, on) => (did(`tell mute ${on}`), Promise.resolve()),
        };
      },
      media: {
        page: () => this.page,
        open: () => (this.microphone ? Promise.reject(this.microphone) : Promise.resolve(microphone())),
        silence: microphone,
        permission: () => Promise.resolve(this.permission),
      },
      audio: { onBlocked: () => undefined, unlock: () => undefined },
      network: { onNudge: (listener) => (this.nudge = listener), onVisible: () => undefined, stop: () => undefined },
      keep: { load: () => this.kept, save: (pass) => void (this.kept = pass) },
    };
  }
}

describe("a guest's visit", () => {
  it("issue_4: from the link into the room, and out again", async () => {
    const house = await House.open();
    expect(house.state).toMatchObject({ step: "entry", invitation: { conference: "Board" } });
    await house.visit.join(" Zoé ", "");
    expect(house.state.step).toBe("joining");
    expect(house.did).toEqual(["join Zoé -", "start"]);
    house.tellSip({ type: "registered" });
    expect(house.did.at(-1)).toBe("call c");
    house.tellSip({ type: "answered", id: "visit" });
    expect(house.state.step).toBe("inside");
    house.visit.leave();
    expect(house.did.slice(-4)).toEqual(["goodbye", "hang up", "stop", "stop watching"]);
    expect(house.state).toMatchObject({ step: "over", trouble: "left" });
    expect([house.open, house.kept]).toEqual([0, null]);
  });

  it("f_05: an unknown, expired or revoked link says the same, and a server that is away is asked again", async () => {
    const gone = await House.open((house) => (house.invitation = new ApiError(404, "no-such-link", "…")));
    expect(gone.state).toMatchObject({ step: "over", trouble: "link-over" });
    const away = await House.open((house) => (house.invitation = new ApiError(0, "unreachable", "…")));
    expect(away.state).toMatchObject({ step: "looking", trouble: "server-away" });
    away.invitation = INVITATION;
    await away.clock.pass(2000);
    expect(away.state).toMatchObject({ step: "entry", trouble: null });
  });

  it("s1_15: the code is asked for, a wrong one is said, the right one leads in", async () => {
    const house = await House.open((one) => {
      one.invitation = { ...INVITATION, needs_code: true };
      one.joins = [new ApiError(422, "wrong-code", "…", "code")];
    });
    await house.visit.join("Zoé", "");
    expect(house.state).toMatchObject({ step: "entry", trouble: "code-missing" });
    await house.visit.join("Zoé", "11");
    expect(house.state).toMatchObject({ step: "entry", trouble: "wrong-code" });
    await house.visit.join("Zoé", "4321");
    expect(house.state).toMatchObject({ step: "joining", trouble: null });
    expect(house.open).toBe(1);
  });

  it("f_05: without a microphone the reason is said, and one may listen only", async () => {
    const house = await House.open((one) => (one.microphone = mediaError("NotAllowedError")));
    await house.visit.join("Zoé", "");
    expect(house.state).toMatchObject({ step: "entry", trouble: "microphone-refused", microphone: "refused" });
    await house.visit.join("Zoé", "", true);
    expect(house.state).toMatchObject({ step: "joining", listening: true, trouble: null });
    expect(house.visit.voice).toBeNull();
    house.microphone = null;
    expect(await house.visit.openMicrophone()).toBe(true);
    expect(house.state.listening).toBe(false);
    expect(house.did).toContain("microphone");
  });

  it("f_05: a page that is not secure says so before anything else", async () => {
    const house = await House.open((one) => (one.page = { secure: false, webrtc: true, microphone: true }));
    expect(house.state).toMatchObject({ step: "over", trouble: "page-insecure" });
  });

  it.each([
    ["removed", "removed"],
    ["conference_ended", "conference-ended"],
    ["room_locked", "room-locked"],
  ])("f_05: %s is said, and the page does not come back by itself", async (because, trouble) => {
    const house = await House.inside();
    house.tellSip({ type: "ended", id: "visit", by: "them", status: null, sentence: null, elsewhere: false, because });
    await house.clock.pass(5000);
    expect(house.state).toMatchObject({ step: "over", trouble });
    expect(house.dials()).toBe(1);
  });

  it("g_03: a full room refuses before the answer, with the reason", async () => {
    const house = await House.open();
    await house.visit.join("Zoé", "");
    house.tellSip({ type: "registered" });
    house.tellSip({ type: "ended", id: "visit", by: "them", status: 486, sentence: "Busy Here", elsewhere: false, because: "room_full", lost: false });
    expect(house.state).toMatchObject({ step: "over", trouble: "room-full" });
  });

  it("issue_4: a server that restarts is come back to by itself, muted as before", async () => {
    const house = await House.inside();
    house.visit.mute(true);
    house.shows({ muted_by: "self" });
    house.tellSip({ type: "disconnected" });
    house.tellSip(SHUTDOWN);
    expect(house.state).toMatchObject({ step: "inside", returning: true });
    expect(house.dials()).toBe(1);
    house.tellSip({ type: "registered" });
    expect(house.dials()).toBe(2);
    house.tellSip({ type: "answered", id: "visit" });
    expect(house.state).toMatchObject({ step: "inside", returning: false, muted: true });
    expect(house.did.at(-1)).toBe("mute true");
  });

  it("g_04: a server that forgot the mute does not open the microphone: it is told", async () => {
    const house = await House.inside();
    house.visit.mute(true);
    house.shows({ muted_by: "self" });
    house.shows({ muted_by: "self" }, "lost");
    house.tellSip(SHUTDOWN);
    house.tellSip({ type: "registered" });
    house.tellSip({ type: "answered", id: "visit" });
    const told = house.did.filter((what) => what.startsWith("tell")).length;
    house.shows({ id: "another", muted_by: null });
    expect(house.state.muted).toBe(true);
    expect(house.did.filter((what) => what.startsWith("tell")).slice(told)).toEqual(["tell mute true"]);
  });

  it("issue_4: a server that was killed knows of no call when its socket is back", async () => {
    const house = await House.inside();
    house.shows({}, "lost");
    house.tellSip({ type: "disconnected" });
    house.tellSip({ type: "registered" });
    expect(house.dials()).toBe(1);
    house.shows(null);
    expect(house.dials()).toBe(2);
  });

  it("issue_4: so does one that refuses its socket, since nobody is inside", async () => {
    const house = await House.inside();
    house.shows({}, "lost");
    house.tellSip({ type: "registered" });
    house.roomState = { ...NO_ROOM, connection: "over", reason: "not-found" };
    house.tellRoom();
    expect(house.dials()).toBe(2);
    house.tellSip({ type: "answered", id: "visit" });
    house.shows({ muted_by: null });
    await house.clock.pass(5000);
    expect([house.dials(), house.rooms, house.state.returning]).toEqual([2, 2, false]);
  });

  it("who was removed hears the goodbye to its end", async () => {
    const house = await House.inside();
    house.roomState = { ...NO_ROOM, connection: "over", reason: "left" };
    house.tellRoom();
    await house.clock.pass(1000);
    expect(house.dials()).toBe(1);
    house.tellSip({ type: "ended", id: "visit", by: "them", status: null, sentence: null, elsewhere: false, because: "removed" });
    expect(house.state).toMatchObject({ step: "over", trouble: "removed" });
  });

  it("after a change of network the call that the server still holds is kept", async () => {
    const house = await House.inside();
    house.shows({}, "lost");
    house.tellSip({ type: "media", id: "visit", flows: false });
    expect(house.state.returning).toBe(true);
    house.tellSip({ type: "disconnected" });
    house.tellSip({ type: "registered" });
    expect(house.did.at(-1)).toBe("restart");
    house.shows({ muted_by: null });
    house.tellSip({ type: "media", id: "visit", flows: true });
    await house.clock.pass(10_000);
    expect([house.state.returning, house.dials()]).toEqual([false, 1]);
  });

  it("sound that does not come back comes back with another call", async () => {
    const house = await House.inside();
    house.tellSip({ type: "media", id: "visit", flows: false });
    await house.clock.pass(6000);
    expect(house.did.slice(-2)).toEqual(["hang up", "call c"]);
  });

  it("after a minute it is given up, and one may try again", async () => {
    const house = await House.inside();
    house.tellSip({ type: "disconnected" });
    house.tellSip(SHUTDOWN);
    await house.clock.pass(61_000);
    expect(house.state).toMatchObject({ step: "over", trouble: "connection-lost" });
    house.visit.again();
    await turn();
    expect(house.state.step).toBe("entry");
  });

  it("a moderator's mute closes the microphone; one's own is told", async () => {
    const house = await House.inside();
    house.shows({ muted_by: "Anna" });
    expect(house.state.muted).toBe(true);
    expect(house.did.filter((what) => what.startsWith("tell"))).toEqual([]);
    house.visit.mute(false);
    expect(house.did.at(-1)).toBe("tell mute false");
  });

  it("a reload in the middle comes back with the same visit, also by a link for one use", async () => {
    const before = await House.inside();
    const house = await House.open((one) => {
      one.kept = before.kept;
      one.invitation = new ApiError(404, "no-such-link", "…");
    });
    await turn();
    expect(house.did).toEqual(["renew", "start"]);
    expect(house.state).toMatchObject({ step: "joining", pass: { conference: "Board" } });
  });

  it("the visit is renewed while it lasts", async () => {
    const house = await House.inside();
    await house.clock.pass(301_000);
    expect(house.did.slice(-2)).toEqual(["renew", "renew sip"]);
    await house.clock.pass(301_000);
    expect(house.did.filter((what) => what === "renew")).toHaveLength(2);
  });

  it("the room's socket is asked again while the receptionist still talks", async () => {
    const house = await House.inside();
    house.roomState = { ...NO_ROOM, connection: "over", reason: "not-found" };
    house.tellRoom();
    await house.clock.pass(1600);
    expect(house.rooms).toBe(2);
  });
});
