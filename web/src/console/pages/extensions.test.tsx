import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { ApiError } from "../../api/client";
import common from "../../locales/en/common.json";
import conference from "../../locales/en/conference.json";
import consoleWords from "../../locales/en/console.json";
import { api } from "../session";
import Extensions from "./Extensions";

const ROW = { extension: "8002", kind: "conference", id: "board", name: "Board", pending: true, version: "v1", blocked_by: [] };
const ANNA = { extension: "201", kind: "user", id: "anna", name: "Anna", pending: true, version: "v1", blocked_by: [] };

beforeAll(async () => {
  const resources = { en: { common, conference, console: consoleWords } };
  await i18next.use(initReactI18next).init({ lng: "en", ns: Object.keys(resources.en), resources, interpolation: { escapeValue: false } });
});

const deleted: string[] = [];
let inside = 0;

beforeEach(() => {
  deleted.length = 0;
  vi.spyOn(api, "request").mockImplementation((path, options) => {
    if (path === "/api/extensions") return Promise.resolve([ANNA, ROW] as never);
    if (options?.method !== "DELETE") return new Promise(() => undefined);
    deleted.push(path);
    if (inside > 0 && !path.includes("inside=")) {
      return Promise.reject(new ApiError(409, "conference-in-use", "They are in it.", "inside", [], { inside }));
    }
    return Promise.resolve({ changed_entries: 1 } as never);
  });
});

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

async function shown(): Promise<void> {
  render(
    <I18nextProvider i18n={i18next}>
      <MantineProvider>
        <QueryClientProvider client={new QueryClient()}>
          <Extensions />
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>,
  );
  await screen.findByText("8002");
}

const click = async (name: string): Promise<void> => {
  fireEvent.click(screen.getByRole("button", { name }));
  await act(() => new Promise((done) => setTimeout(done)));
};

describe("deleting under Extensions", () => {
  it("s3_11: of a conference in use it is asked what becomes of those inside, as under Conferences", async () => {
    inside = 3;
    await shown();
    await click("Delete 8002: Board");
    expect(screen.getByText(conference.delete.dates)).toBeTruthy();
    expect(screen.queryByRole("radio")).toBeNull();
    await click("Delete");
    expect(screen.getByText("3 people are inside. What about them?")).toBeTruthy();
    fireEvent.click(screen.getByRole("radio", { name: conference.delete.end }));
    await click("Delete");
    expect(deleted).toEqual(["/api/extensions/conference/board", "/api/extensions/conference/board?inside=end"]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("a user's deletion asks nothing of the kind", async () => {
    inside = 0;
    await shown();
    await click("Delete 201: Anna");
    expect(screen.queryByText(conference.delete.dates)).toBeNull();
    await click("Delete");
    expect(deleted).toEqual(["/api/extensions/user/anna"]);
  });
});
