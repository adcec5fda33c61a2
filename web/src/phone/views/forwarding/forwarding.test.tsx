import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { ApiClient, ApiError } from "../../../api/client";
import en from "../../../locales/en/phone.json";
import type { Phone, PhoneShell } from "../../PhoneContext";
import { PhoneShellContext } from "../../PhoneContext";
import { noNotes, turn, World } from "../../testing/fakes";
import { PhoneView } from "../PhoneView";
import { added, bodyOf, type Forwardings, rings, sooner, without } from "./forwardings";

const NOTHING: Forwardings = {
  ...{ always: null, follow_me: [], follow_me_on: false, no_answer: [], no_answer_voicemail: false },
  ...{ busy: [], busy_voicemail: false, confirm_outside: true, do_not_disturb: false, hide_number: false },
};
const BRUNO = { kind: "user", id: "b", name: "Bruno", company: "", email: "", extension: "202", numbers: [], presence: "available" };
const TO_BRUNO = { destination: { kind: "extension", target: "b" }, seconds: 20 };
const TO_MOBILE = { destination: { kind: "number", target: "+32471000000" }, seconds: 35 };

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", ns: ["phone"], resources: { en: { phone: en } }, interpolation: { escapeValue: false } });
});

afterEach(() => {
  cleanup();
  sessionStorage.clear();
  vi.restoreAllMocks();
});

interface Server {
  set: Forwardings;
  voicemail: boolean;
  sent: Forwardings[];
  refuse: ApiError | null;
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 4; i += 1) await act(() => new Promise((done) => setTimeout(done, 5)));
  await act(turn);
};

/** The phone's first screen, or its forwardings. */
async function phone(set: Partial<Forwardings> = {}, open = true, voicemail = true): Promise<Server> {
  const server: Server = { set: { ...NOTHING, ...set }, voicemail, sent: [], refuse: null };
  const world = await World.ready();
  const api = new ApiClient();
  vi.spyOn(api, "request").mockImplementation((path, options) => {
    if (path.startsWith("/api/phone/people")) return Promise.resolve([BRUNO] as never);
    if (path === "/api/phone/number") {
      const { text } = options?.body as { text: string };
      const kind = text.startsWith("+") ? "number" : "extension";
      return Promise.resolve({ kind, dial: text, shown: text, name: null, country: null, error_id: null, message: null } as never);
    }
    if (path !== "/api/phone/forwardings") return new Promise(() => undefined);
    if (options?.method === "PUT") {
      server.sent.push(options.body as Forwardings);
      if (server.refuse) return Promise.reject(server.refuse);
      server.set = options.body as Forwardings;
    }
    return Promise.resolve({ ...server.set, user: "u", voicemail: server.voicemail } as never);
  });
  const audio = { level: () => null, unlock: () => undefined } as unknown as Phone["audio"];
  const info = { user: { id: "u", extension: "201", name: "Anna" }, country: "BE", language: "en", echo: "*43", sip: { path: "/sip", domain: "pbx" } };
  const shell: PhoneShell = {
    ...{ phone: { info, engine: world.engine, audio, media: {} as Phone["media"], settings: {} as Phone["settings"], after: noNotes(), api }, missing: null, open: true },
    ...{ setOpen: () => undefined, call: () => undefined, openPage: () => undefined, prefill: "", reload: () => undefined, signIn: null, signOut: null },
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
  if (open) {
    fireEvent.click(screen.getByTitle("Status and settings"));
    fireEvent.click(screen.getByRole("menuitem", { name: "Forwarding" }));
    await settle();
  }
  return server;
}

const group = (name: string) => within(screen.getByRole("group", { name }));
const press = async (button: HTMLElement): Promise<void> => {
  fireEvent.click(button);
  await settle();
};

describe("lists", () => {
  it("b3_04: destinations are added with twenty seconds, moved up, given other seconds, removed", () => {
    const one = added([], TO_BRUNO.destination);
    expect(one).toEqual([TO_BRUNO]);
    const two = [...one, TO_MOBILE];
    expect(sooner(two, 1)).toEqual([TO_MOBILE, TO_BRUNO]);
    expect(sooner(two, 0)).toBe(two);
    expect(rings(two, 0, 60)[0]?.seconds).toBe(60);
    expect(without(two, 0)).toEqual([TO_MOBILE]);
  });

  it("b3_07: Follow Me without anybody to ring is sent as off", () => {
    expect(bodyOf({ ...NOTHING, follow_me_on: true }).follow_me_on).toBe(false);
    expect(bodyOf({ ...NOTHING, follow_me_on: true, follow_me: [TO_BRUNO] }).follow_me_on).toBe(true);
  });

  it("what the server tells besides is not sent back: it would be refused", () => {
    expect(Object.keys(bodyOf({ ...NOTHING, user: "u", voicemail: true } as Forwardings)).sort()).toEqual(Object.keys(NOTHING).sort());
  });
});

describe("forwardings in the phone", () => {
  it("b3_04: a colleague found by his name is added to one list, and the other stays as it was", async () => {
    const server = await phone({ busy: [TO_MOBILE] });
    await press(group("When you do not answer").getByText("Add a destination"));
    fireEvent.change(screen.getByRole("combobox"), { target: { value: "bru" } });
    for (let tries = 0; tries < 100 && screen.getByRole<HTMLInputElement>("combobox").value === "bru"; tries += 1) {
      await settle();
      fireEvent.keyDown(screen.getByRole("combobox"), { key: "Enter" });
    }
    await press(screen.getByRole("button", { name: "Add" }));
    expect(server.sent).toEqual([{ ...NOTHING, busy: [TO_MOBILE], no_answer: [TO_BRUNO] }]);
    expect(group("When you do not answer").getByText("Bruno (202)")).toBeTruthy();
  });

  it("b3_04: a number outside is added as it is dialled", async () => {
    const server = await phone();
    await press(group("When you are busy").getByText("Add a destination"));
    fireEvent.change(screen.getByRole("combobox"), { target: { value: "+32471000000" } });
    await press(screen.getByRole("button", { name: "Add" }));
    expect(server.sent.at(-1)?.busy).toEqual([{ destination: TO_MOBILE.destination, seconds: 20 }]);
  });

  it("an extension that is nobody's is no destination", async () => {
    const server = await phone();
    await press(group("When you are busy").getByText("Add a destination"));
    fireEvent.change(screen.getByRole("combobox"), { target: { value: "8002" } });
    await settle();
    fireEvent.submit(screen.getByRole("combobox"));
    await settle();
    expect(screen.getByText("Choose a colleague, a contact or a number outside.")).toBeTruthy();
    expect(server.sent).toEqual([]);
  });

  it("b3_04: the seconds are sent once, when the slider stands still", async () => {
    const server = await phone({ no_answer: [TO_BRUNO] });
    const slider = screen.getByRole("slider", { name: "How long Bruno (202) rings" });
    for (const value of ["25", "40", "60"]) fireEvent.change(slider, { target: { value } });
    expect(screen.getByText("Rings for 60 seconds")).toBeTruthy();
    for (let tries = 0; tries < 100 && server.sent.length === 0; tries += 1) await settle();
    expect(server.sent.map((body) => body.no_answer[0]?.seconds)).toEqual([60]);
  });

  it("b3_05: voicemail as a last resort, for no answer and busy apart; only with a mailbox", async () => {
    const server = await phone();
    await press(group("When you do not answer").getByRole("switch", { name: "Send to voicemail as a last resort" }));
    expect(server.sent.at(-1)).toEqual({ ...NOTHING, no_answer_voicemail: true });
    cleanup();
    await phone({}, true, false);
    expect(group("When you are busy").getByRole<HTMLInputElement>("switch", { name: /last resort/ }).disabled).toBe(true);
  });

  it("b3_07: Follow Me can be switched on only when somebody would ring", async () => {
    await phone();
    expect(screen.getByRole<HTMLInputElement>("switch", { name: /^Follow Me/ }).disabled).toBe(true);
    cleanup();
    const server = await phone({ follow_me: [TO_MOBILE] });
    await press(screen.getByRole("switch", { name: /^Follow Me/ }));
    expect(server.sent.at(-1)?.follow_me_on).toBe(true);
    expect(screen.getAllByText("Not used while Follow Me is on.")).toHaveLength(2);
  });

  it("a refusal is said, and what is shown is what is in force", async () => {
    const server = await phone({ no_answer: [TO_BRUNO] });
    server.refuse = new ApiError(422, "invalid", "", null, [{ path: "busy/0", error_id: "destination-loop", message: "" }]);
    await press(screen.getByRole("switch", { name: /^Require key press/ }));
    expect(screen.getByText("The call would come back to you.")).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>("switch", { name: /^Require key press/ }).checked).toBe(true);
  });
});

describe("the first screen", () => {
  it("do not disturb is one switch, and says that it is on", async () => {
    const server = await phone({}, false);
    await press(screen.getByRole("switch", { name: "Do not disturb" }));
    expect(server.sent).toEqual([{ ...NOTHING, do_not_disturb: true }]);
    expect(screen.getByRole("switch", { name: "Do not disturb" }).getAttribute("aria-checked")).toBe("true");
    await press(screen.getByRole("button", { name: "Switch off" }));
    expect(server.set.do_not_disturb).toBe(false);
  });

  it("who forwards all his calls sees where they go, and can change it", async () => {
    await phone({ always: TO_BRUNO.destination }, false);
    expect(screen.getByText("All calls go to Bruno (202)")).toBeTruthy();
    await press(screen.getByRole("button", { name: "Change" }));
    expect(group("Always").getByText("Bruno (202)")).toBeTruthy();
  });
});
