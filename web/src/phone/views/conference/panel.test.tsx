import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { ApiClient, ApiError } from "../../../api/client";
import type { Room, RoomParticipant } from "../../../api/room";
import { person, room } from "../../../api/testing/samples";
import en from "../../../locales/en/phone.json";
import type { Phone } from "../../PhoneContext";
import { PhoneShellContext } from "../../PhoneContext";
import { noNotes, turn, World } from "../../testing/fakes";
import { PhoneEffects } from "../effects";
import { PhoneView } from "../PhoneView";

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", ns: ["phone"], resources: { en: { phone: en } }, interpolation: { escapeValue: false } });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const MODERATOR = ["mute", "unmute", "raise-hand", "lower-hand", "request-unmute", "admit", "refuse", "remove", "hand-over", "mute-all", "lock", "unlock", "record", "noise", "end"];

class Socket {
  static last: Socket | null = null;
  readyState = 1;
  binaryType = "";
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    Socket.last = this;
  }
  send(): void {
    // Pings are answered by nobody here.
  }
  close(): void {
    this.readyState = 3;
  }
}

/** Anna's phone in a conference, the server's side in the test's hand. */
async function inside(may: readonly string[]) {
  vi.stubGlobal("WebSocket", Socket);
  const world = await World.ready();
  const asked: { path: string; body: unknown }[] = [];
  const refuse: { error: ApiError | null } = { error: null };
  const api = new ApiClient();
  vi.spyOn(api, "request").mockImplementation((path, options) => {
    if (path.startsWith("/api/phone/people")) {
      return Promise.resolve([{ kind: "user", id: "e", name: "Elena Rossi", company: null, email: null, extension: "205", numbers: [], presence: null }] as never);
    }
    if (options?.method) asked.push({ path: path.replace("/api/rooms/board", ""), body: options.body });
    if (path.startsWith("/api/rooms")) return refuse.error ? Promise.reject(refuse.error) : Promise.resolve(undefined as never);
    return new Promise(() => undefined);
  });
  const audio = { level: () => null, unlock: () => undefined } as unknown as Phone["audio"];
  const info = { user: { id: "u", extension: "201", name: "Anna" }, country: "BE", language: "en", echo: "*43", sip: { path: "/sip", domain: "pbx" } };
  const phone: Phone = { info, engine: world.engine, audio, media: {} as Phone["media"], settings: {} as Phone["settings"], after: noNotes(), api };
  const shell = { phone, missing: null, open: true, setOpen: () => undefined, moving: null, setMoving: () => undefined, call: () => undefined, openPage: () => undefined, prefill: "", reload: () => undefined, signIn: null, signOut: null };
  render(
    <I18nextProvider i18n={i18next}>
      <MantineProvider>
        <QueryClientProvider client={new QueryClient()}>
          <PhoneShellContext value={shell}>
            <PhoneEffects />
            <PhoneView />
          </PhoneShellContext>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>,
  );
  await act(() => world.talk("8002"));
  act(() => world.tellTabs({ type: "places", places: [{ dialog: "dialog-call-1", call: "c1", conference_id: "board", participant: "anna", dial: "8002", then: "" }] }));
  act(() => Socket.last?.onopen?.());
  const shows = (participants: RoomParticipant[], patch: Partial<Room> = {}): void =>
    act(() => Socket.last?.onmessage?.({ data: JSON.stringify({ type: "room", you: "anna", may, room: room(participants, patch) }) }));
  const click = async (name: string | RegExp): Promise<void> => {
    fireEvent.click(screen.getByRole("button", { name }));
    await act(turn);
  };
  return { world, asked, refuse, shows, click };
}

const ANNA = person("anna", { name: "Anna" });
const BRUNO = person("bruno", { name: "<b>Bruno</b>" });

describe("a conference in the phone", () => {
  it("f_11: a moderator mutes, asks to speak, removes; the names of others are text", async () => {
    const { asked, shows, click } = await inside(MODERATOR);
    shows([ANNA, BRUNO]);
    expect(screen.getByText("<b>Bruno</b>")).toBeTruthy();
    await click("What to do with <b>Bruno</b>");
    fireEvent.click(screen.getByRole("menuitem", { name: "Mute" }));
    await act(turn);
    expect(asked.at(-1)).toEqual({ path: "/participants/bruno/mute", body: undefined });
    shows([ANNA, { ...BRUNO, muted_by: "Anna" }]);
    expect(screen.getByText("Muted by Anna")).toBeTruthy();
    await click("What to do with <b>Bruno</b>");
    expect(screen.queryByRole("menuitem", { name: "Unmute" })).toBeNull();
    fireEvent.click(screen.getByRole("menuitem", { name: "Ask to speak" }));
    await act(turn);
    expect(asked.at(-1)?.path).toBe("/participants/bruno/request-unmute");
  });

  it("f_11: who does not run it has no acts on others, and none on the room", async () => {
    const { shows, click } = await inside(["mute", "unmute", "raise-hand", "lower-hand"]);
    shows([ANNA, BRUNO, person("zoe", { in_lobby: true })]);
    expect(screen.queryByRole("button", { name: /What to do/ })).toBeNull();
    expect(screen.queryByText("Let in")).toBeNull();
    await click("More");
    expect(screen.queryByText("Mute all others")).toBeNull();
    expect(screen.queryByText("End for all")).toBeNull();
    expect(screen.getByText("Keypad")).toBeTruthy();
  });

  it("the lobby stands on top, and lets in or refuses", async () => {
    const { asked, shows, click } = await inside(MODERATOR);
    shows([ANNA, person("zoe", { name: "Zoé", in_lobby: true }), person("gone", { in_lobby: true, away: true })]);
    expect(screen.getByText("1 person waits to be let in")).toBeTruthy();
    await click("Let Zoé in");
    await click("Refuse Zoé");
    expect(asked.map(({ path }) => path)).toEqual(["/participants/zoe/admit", "/participants/zoe/refuse"]);
  });

  it("issue_4: muted by a moderator: the microphone closes, and one is told; asked to speak: one click opens it", async () => {
    const { world, asked, shows, click } = await inside(MODERATOR);
    shows([ANNA, BRUNO]);
    shows([{ ...ANNA, muted_by: "Bruno" }, BRUNO]);
    await act(turn);
    expect(world.sip.at(-1)).toBe("mute call-1 true");
    expect(screen.getByText("Bruno muted you.")).toBeTruthy();
    shows([{ ...ANNA, muted_by: "Bruno", unmute_requested_by: "Bruno" }, BRUNO]);
    expect(screen.getByText("Bruno asks you to speak.")).toBeTruthy();
    const [prompt] = screen.getAllByRole("button", { name: "Unmute" });
    fireEvent.click(prompt as HTMLElement);
    await act(turn);
    expect(world.sip.at(-1)).toBe("mute call-1 false");
    expect(asked.at(-1)?.path).toBe("/participants/anna/unmute");
    await click("Mute");
    expect(asked.at(-1)?.path).toBe("/participants/anna/mute");
  });

  it("s1_10: one field, contacts while typing, the green button, and what becomes of it", async () => {
    const { asked, shows, click, refuse } = await inside(MODERATOR);
    shows([ANNA]);
    await click("Invite");
    const field = screen.getByLabelText<HTMLInputElement>("Name or number");
    fireEvent.change(field, { target: { value: "ele" } });
    fireEvent.click(await screen.findByRole("button", { name: /Elena Rossi/ }));
    expect(field.value).toBe("Elena Rossi (205)");
    fireEvent.submit(field);
    await act(turn);
    expect(asked.at(-1)).toEqual({ path: "/invitations", body: { number: "205" } });
    expect(field.value).toBe("");
    const at = 5;
    shows([ANNA], { invitations: [{ id: "i1", number: "205", name: "Elena Rossi", state: "ringing", reason: "", at }, { id: "i2", number: "206", name: "Farid", state: "failed", reason: "busy", at }] });
    expect(screen.getByText("Ringing")).toBeTruthy();
    expect(screen.getByText("Busy")).toBeTruthy();
    await click("Stop calling Elena Rossi");
    expect(asked.at(-1)?.path).toBe("/invitations/i1");
    // S1-11: numbers outside have to wait for a line; what was typed stays.
    refuse.error = new ApiError(422, "no-trunk", "…", "number");
    fireEvent.change(field, { target: { value: "+3222903490" } });
    fireEvent.submit(field);
    await act(turn);
    expect(screen.getByText(/Numbers outside can't be called yet/)).toBeTruthy();
    expect(field.value).toBe("+3222903490");
  });

  it("ending for all is asked twice", async () => {
    const { asked, shows, click } = await inside(MODERATOR);
    shows([ANNA, BRUNO]);
    await click("More");
    await click("End for all");
    expect(asked).toEqual([]);
    await click("Really end “Board” for all?");
    expect(asked.at(-1)?.path).toBe("/end");
  });

  it("issue_4: on the way back the screen says so, and Leave is still there", async () => {
    const { world, shows, click } = await inside(MODERATOR);
    shows([ANNA]);
    act(() => world.tellSip({ type: "disconnected" }));
    act(() => world.tellSip({ type: "ended", id: "call-1", by: "them", status: null, sentence: null, elsewhere: false, because: "shutdown", lost: true }));
    expect(screen.getByText(/brings you back into the conference/)).toBeTruthy();
    await click("Leave");
    expect(world.state.calls[0]?.state).toBe("ended");
  });
});
