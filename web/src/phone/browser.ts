/** Builds the phone of a browser: the engine with its adapters. */
import type { ApiClient } from "../api/client";
import { BrowserAudio } from "./adapters/audio";
import { BackgroundClock, openTicker } from "./adapters/clock";
import { BrowserMedia } from "./adapters/media";
import { ServerMoving } from "./adapters/moving";
import { BrowserNetwork } from "./adapters/network";
import { AudioSettings } from "./adapters/settings";
import { JsSip } from "./adapters/sip";
import { ServerDirectory, TabMemory, tabId, uuid } from "./adapters/small";
import { browserName, ServerTabs } from "./adapters/tabs";
import { AfterCalls, browserAfterPorts } from "./after";
import { PhoneEngine } from "./engine/engine";
import { startWorker } from "./views/notification";
import type { Phone, PhoneInfo } from "./PhoneContext";

/** Put a phone together. It does not run before `engine.start()`. */
export function buildPhone(api: ApiClient, info: PhoneInfo): Phone {
  if (api.server === "") startWorker("/phone-worker.js");
  const settings = new AudioSettings();
  const audio = new BrowserAudio(settings);
  const media = new BrowserMedia(settings, audio.context);
  const tab = tabId();
  const clock = new BackgroundClock(openTicker);
  const sip = new JsSip({
    clock,
    url: api.socketUrl(info.sip.path),
    domain: info.sip.domain,
    displayName: info.user.name,
    instance: tab,
    play: (id, stream) => audio.play(id, stream),
  });
  const token = (): string | null => (api.credentials.kind === "bearer" ? api.credentials.token : null);
  const tabs = new ServerTabs({ clock, url: api.socketUrl("/api/phone/tabs"), tab, browser: browserName(), token });
  const engine = new PhoneEngine({
    clock,
    sip,
    tabs,
    media,
    audio,
    directory: new ServerDirectory(api, tab),
    moving: new ServerMoving(api),
    network: new BrowserNetwork(clock),
    memory: new TabMemory(`switchroom.phone.${info.user.id}`),
    id: uuid,
  });
  const after = new AfterCalls(browserAfterPorts(info.user.id), Date.now());
  engine.subscribe(() => after.follow(engine.state));
  return { info, engine, after, audio, media, settings, api };
}
