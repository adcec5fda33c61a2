import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { useState } from "react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { ApiClient } from "../../../api/client";
import en from "../../../locales/en/phone.json";
import type { Person } from "../../data";
import type { Phone, PhoneShell } from "../../PhoneContext";
import { PhoneShellContext } from "../../PhoneContext";
import { noNotes, turn, World } from "../../testing/fakes";
import { PhoneEffects } from "../effects";
import { PhoneView } from "../PhoneView";

const person = (fields: Partial<Person>): Person => ({ kind: "user", id: "", name: "", company: null, email: null, extension: null, numbers: [], presence: null, ...fields });
const PEOPLE = [
  person({ id: "u", name: "Anna", extension: "201" }),
  person({ id: "b", name: "Bruno", extension: "202", presence: "available" }),
  person({ kind: "contact", id: "k", name: "Kim", numbers: [{ label: "", e164: "+3222903490", shown: "+32 2 290 34 90" }] }),
];

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", ns: ["phone"], resources: { en: { phone: en } }, interpolation: { escapeValue: false } });
});

afterEach(() => {
  cleanup();
  sessionStorage.clear();
  asked.clear();
  vi.restoreAllMocks();
});

function Shell({ phone }: { phone: Phone }) {
  const [moving, setMoving] = useState<string | null>(phone.engine.state.calls.at(-1)?.id ?? null);
  const shell: PhoneShell = {
    ...{ phone, missing: null, open: true, setOpen: () => undefined, call: () => undefined, openPage: () => undefined, prefill: "" },
    ...{ reload: () => undefined, signIn: null, signOut: null, moving, setMoving },
  };
  return (
    <PhoneShellContext value={shell}>
      <PhoneEffects />
      <PhoneView />
    </PhoneShellContext>
  );
}

/** What the server was asked. */
const asked = new Set<string>();

/** A phone in a call with 203, whose transfer is being chosen. */
async function choosing(): Promise<World> {
  const world = await World.ready((one) => {
    one.numbers["12"] = { kind: "refused", dial: null, error_id: "needs-country-code", message: "The number needs + and the country code." };
  });
  const api = new ApiClient();
  vi.spyOn(api, "request").mockImplementation((path, options) => {
    if (path.startsWith("/api/phone/people?q=")) {
      asked.add(path);
      const wanted = decodeURIComponent(path.split("q=")[1]?.split("&")[0] ?? "").toLowerCase();
      return Promise.resolve(PEOPLE.filter((one) => `${one.name} ${one.extension}`.toLowerCase().includes(wanted)) as never);
    }
    if (path !== "/api/phone/number") return new Promise(() => undefined);
    const { text } = options?.body as { text: string };
    asked.add(text);
    const known = { kind: "number", dial: text, shown: text, name: null, country: "Belgium", error_id: null, message: null };
    return Promise.resolve({ ...known, ...world.numbers[text] } as never);
  });
  const audio = { level: () => null, unlock: () => undefined } as unknown as Phone["audio"];
  const info = { user: { id: "u", extension: "201", name: "Anna" }, country: "BE", language: "en", echo: "*43", sip: { path: "/sip", domain: "pbx" } };
  const phone: Phone = { info, engine: world.engine, audio, media: {} as Phone["media"], settings: {} as Phone["settings"], after: noNotes(), api };
  await world.talk("203");
  render(
    <I18nextProvider i18n={i18next}>
      <MantineProvider>
        <QueryClientProvider client={new QueryClient()}>
          <Shell phone={phone} />
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>,
  );
  for (let tries = 0; tries < 200 && screen.queryAllByRole("option").length === 0; tries += 1) await settle();
  return world;
}

const settle = async (): Promise<void> => {
  await act(() => new Promise((done) => setTimeout(done, 0)));
  await act(turn);
};
const field = (): HTMLInputElement => screen.getByRole<HTMLInputElement>("combobox");
const type = async (text: string): Promise<void> => {
  fireEvent.change(field(), { target: { value: text } });
  const wanted = /^[+\d]/.test(text) ? text : `/api/phone/people?q=${text}&limit=200`;
  for (let tries = 0; tries < 200 && !asked.has(wanted); tries += 1) await act(() => new Promise((done) => setTimeout(done, 10)));
  await settle();
};
const names = (): string[] => screen.queryAllByRole("option").map((one) => one.querySelector("strong")?.textContent ?? "");
const press = async (name: string): Promise<void> => {
  fireEvent.click(screen.getByRole("button", { name }));
  await settle();
};

describe("moving a call", () => {
  it("s2_15: colleagues with their extension and presence stand there at once, oneself does not", async () => {
    await choosing();
    expect(names()).toEqual(["Bruno", "Kim"]);
    expect(screen.getAllByRole("option")[0]?.textContent).toContain("202 · Available");
    expect(screen.getByRole("button", { name: "Hang up" })).toBeTruthy();
  });

  it("f_06: by keyboard alone: a name, Enter takes the first, Enter transfers", async () => {
    const world = await choosing();
    await type("kim");
    fireEvent.keyDown(field(), { key: "Enter" });
    expect(field().value).toBe("Kim (+32 2 290 34 90)");
    fireEvent.submit(field());
    await settle();
    expect(world.transfers).toEqual(["transfer dialog-call-1 +3222903490"]);
    expect(screen.getAllByText("Transferred to Kim").length).toBeGreaterThan(0);
  });

  it("an extension and Enter, faster than the list follows, goes to that extension and to nobody in the list", async () => {
    const world = await choosing();
    fireEvent.change(field(), { target: { value: "206" } });
    expect(names()).not.toEqual([]);
    expect(fireEvent.keyDown(field(), { key: "Enter" })).toBe(true);
    expect(field().value).toBe("206");
    fireEvent.submit(field());
    await settle();
    expect(world.transfers).toEqual(["transfer dialog-call-1 206"]);
  });

  it("a name and Enter, faster than the list follows, takes nobody", async () => {
    const world = await choosing();
    fireEvent.change(field(), { target: { value: "kim" } });
    fireEvent.keyDown(field(), { key: "Enter" });
    expect(field().value).toBe("kim");
    expect(world.transfers).toEqual([]);
  });

  it("arrow keys move through those who match, and the screen reader is told which", async () => {
    await choosing();
    fireEvent.keyDown(field(), { key: "ArrowDown" });
    fireEvent.keyDown(field(), { key: "ArrowDown" });
    const [, second] = screen.getAllByRole("option");
    expect(second?.getAttribute("aria-selected")).toBe("true");
    expect(field().getAttribute("aria-activedescendant")).toBe(second?.id);
  });

  it("g_10: a number without its country code is refused with the rule and goes nowhere", async () => {
    const world = await choosing();
    await type("12");
    fireEvent.submit(field());
    await settle();
    expect(screen.getByText("The number needs + and the country code.")).toBeTruthy();
    expect(world.transfers).toEqual([]);
  });

  it("s2_17: a full number typed and Transfer pressed", async () => {
    const world = await choosing();
    await type("+32471000000");
    await press("Transfer");
    expect(world.transfers).toEqual(["transfer dialog-call-1 +32471000000"]);
  });

  it("d2_07: Park leads the call to a free orbit", async () => {
    const world = await choosing();
    await press("Park");
    expect(world.transfers).toEqual(["transfer dialog-call-1 *85"]);
  });

  it("s2_16: for a name that nobody has, one is told whom to ask", async () => {
    await choosing();
    await type("zoe");
    expect(names()).toEqual([]);
    expect(screen.getByText(/Ask your administrator/)).toBeTruthy();
  });

  it("c3_05: asking first, completing; the words say where the two are", async () => {
    const world = await choosing();
    await type("bruno");
    fireEvent.click(screen.getByRole("option"));
    await press("Ask first");
    expect(screen.getByText("Calling Bruno about 203 …")).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Complete" }).disabled).toBe(true);
    act(() => {
      world.tellSip({ type: "sent", id: "call-2", dialog: "dialog-call-2" });
      world.tellSip({ type: "answered", id: "call-2" });
    });
    expect(screen.getByText("You speak to Bruno. 203 is on hold.")).toBeTruthy();
    await press("Complete");
    expect(world.transfers).toEqual(["complete dialog-call-1 dialog-call-2"]);
  });

  it("s2_14: T opens the field in an answered call only, and not while it is typed into", async () => {
    const world = await choosing();
    await press("Back");
    expect(screen.queryByRole("combobox")).toBeNull();
    fireEvent.keyDown(document.body, { key: "t" });
    expect(field()).toBeTruthy();
    fireEvent.keyDown(field(), { key: "t" });
    await press("Hang up");
    await world.engine.call("204");
    await settle();
    fireEvent.keyDown(document.body, { key: "t" });
    expect(screen.queryByRole("combobox")).toBeNull();
    expect(screen.getByRole("button", { name: "Transfer" }).getAttribute("aria-disabled")).toBe("true");
  });

  it("s2_15: the left-right arrow of an answered call opens the field", async () => {
    await choosing();
    await press("Back");
    await press("Transfer");
    expect(field()).toBeTruthy();
  });

  it("c3_05: who does not answer gives the call back, and it is said", async () => {
    const world = await choosing();
    await type("bruno");
    fireEvent.click(screen.getByRole("option"));
    await press("Ask first");
    act(() => world.tellSip({ type: "ended", id: "call-2", by: "them", status: 408, sentence: null, elsewhere: false }));
    expect(screen.getAllByText("Bruno does not answer. The call is back.").length).toBeGreaterThan(0);
  });
});
