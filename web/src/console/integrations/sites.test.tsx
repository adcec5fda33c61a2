import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { RequestOptions } from "../../api/client";
import common from "../../locales/en/common.json";
import integrations from "../../locales/en/integrations.json";
import { api } from "../session";
import { SitesCard } from "./SitesCard";

const SITE = { id: "site-1", origin: "https://odoo.example.com", enabled: true, created_at: 1, changed_at: 1, used_at: null };

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", ns: ["common", "integrations"], resources: { en: { common, integrations } }, interpolation: { escapeValue: false } });
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

/** The card before a server that has these sites. */
function show(sites: unknown[]): string[] {
  const asked: string[] = [];
  vi.spyOn(api, "request").mockImplementation((path: string, { method = "GET", body }: RequestOptions = {}) => {
    if (method === "GET") return Promise.resolve(sites as never);
    asked.push(`${method} ${path}${body === undefined ? "" : ` ${JSON.stringify(body)}`}`);
    return Promise.resolve({ ...SITE, secret: "sws_shown-once" } as never);
  });
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <SitesCard />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return asked;
}

describe("sites that may show the phone", () => {
  it("are allowed one by one, and the secret is shown once", async () => {
    const asked = show([]);
    fireEvent.click(await screen.findByRole("button", { name: "Allow a site" }));
    fireEvent.change(await screen.findByRole("textbox", { name: /Address of the site/ }), { target: { value: SITE.origin } });
    fireEvent.click(screen.getByRole("button", { name: "Allow it" }));
    expect(await screen.findByText("sws_shown-once")).toBeTruthy();
    expect(asked).toEqual([`POST /api/sites {"origin":"${SITE.origin}"}`]);
    fireEvent.click(screen.getByRole("button", { name: "I have noted it" }));
    await waitFor(() => expect(screen.queryByText("sws_shown-once")).toBeNull());
  });

  it("are switched off, get another secret, are removed after a question", async () => {
    const asked = show([SITE]);
    fireEvent.click(await screen.findByRole("switch", { name: `${SITE.origin} is allowed` }));
    fireEvent.click(screen.getByRole("button", { name: "New secret" }));
    expect(asked).toHaveLength(1);
    const question = await screen.findByRole("alertdialog", { name: `A new secret for ${SITE.origin}?` });
    fireEvent.click(within(question).getByRole("button", { name: "New secret" }));
    expect(await screen.findByText("sws_shown-once")).toBeTruthy();
    expect(asked).toEqual(['PATCH /api/sites/site-1 {"enabled":false}', "POST /api/sites/site-1/secret"]);
  });
});
