import { cleanup, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { click, pick, sent, serve, show, speakEnglish } from "../../outside/testing/page";
import ConferenceServer from "../../pages/ConferenceServer";

// The extension beside the numbers can be called; not here.
vi.mock("../../../phone", () => ({ Callable: ({ number }: { number: string }) => number }));

const number = (id: string, shown: string, kind: string) => ({
  id,
  e164: shown.replaceAll(" ", ""),
  shown,
  label: "",
  destination: { kind, target: "" },
  otherwise: null,
  schedule: [],
  pending: kind === "conference-server",
  version: `v-${id}`,
});
const SERVER = {
  extension: "8000",
  max_rooms: 10,
  max_participants: 10,
  language: null,
  pending: true,
  version: "s1",
  blocked_by: [{ kind: "number", id: "n1", name: "+3222903490" }],
};
const LISTS = {
  "/api/conference-server": SERVER,
  "/api/numbers": [
    number("n1", "+32 2 290 34 90", "conference-server"),
    number("n2", "+32 2 290 34 91", "not-configured"),
    number("n3", "+32 2 290 34 92", "hang-up"),
  ],
};

beforeAll(speakEnglish);
beforeEach(() => serve(LISTS, () => ({ pending: { changed_entries: 1 } })));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe("numbers of the conference server", () => {
  it("test_s3_01 shows its own and maps a free one", async () => {
    show(ConferenceServer);
    const table = await screen.findByRole("table", { name: "Numbers of the conference server" });
    expect(await within(table).findByText("+32 2 290 34 90")).toBeTruthy();
    expect(within(table).getAllByText("Not applied yet")).toHaveLength(1);
    expect(within(table).queryByText("+32 2 290 34 91")).toBeNull();
    await pick("Map a free number", "+32 2 290 34 91");
    expect(screen.queryByRole("option", { name: "+32 2 290 34 92" })).toBeNull();
    await click("Map");
    expect(sent).toEqual([
      {
        method: "PATCH",
        path: "/api/numbers/n2",
        body: { destination: { kind: "conference-server", target: "" } },
        version: "v-n2",
      },
    ]);
  });

  it("test_s3_11 sets one to Not configured, or leads it elsewhere", async () => {
    show(ConferenceServer);
    await click("Set +32 2 290 34 90 to “Not configured”");
    expect(sent[0]).toMatchObject({ path: "/api/numbers/n1", body: { destination: { kind: "not-configured", target: "" } } });
    const link = screen.getByRole("link", { name: "Lead +32 2 290 34 90 elsewhere" });
    expect(link.getAttribute("href")).toBe("/numbers?edit=n1");
  });

  it("test_s3_11 tells what keeps it from being deleted", async () => {
    show(ConferenceServer);
    const how = within(await screen.findByRole("region", { name: "To delete the conference server" }));
    expect(how.getByRole("link", { name: /\+3222903490/ }).getAttribute("href")).toBe("/numbers?edit=n1");
  });
});
