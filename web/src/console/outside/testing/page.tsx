/** A page of the world outside, with answers of a server that is not there; for tests. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, configure, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { type ComponentType } from "react";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { vi } from "vitest";
import type { RequestOptions } from "../../../api/client";
import common from "../../../locales/en/common.json";
import conference from "../../../locales/en/conference.json";
import consoleWords from "../../../locales/en/console.json";
import outside from "../../../locales/en/outside.json";
import phone from "../../../locales/en/phone.json";
import records from "../../../locales/en/records.json";
import { api, SessionProvider } from "../../session";
import type { Session } from "../../types";

// Big forms, on machines that do other things too.
configure({ asyncUtilTimeout: 5_000 });
vi.setConfig({ testTimeout: 30_000 });

export const words = { common, conference, console: consoleWords, outside, phone, records };

export async function speakEnglish(): Promise<void> {
  const ns = Object.keys(words);
  await i18next
    .use(initReactI18next)
    .init({ lng: "en", ns, resources: { en: words }, interpolation: { escapeValue: false } });
}

const SESSION: Session = {
  name: "admin",
  role: "administrator",
  rights: ["users", "conferences", "numbers", "trunks", "settings", "apply", "system"],
  user: null,
  language: null,
  time_zone: "UTC",
  csrf: "",
  expires_at: 0,
  totp: false,
  must_change_password: false,
  setup_needed: false,
};

export const ANNA = { id: "anna", extension: "201", name: "Anna", pending: false, version: "u1" };
export const BOARD = { id: "board", extension: "8002", name: "Board", pending: false, version: "c1" };

export interface Sent {
  method: string;
  path: string;
  body: unknown;
  version: string | undefined;
}

/** What the page sent but GET. */
export const sent: Sent[] = [];

/**
 * @param lists answers of GET by path; others are empty lists, but the conference server, which is not there
 * @param answer what becomes of anything else; an error is thrown
 */
export function serve(lists: Record<string, unknown>, answer: (sent: Sent) => unknown = () => ({})): void {
  sent.length = 0;
  sessionStorage.clear();
  vi.spyOn(api, "request").mockImplementation((path: string, options: RequestOptions = {}) => {
    const { method = "GET", body, version } = options;
    if (method === "GET") return Promise.resolve((lists[path] ?? (path === "/api/conference-server" ? null : [])) as never);
    const one = { method, path, body, version };
    sent.push(one);
    const given = answer(one);
    return given instanceof Error ? Promise.reject(given) : Promise.resolve(given as never);
  });
}

export function show(Page: ComponentType, address = "/", session: Partial<Session> = {}): void {
  window.history.replaceState(null, "", address);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <I18nextProvider i18n={i18next}>
      <MantineProvider env="test">
        <QueryClientProvider client={client}>
          <SessionProvider session={{ ...SESSION, ...session }}>
            <Page />
          </SessionProvider>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>,
  );
}

export const settle = () => act(() => new Promise((done) => setTimeout(done)));

export async function click(name: string): Promise<void> {
  fireEvent.click(await screen.findByRole("button", { name }));
  await settle();
}

/** The label of the first field of the open sheet. */
export function firstLabel(): string {
  return document.querySelector("form label")?.textContent ?? "";
}

export function choose(label: string, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

/** Choose in a list that opens, by its first letters. */
export async function pick(label: string, option: string): Promise<void> {
  const field = screen.getByRole("combobox", { name: label });
  fireEvent.click(field);
  fireEvent.change(field, { target: { value: option.slice(0, 4) } });
  fireEvent.click(await screen.findByRole("option", { name: option, hidden: true }));
  await settle();
}
