import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import type { Settings } from "../types";
import { OutsideCard } from "./OutsideCard";
import { OutsideForm } from "./OutsideForm";
import { choose, click, pick, sent, serve, show, speakEnglish } from "./testing/page";

const SETTINGS: Settings = {
  name: "Company",
  country: "BE",
  language: "en",
  time_zone: "Europe/Brussels",
  ring_seconds: 30,
  max_call_seconds: 14400,
  recording_days: null,
  first_orbit: "851",
  orbits: 9,
  parked_seconds: 120,
  default_number: "n1",
  outgoing_rules: [],
  rules_override_users: false,
  concurrent_outside: 3,
  calls_per_hour: 60,
  calls_per_day: 300,
  minutes_per_hour: null,
  minutes_per_day: 600,
  night: null,
  night_countries: [],
  new_country_asks: true,
  emergency_callback: null,
  emergency_notice: [],
  pending: true,
  version: "s1",
};
const LISTS = {
  "/api/numbers": [
    { id: "n1", shown: "+32 2 290 34 90" },
    { id: "n2", shown: "+33 1 23 45 67 89" },
  ],
};
const onClose = vi.fn();
const Form = () => <OutsideForm settings={SETTINGS} focusField={null} onClose={onClose} />;

beforeAll(speakEnglish);
beforeEach(() => serve(LISTS, () => ({ pending: { changed_entries: 1 } })));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe("test_b9_03 outgoing numbers", () => {
  it("by destination prefix, leading zeros as a plus, over those of users", async () => {
    show(Form);
    await screen.findAllByRole("option", { name: "+33 1 23 45 67 89" });
    await click("Add a rule");
    fireEvent.change(screen.getByLabelText("Destination prefix"), { target: { value: "0033" } });
    choose("Number to present", "n2");
    fireEvent.click(
      screen.getByRole("checkbox", {
        name: "Apply advanced rules even for users with a default outgoing number configured",
      }),
    );
    await click("Save");
    expect(sent).toEqual([
      {
        method: "PATCH",
        path: "/api/settings",
        body: { outgoing_rules: [{ prefix: "+33", number: "n2" }], rules_override_users: true },
        version: "s1",
      },
    ]);
    expect(onClose).toHaveBeenCalled();
  });

  it("a refusal stands at the rules", async () => {
    const problem = { path: "settings/outgoing_rules", error_id: "prefix-invalid", message: "" };
    serve(LISTS, () => new ApiError(422, "prefix-invalid", "", null, [problem]));
    show(Form);
    await click("Add a rule");
    await click("Save");
    const rules = within(screen.getByRole("group", { name: "Advanced options" }));
    expect(rules.getByRole("alert").textContent).toContain("such as +33");
  });
});

describe("limits, night and emergency calls", () => {
  it("are sent as they were changed", async () => {
    show(Form);
    await screen.findAllByRole("option", { name: "+32 2 290 34 90" });
    fireEvent.change(screen.getByLabelText("Calls a day"), { target: { value: "" } });
    expect(screen.queryByLabelText("Countries at night")).toBeNull();
    await click("Add the night");
    await pick("Countries at night", "France");
    choose("Number that emergency calls show", "n1");
    fireEvent.change(screen.getByLabelText("Who is told of emergency calls"), { target: { value: "a@b.example\n c@d.example\n" } });
    await click("Save");
    expect(sent[0]?.body).toEqual({
      calls_per_day: null,
      night: { days: [0, 1, 2, 3, 4, 5, 6], begins: "20:00", ends: "07:00" },
      night_countries: ["FR"],
      emergency_callback: "n1",
      emergency_notice: ["a@b.example", "c@d.example"],
    });
  });

  it("are told in the system's card, and that they are not applied", async () => {
    const night = { days: [0, 1, 2, 3, 4, 5, 6], begins: "20:00", ends: "07:00" };
    const settings = { ...SETTINGS, night, outgoing_rules: [{ prefix: "+33", number: "n2" }] };
    show(() => <OutsideCard settings={settings} onEdit={() => undefined} />);
    expect(await screen.findByText("+33: +33 1 23 45 67 89")).toBeTruthy();
    for (const text of [
      "+32 2 290 34 90",
      "Calls an hour: 60, Calls a day: 300, Minutes a day: 600",
      "Mon–Sun 20:00–07:00: no calls abroad",
      "Not applied yet",
    ]) {
      expect(screen.getByText(text)).toBeTruthy();
    }
  });
});
