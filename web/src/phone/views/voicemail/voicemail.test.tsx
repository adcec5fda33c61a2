import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { ApiClient } from "../../../api/client";
import en from "../../../locales/en/phone.json";
import type { Phone, PhoneShell } from "../../PhoneContext";
import { PhoneShellContext } from "../../PhoneContext";
import { noNotes, turn, World } from "../../testing/fakes";
import { PhoneView } from "../PhoneView";
import type { Message } from "./voicemails";
import { RATE, wav } from "./wav";

const message = (fields: Partial<Message>): Message => ({ id: "m1", caller_number: "202", caller_name: "Bruno", at: 1e9, seconds: 12, heard_at: null, archived_at: null, ...fields });

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", ns: ["phone"], resources: { en: { phone: en } }, interpolation: { escapeValue: false } });
});

afterEach(() => {
  cleanup();
  sessionStorage.clear();
  vi.restoreAllMocks();
});

const settle = async (): Promise<void> => {
  for (let i = 0; i < 4; i += 1) await act(() => new Promise((done) => setTimeout(done, 5)));
  await act(turn);
};

interface Server {
  messages: Message[];
  asked: string[];
  called: string[];
}

async function phone(messages: Message[], box = true, others: object[] = []): Promise<Server> {
  const server: Server = { messages, asked: [], called: [] };
  const world = await World.ready();
  const api = new ApiClient();
  vi.spyOn(api, "request").mockImplementation((path, options) => {
    const fresh = server.messages.filter((one) => one.heard_at === null && one.archived_at === null).length;
    if (path === "/api/phone/mailboxes") {
      const own = { id: "u", name: "Anna", new: fresh, old: 0, full: false, has_pin: false, ask_pin: false, greetings: [{ kind: "busy", seconds: 3, text: "I am busy" }] };
      return Promise.resolve((box ? [own, ...others] : []) as never);
    }
    if (path.startsWith("/api/phone/voicemails?")) {
      const archived = path.includes("archived=true");
      if (path.includes("mailbox=sales")) return Promise.resolve({ messages: [message({ id: "s1", caller_name: "Customer" })], next: null, new: 1, old: 0 } as never);
      return Promise.resolve({ messages: server.messages.filter((one) => (one.archived_at !== null) === archived), next: null, new: fresh, old: 0 } as never);
    }
    if (path.startsWith("/api/phone/people")) return Promise.resolve([] as never);
    if (!options?.method) return new Promise(() => undefined);
    server.asked.push(`${options.method} ${path} ${JSON.stringify(options.body ?? null)}`);
    const patch = options.body as { heard?: boolean; archived?: boolean } | undefined;
    server.messages = options.method === "DELETE" ? [] : server.messages.map((one) => ({ ...one, ...(patch?.heard && { heard_at: 1 }), ...(patch?.archived && { archived_at: 1 }) }));
    return Promise.resolve(undefined as never);
  });
  vi.spyOn(api, "fetch").mockImplementation(() => Promise.resolve(new Response(new Blob(["sound"]))));
  const audio = { level: () => null, unlock: () => undefined } as unknown as Phone["audio"];
  const info = { user: { id: "u", extension: "201", name: "Anna" }, country: "BE", language: "en", echo: "*43", sip: { path: "/sip", domain: "pbx" } };
  const shell: PhoneShell = {
    ...{ phone: { info, engine: world.engine, audio, media: {} as Phone["media"], settings: {} as Phone["settings"], after: noNotes(), api }, missing: null, open: true },
    ...{ setOpen: () => undefined, call: (text) => void server.called.push(text), openPage: () => undefined, prefill: "", reload: () => undefined, signIn: null, signOut: null },
    ...{ moving: null, setMoving: () => undefined },
  };
  render(
    <I18nextProvider i18n={i18next}>
      <MantineProvider>
        <QueryClientProvider client={new QueryClient()}>
          <PhoneShellContext value={shell}>
            <PhoneView />
          </PhoneShellContext>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>,
  );
  await settle();
  return server;
}

const press = async (name: string): Promise<void> => {
  fireEvent.click(screen.getByRole("button", { name }));
  await settle();
};

describe("voicemail in the phone", () => {
  it("b7: new messages are counted on the first screen, and are no longer new once they are played", async () => {
    const server = await phone([message({})]);
    await press("Voicemail: 1 new message");
    await press("Play the new message of Bruno");
    fireEvent.play(screen.getByLabelText("Message of Bruno"));
    await settle();
    expect(server.asked).toEqual(['PATCH /api/phone/voicemails/m1 {"heard":true}']);
    expect(screen.getByRole("button", { name: "Voicemail" })).toBeTruthy();
  });

  it("b7: who left it is called back; a withheld number can not be", async () => {
    const server = await phone([message({})]);
    await press("Voicemail: 1 new message");
    await press("Play the new message of Bruno");
    await press("Call back");
    expect(server.called).toEqual(["202"]);
    cleanup();
    await phone([message({ caller_number: "", caller_name: "" })]);
    await press("Voicemail: 1 new message");
    await press("Play the new message of Withheld number");
    expect(screen.queryByRole("button", { name: "Call back" })).toBeNull();
  });

  it("b7: a message is archived, and stands in the archive", async () => {
    const server = await phone([message({ heard_at: 1 })]);
    await press("Voicemail");
    await press("Play the message of Bruno");
    await press("Archive");
    expect(server.asked).toEqual(['PATCH /api/phone/voicemails/m1 {"archived":true}']);
    expect(screen.getByText("No messages")).toBeTruthy();
  });

  it("deleting asks with the name, and does not by itself", async () => {
    const server = await phone([message({ heard_at: 1 })]);
    await press("Voicemail");
    await press("Play the message of Bruno");
    await press("Delete");
    expect(server.asked).toEqual([]);
    await press("Delete the message of Bruno");
    expect(server.asked).toEqual(["DELETE /api/phone/voicemails/m1 null"]);
    expect(screen.getByText("No messages")).toBeTruthy();
  });

  it("who has no mailbox sees nothing of it", async () => {
    await phone([], false);
    expect(screen.queryByRole("button", { name: /Voicemail/ })).toBeNull();
  });

  it("b7_01: the box of a team that one keeps is chosen, and counts", async () => {
    await phone([], true, [{ id: "sales", name: "Sales", new: 1, old: 0, full: false, has_pin: true, ask_pin: true, greetings: [] }]);
    await press("Voicemail: 1 new message");
    fireEvent.change(screen.getByLabelText("Mailbox"), { target: { value: "sales" } });
    await settle();
    expect(screen.getByRole("button", { name: "Play the new message of Customer" })).toBeTruthy();
  });

  it("d3_05 d3_04: greetings: words to be spoken are sent, the standard one comes back; the PIN is set", async () => {
    const server = await phone([]);
    await press("Voicemail");
    await press("Greetings, PIN");
    expect(screen.getByText("I am busy")).toBeTruthy();
    fireEvent.click(screen.getAllByRole("button", { name: "Have words spoken" })[0] as HTMLElement);
    fireEvent.change(screen.getByLabelText("Words to be spoken"), { target: { value: " I am away " } });
    await press("Save");
    await press("Back to the standard greeting");
    fireEvent.change(screen.getByLabelText("New PIN, 4 to 8 digits"), { target: { value: "47 11" } });
    fireEvent.submit(screen.getByLabelText("New PIN, 4 to 8 digits"));
    await settle();
    expect(server.asked.pop()).toBe('PUT /api/phone/mailbox/pin?mailbox=u {"pin":"4711"}');
    expect(server.asked).toEqual(['PUT /api/phone/mailbox/greetings/unavailable/text?mailbox=u {"text":"I am away"}', "DELETE /api/phone/mailbox/greetings/busy?mailbox=u null"]);
  });
});

describe("a recording for the server", () => {
  it("is RIFF WAV of one channel and 16 bits, clipped where it is too loud", async () => {
    const bytes = new DataView(await wav(new Float32Array([0, 0.5, -0.5, 2, -2])).arrayBuffer());
    const text = (at: number): string => String.fromCharCode(...[0, 1, 2, 3].map((i) => bytes.getUint8(at + i)));
    expect([text(0), text(8), text(36)]).toEqual(["RIFF", "WAVE", "data"]);
    expect([bytes.getUint32(4, true), bytes.getUint32(40, true), bytes.byteLength]).toEqual([46, 10, 54]);
    expect([bytes.getUint16(22, true), bytes.getUint32(24, true), bytes.getUint16(34, true)]).toEqual([1, RATE, 16]);
    expect([0, 1, 2, 3, 4].map((i) => bytes.getInt16(44 + 2 * i, true))).toEqual([0, 16384, -16383, 32767, -32767]);
  });
});
