import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { pick, sent, serve, settle, show, speakEnglish } from "../outside/testing/page";
import Account from "./Account";

const ANNA = { id: "user-201", extension: "201", name: "Anna", language: null, time_zone: null };
const PLACE = "Time zone";

beforeAll(speakEnglish);
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe("test_s2_11 the zone of one's days", () => {
  it("is the system's until one is chosen", async () => {
    serve({});
    show(Account, "/account", { user: ANNA, time_zone: "Europe/Brussels" });
    await settle();
    expect(screen.getByLabelText<HTMLInputElement>(PLACE, { selector: "input" }).value).toBe("As the system");
    await pick(PLACE, "America/New_York");
    expect(sent).toEqual([{ method: "PATCH", path: "/api/account", body: { time_zone: "America/New_York" }, version: undefined }]);
  }, 20_000);

  it("is the system's again", async () => {
    serve({});
    show(Account, "/account", { user: { ...ANNA, time_zone: "America/New_York" } });
    await settle();
    await pick(PLACE, "As the system");
    expect(sent[0]?.body).toEqual({ time_zone: null });
  }, 20_000);

  it("is not asked of who has no extension: nobody calls for him", async () => {
    serve({});
    show(Account, "/account");
    await settle();
    expect(screen.queryByLabelText(PLACE)).toBeNull();
  }, 20_000);
});
