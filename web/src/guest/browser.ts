/** Builds a guest's visit of a browser: the visit with the phone's adapters. */
import { ApiClient } from "../api/client";
import { RoomOrders, watchRoom } from "../api/room";
import { BrowserAudio } from "../phone/adapters/audio";
import { BackgroundClock, openTicker } from "../phone/adapters/clock";
import { BrowserMedia } from "../phone/adapters/media";
import { BrowserNetwork } from "../phone/adapters/network";
import { AudioSettings } from "../phone/adapters/settings";
import { JsSip } from "../phone/adapters/sip";
import { uuid } from "../phone/adapters/small";
import type { Invitation, Pass, Renewal } from "./model";
import type { DoorPort, KeepPort, RoomPort } from "./ports";
import { GuestVisit } from "./visit";

/** All parts of a visit. */
export interface Guest {
  visit: GuestVisit;
  audio: BrowserAudio;
  settings: AudioSettings;
  /** What one may order in the room, with the visit's own bearer. */
  orders: (pass: Pass) => RoomOrders;
}

export function buildGuest(token: string): Guest {
  const settings = new AudioSettings(false);
  const audio = new BrowserAudio(settings);
  const clock = new BackgroundClock(openTicker);
  const instance = uuid();
  const sip = (pass: Pass): JsSip =>
    new JsSip({
      clock,
      url: new ApiClient().socketUrl(pass.sip.path),
      domain: pass.sip.domain,
      displayName: pass.name,
      instance,
      register: false,
      play: (id, stream) => audio.play(id, stream),
    });
  const visit = new GuestVisit({
    clock,
    door: door(token),
    sip,
    room,
    media: new BrowserMedia(settings, audio.context),
    audio,
    network: new BrowserNetwork(clock),
    keep: keep(token),
  });
  return { visit, audio, settings, orders };
}

/** Loads JsSIP, so that it is there when it is wanted. */
export function loadAhead(): void {
  import("jssip").catch(() => undefined);
}

/** With the visit's bearer. */
function visitor(pass: Pass): ApiClient {
  return new ApiClient("", { kind: "bearer", token: pass.token });
}

function orders(pass: Pass): RoomOrders {
  return new RoomOrders(visitor(pass), pass.conference_id);
}

function room(pass: Pass): RoomPort {
  const watch = watchRoom(visitor(pass), pass.conference_id);
  const mine = orders(pass);
  return Object.assign(watch, { mute: (you: string, on: boolean) => mine.participant(you, on ? "mute" : "unmute") });
}

function door(token: string): DoorPort {
  // The cookie of somebody who is signed in here too is not sent: a guest is a guest.
  const stranger = new ApiClient("", { kind: "none" });
  const place = `/api/join/${encodeURIComponent(token)}`;
  return {
    look: () => stranger.request<Invitation>(place),
    join: (name, code) => stranger.request<Pass>(place, { method: "POST", body: { name, ...(code !== null && { code }) } }),
    renew: (pass) => visitor(pass).request<Renewal>("/api/visit", { method: "PUT" }),
    leave: (pass) => visitor(pass).request("/api/visit", { method: "DELETE" }),
  };
}

const KEY = "switchroom.visit";

/** In this tab only, and until the visit is over. */
function keep(link: string): KeepPort {
  return {
    load() {
      try {
        const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as { link: string; pass: Pass } | null;
        return kept?.link === link ? kept.pass : null;
      } catch {
        return null;
      }
    },
    save(pass) {
      try {
        if (pass) sessionStorage.setItem(KEY, JSON.stringify({ link, pass }));
        else sessionStorage.removeItem(KEY);
      } catch {
        // Without storage a reload begins anew.
      }
    },
  };
}
