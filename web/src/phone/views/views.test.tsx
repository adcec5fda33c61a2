import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { ApiClient } from "../../api/client";
import en from "../../locales/en/phone.json";
import { CallBar } from "../CallBar";
import type { Phone, PhoneShell } from "../PhoneContext";
import { PhoneShellContext } from "../PhoneContext";
import { noNotes, turn, World } from "../testing/fakes";
import { PhoneEffects } from "./effects";
import { PhoneView } from "./PhoneView";

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", ns: ["phone"], resources: { en: { phone: en } }, interpolation: { escapeValue: false } });
});

afterEach(() => {
  cleanup();
  sessionStorage.clear();
  vi.restoreAllMocks();
});

function phoneOf(world: World): Phone {
  const api = new ApiClient();
  vi.spyOn(api, "request").mockImplementation((path, options) => {
    if (path.startsWith("/api/phone/people")) return Promise.resolve([] as never);
    const known = path === "/api/phone/number" ? world.numbers[(options?.body as { text: string }).text] : undefined;
    return known ? Promise.resolve(known as never) : new Promise(() => undefined);
  });
  const audio = { level: () => null, unlock: () => undefined } as unknown as Phone["audio"];
  const info = { user: { id: "u", extension: "201", name: "Anna" }, country: "BE", language: "en", echo: "*43", sip: { path: "/sip", domain: "pbx" } };
  return { info, engine: world.engine, audio, media: {} as Phone["media"], settings: {} as Phone["settings"], after: noNotes(), api };
}

async function shown(world: World, open = true): Promise<void> {
  const shell: PhoneShell = {
    phone: phoneOf(world),
    missing: null,
    open,
    setOpen: () => undefined,
    moving: null,
    setMoving: () => undefined,
    call: (text) => void world.engine.call(text),
    openPage: () => undefined,
    prefill: "",
    reload: () => undefined,
    signIn: null,
    signOut: null,
  };
  render(
    <I18nextProvider i18n={i18next}>
      <MantineProvider>
        <QueryClientProvider client={new QueryClient()}>
          <PhoneShellContext value={shell}>
            <PhoneEffects />
            {open ? <PhoneView /> : <CallBar />}
          </PhoneShellContext>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>,
  );
  await act(turn);
}

const settle = (): Promise<void> => act(turn);

async function typeAndCall(text: string): Promise<void> {
  const input = screen.getByLabelText("Number to call");
  fireEvent.change(input, { target: { value: text } });
  fireEvent.submit(input);
  await settle();
}

describe("the phone as it is used", () => {
  it("f_01: a second typed number and Enter calls the second number", async () => {
    const world = await World.ready();
    await shown(world);
    await typeAndCall("202");
    fireEvent.click(screen.getByText("Hang up"));
    await settle();
    fireEvent.click(screen.getByText("Close"));
    await settle();
    expect(screen.getByLabelText<HTMLInputElement>("Number to call").value).toBe("");
    await typeAndCall("203");
    expect(world.sip.filter((did) => did.startsWith("call "))).toEqual(["call call-1 202", "call call-2 203"]);
  });

  it("s2_05: redial shows the last number first, then calls it", async () => {
    const world = await World.ready();
    await shown(world);
    await typeAndCall("202");
    fireEvent.click(screen.getByText("Hang up"));
    fireEvent.click(await screen.findByText("Close"));
    await settle();
    fireEvent.submit(screen.getByLabelText("Number to call"));
    expect(screen.getByLabelText<HTMLInputElement>("Number to call").value).toBe("202");
    expect(world.sip.filter((did) => did.startsWith("call "))).toHaveLength(1);
  });

  it("f_01: who looked at the keypad during a call sees the next call when it comes", async () => {
    const world = await World.ready();
    await shown(world);
    await typeAndCall("202");
    act(() => world.tellSip({ type: "answered", id: "call-1" }));
    fireEvent.click(screen.getByText("Add call"));
    await settle();
    expect(screen.getByLabelText("Number to call")).toBeTruthy();
    act(() => world.tellSip({ type: "ended", id: "call-1", by: "them", status: null, sentence: null, elsewhere: false }));
    fireEvent.click(screen.getByText("Close"));
    await settle();
    await typeAndCall("203");
    expect(screen.getByRole("heading").textContent).toBe("203");
  });

  it("d2_07: a number outside is called once without showing ours; the next one shows it again", async () => {
    const world = await World.ready((one) => {
      for (const number of ["+3222903490", "+3222903491"]) one.numbers[number] = { kind: "number", dial: number, shown: number, name: null, country: "Belgium" };
    });
    await shown(world);
    for (const number of ["+3222903490", "+3222903491"]) {
      fireEvent.change(screen.getByLabelText("Number to call"), { target: { value: number } });
      const hide = await screen.findByRole("button", { name: "Hide my number for this call" });
      expect(hide.getAttribute("aria-pressed")).toBe("false");
      if (number.endsWith("0")) {
        fireEvent.click(hide);
        expect(screen.getByText(/Your number is not shown/)).toBeTruthy();
      }
      fireEvent.submit(screen.getByLabelText("Number to call"));
      await settle();
      fireEvent.click(screen.getByText("Hang up"));
      fireEvent.click(await screen.findByText("Close"));
      await settle();
    }
    expect(world.sip.filter((did) => did.startsWith("call "))).toEqual(["call call-1 *67+3222903490", "call call-2 +3222903491"]);
  });

  it("s2_06, s2_08: red is left of green, and green answers", async () => {
    const world = await World.ready();
    await shown(world);
    act(() => world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "202", name: "<b>Bruno</b>" }));
    await settle();
    expect(screen.getByText("<b>Bruno</b>")).toBeTruthy();
    const [first, second] = screen.getAllByRole("button").filter((button) => button.className.includes("swp-round"));
    expect([first?.textContent, second?.textContent]).toEqual(["Reject", "Answer"]);
    fireEvent.click(screen.getByText("Answer"));
    await settle();
    expect(world.sip.at(-1)).toBe("answer in-1");
  });

  it("f_03: a caller without number or name is shown, and does not break the page", async () => {
    const world = await World.ready();
    await shown(world);
    act(() => world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "", name: null }));
    await settle();
    expect(screen.getByRole("heading").textContent).toBe("Withheld number");
  });

  it("s1_14: the computer's keys are sent; M mutes, H holds, Escape never hangs up", async () => {
    const world = await World.ready();
    await shown(world, false);
    const id = await world.talk("8002");
    await settle();
    for (const key of ["4", "3", "#", "m", "h", "Escape"]) fireEvent.keyDown(document.body, { key });
    await settle();
    expect(world.sip.slice(-5)).toEqual([`digits ${id} 4`, `digits ${id} 3`, `digits ${id} #`, `mute ${id} true`, `hold ${id} true`]);
    expect(world.state.calls[0]?.state).toBe("held");
  });

  it("keys typed into a field are not sent into the call", async () => {
    const world = await World.ready();
    await shown(world, false);
    await world.talk("202");
    await settle();
    const field = document.body.appendChild(document.createElement("input"));
    fireEvent.keyDown(field, { key: "5" });
    field.remove();
    expect(world.sip.filter((did) => did.startsWith("digits"))).toEqual([]);
  });

  it("screen readers hear ringing, answered and ended", async () => {
    const world = await World.ready();
    await shown(world);
    const words = (): string | undefined => screen.getAllByRole("status")[0]?.textContent ?? undefined;
    act(() => world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "202", name: "Bruno" }));
    expect(words()).toBe("Bruno is calling");
    fireEvent.click(screen.getByText("Answer"));
    await settle();
    act(() => world.tellSip({ type: "answered", id: "in-1" }));
    expect(words()).toBe("In a call with Bruno");
    act(() => world.tellSip({ type: "ended", id: "in-1", by: "them", status: null, sentence: null, elsewhere: false }));
    expect(words()).toBe("Call with Bruno ended");
  });

  it("s2_07: the title of the tab says who calls, and is as before afterwards", async () => {
    document.title = "Users";
    const world = await World.ready();
    await shown(world);
    act(() => world.tellSip({ type: "incoming", id: "in-1", dialog: "d", number: "202", name: "Bruno" }));
    expect(document.title).toContain("Bruno");
    fireEvent.click(screen.getByText("Reject"));
    await settle();
    expect(document.title).toBe("Users");
  });
});
