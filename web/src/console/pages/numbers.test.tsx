import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import { ANNA, BOARD, choose, click, firstLabel, pick, sent, serve, show, speakEnglish, words } from "../outside/testing/page";
import Numbers from "./Numbers";

const NUMBER = {
  id: "n1",
  e164: "+3222903490",
  shown: "+32 2 290 34 90",
  label: "Main",
  trunk: null,
  destination: { kind: "conference", target: "board" },
  schedule: [],
  otherwise: null,
  language: null,
  pending: true,
  version: "v1",
};
const LISTS = {
  "/api/numbers": [NUMBER],
  "/api/users": [ANNA],
  "/api/conferences": [BOARD],
  "/api/conference-server": { extension: "8000", version: "s", pending: false },
};

beforeAll(speakEnglish);
beforeEach(() => serve(LISTS, () => ({ number: NUMBER, pending: { changed_entries: 1 } })));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const TYPE = "Destination type for voice call";

describe("test_s1_12 incoming numbers", () => {
  it("tells number, destination and that it is not applied; Edit stands at the far right", async () => {
    show(Numbers);
    const row = (await screen.findByText("+32 2 290 34 90")).closest("tr")!;
    expect(await within(row).findByText("Conference: 8002 Board")).toBeTruthy();
    expect(within(row).getByText("Not applied yet")).toBeTruthy();
    const buttons = within(row).getAllByRole("button");
    expect(buttons.at(-1)?.textContent).toBe("Edit");
  });

  it("test_b2_02 begins with the type, which reveals what it needs", async () => {
    serve({ ...LISTS, "/api/numbers": [{ ...NUMBER, destination: { kind: "not-configured", target: "" } }] }, () => ({
      number: NUMBER,
      pending: { changed_entries: 1 },
    }));
    show(Numbers);
    await click("Edit +32 2 290 34 90");
    expect(firstLabel()).toBe(TYPE);
    const options = within(screen.getByLabelText(TYPE)).getAllByRole("option").map((option) => option.textContent);
    expect(options).toEqual([
      "Not configured",
      "Extension",
      "Conference",
      "Conference server",
      "Ring group",
      "Voicemail",
      "Hang up",
    ]);
    expect(screen.queryByRole("combobox", { name: "Conference" })).toBeNull();
    choose(TYPE, "conference");
    await pick("Conference", "8002 Board");
    await click("Save");
    expect(sent).toEqual([
      { method: "PATCH", path: "/api/numbers/n1", body: { destination: { kind: "conference", target: "board" } }, version: "v1" },
    ]);
    expect(screen.queryByLabelText(TYPE)).toBeNull();
  });

  it("has hours, and another destination at other times", async () => {
    show(Numbers, "/?edit=n1");
    await screen.findByLabelText(TYPE);
    expect(screen.queryByLabelText("Destination at other times")).toBeNull();
    await click("Add hours");
    fireEvent.click(screen.getByRole("checkbox", { name: "Fri" }));
    choose("Destination at other times", "extension");
    await pick("Extension", "201 Anna");
    await click("Save");
    expect(sent[0]?.body).toEqual({
      schedule: [{ days: [0, 1, 2, 3], begins: "08:00", ends: "18:00" }],
      otherwise: { kind: "extension", target: "anna" },
    });
  });

  it("what is refused stands beside its field", async () => {
    serve(LISTS, () => new ApiError(422, "number-taken", "", null, [{ path: "numbers/x/e164", error_id: "number-taken", message: "It is there." }]));
    show(Numbers, "/?add=1");
    fireEvent.change(await screen.findByLabelText("Number"), { target: { value: "02 290 34 90" } });
    await click("Save");
    expect(sent[0]).toMatchObject({ method: "POST", path: "/api/numbers", body: { e164: "02 290 34 90" } });
    expect(screen.getByLabelText("Number").getAttribute("aria-invalid")).toBe("true");
  });

  it("says what keeps one from being deleted", async () => {
    serve(LISTS, () => new ApiError(409, "in-use", "", null, [], { blocked_by: [{ kind: "settings", id: "settings", name: "x" }] }));
    show(Numbers);
    await click("Delete +32 2 290 34 90");
    await click("Delete");
    expect(sent[0]).toMatchObject({ method: "DELETE", version: "v1" });
    const link = await screen.findByRole("link", { name: words.conference.blocked.kind.settings });
    expect(link.getAttribute("href")).toBe("/system?edit=outside");
  });

  it("says what to do when there are none", async () => {
    serve({ ...LISTS, "/api/numbers": [] });
    show(Numbers);
    expect(await screen.findByText(words.outside.numbers.empty)).toBeTruthy();
    await click("Add a number");
    expect(firstLabel()).toBe("Number");
  });
});
