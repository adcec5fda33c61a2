import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import { forwardingBody, forwardingValues } from "../outside/forwardingValues";
import { choose, click, pick, sent, serve, settle, show, speakEnglish } from "../outside/testing/page";
import type { ForwardingsOf } from "../outside/types";
import type { User } from "../types";
import Users from "./Users";

const ANNA: User = {
  id: "anna",
  extension: "201",
  name: "Anna",
  email: null,
  language: null,
  call_waiting: true,
  ring_seconds: null,
  voicemail: false,
  mobile: null,
  outgoing_number: null,
  rights: { national: true, mobile: true, countries: [], premium: false },
  concurrent_outside: null,
  calls_per_hour: null,
  calls_per_day: null,
  minutes_per_hour: null,
  minutes_per_day: null,
  pending: true,
  role: null,
  login: null,
  extra_rights: [],
  version: "u1",
};
const BRUNO = { ...ANNA, id: "bruno", extension: "202", name: "Bruno" };
const NOTHING: ForwardingsOf = {
  user: "anna",
  voicemail: true,
  always: null,
  follow_me: [],
  follow_me_on: false,
  no_answer: [],
  no_answer_voicemail: false,
  busy: [],
  busy_voicemail: false,
  confirm_outside: true,
  do_not_disturb: false,
  hide_number: false,
};
const NUMBER = { id: "n1", shown: "+32 2 290 34 90" };
const LISTS = {
  "/api/users": [ANNA, BRUNO],
  "/api/numbers": [NUMBER],
  "/api/users/anna/forwardings": NOTHING,
};

beforeAll(speakEnglish);
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

async function tab(name: string): Promise<void> {
  fireEvent.click(await screen.findByRole("tab", { name }));
  await settle();
}

describe("the list of users", () => {
  it("test_b3_01 has number, name, voicemail and outgoing number", async () => {
    serve({ ...LISTS, "/api/users": [ANNA, { ...BRUNO, voicemail: true, outgoing_number: "n1", email: "bruno@company.example" }] });
    show(Users);
    const cells = async (name: string) => {
      const row = (await screen.findByRole("link", { name })).closest("tr") as HTMLElement;
      return within(row).getAllByRole("cell").map((cell) => cell.textContent);
    };
    await screen.findByText(NUMBER.shown);
    expect((await cells("Anna")).slice(2, 4)).toEqual(["No", "Default"]);
    expect((await cells("Bruno")).slice(2, 4)).toEqual(["Yes", NUMBER.shown]);
    expect(screen.getByRole("link", { name: "bruno@company.example" })).toBeTruthy();
  });
});

describe("a user", () => {
  it("test_b3_02 has voicemail, a mobile number and an outgoing number", async () => {
    serve(LISTS, () => ({ user: ANNA, pending: { changed_entries: 1 }, secret: null }));
    show(Users, "/?edit=anna");
    choose((await screen.findByLabelText("Voicemail")) && "Voicemail", "yes");
    fireEvent.change(screen.getByLabelText("Mobile number"), { target: { value: "0032 470 12 34 56" } });
    await screen.findByRole("option", { name: NUMBER.shown });
    choose("Outgoing number", "n1");
    await click("Save");
    expect(sent[0]).toEqual({
      method: "PATCH",
      path: "/api/users/anna",
      body: { voicemail: true, mobile: "+32470123456", outgoing_number: "n1" },
      version: "u1",
    });
  });

  it("test_s2_16 shows its VoIP user name to who may edit users", async () => {
    serve(LISTS);
    show(Users, "/?edit=anna");
    const field = await screen.findByText("VoIP username / Extension number");
    expect(field.closest("div")?.parentElement?.textContent).toContain("201");
  });

  it("may call abroad once it is granted, within limits", async () => {
    serve(LISTS, () => ({ user: ANNA, pending: { changed_entries: 1 }, secret: null }));
    show(Users, "/?edit=anna");
    await tab("Rights and limits");
    await pick("Countries abroad", "Belgium");
    fireEvent.change(screen.getByLabelText("Calls a day"), { target: { value: "20" } });
    await click("Save");
    expect(sent[0]?.body).toEqual({
      rights: { national: true, mobile: true, countries: ["BE"], premium: false },
      calls_per_day: 20,
    });
  });

  it("goes to the tab of the field that was refused", async () => {
    const problem = { path: "users/anna/calls_per_day", error_id: "out-of-range", message: "Too many." };
    serve(LISTS, () => new ApiError(422, "out-of-range", "", null, [problem]));
    show(Users, "/?edit=anna");
    await tab("Rights and limits");
    fireEvent.change(screen.getByLabelText("Calls a day"), { target: { value: "0" } });
    await tab("General");
    await click("Save");
    expect(screen.getByRole("tab", { name: "Rights and limits" }).getAttribute("aria-selected")).toBe("true");
    expect(screen.getByLabelText("Calls a day").getAttribute("aria-invalid")).toBe("true");
  });
});

describe("test_b3_04 forwardings", () => {
  const part = (name: string) => within(screen.getByRole("region", { name }));

  it("on no answer and on busy are apart, tried in order, each with its seconds", async () => {
    serve(LISTS, (one) => ({ ...NOTHING, ...(one.body as object) }));
    show(Users, "/?edit=anna&tab=forwardings");
    await screen.findByRole("region", { name: "Forwarding on no answer" });
    const noAnswer = part("Forwarding on no answer");
    fireEvent.click(noAnswer.getByRole("button", { name: "Add a destination" }));
    await settle();
    await pick("Extension", "202 Bruno");
    fireEvent.keyDown(noAnswer.getByRole("slider"), { key: "ArrowLeft" });
    fireEvent.click(noAnswer.getByRole("button", { name: "Add a destination" }));
    await settle();
    fireEvent.change(noAnswer.getAllByLabelText("Where to")[1]!, { target: { value: "number" } });
    fireEvent.change(noAnswer.getByLabelText("Phone number"), { target: { value: "+32 470 12 34 56" } });
    fireEvent.click(noAnswer.getByRole("button", { name: "Move destination 2 up" }));
    fireEvent.click(part("Forwarding on busy").getByRole("checkbox", { name: /Send to voicemail as a last resort/ }));
    await click("Save");
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: "PUT",
      path: "/api/users/anna/forwardings",
      body: {
        always: null,
        no_answer: [
          { destination: { kind: "number", target: "+32 470 12 34 56" }, seconds: 20 },
          { destination: { kind: "extension", target: "bruno" }, seconds: 15 },
        ],
        no_answer_voicemail: false,
        busy: [],
        busy_voicemail: true,
      },
    });
  });

  it("test_b3_07 do not apply while Follow Me is on", async () => {
    serve(LISTS);
    show(Users, "/?edit=anna&tab=forwardings");
    const off = "Follow Me is on: this does not apply.";
    const follow = await screen.findByRole("switch", { name: /Use Follow Me/ });
    expect(screen.queryByText(off)).toBeNull();
    fireEvent.click(follow);
    expect(screen.getAllByText(off)).toHaveLength(2);
    expect(part("Follow Me").getByRole("button", { name: "Add a destination" })).toBeTruthy();
  });

  it("a refusal of one destination stands at its list", async () => {
    const problem = { path: "no_answer/0/destination", error_id: "destination-loop", message: "" };
    serve(LISTS, () => new ApiError(422, "destination-loop", "", null, [problem]));
    show(Users, "/?edit=anna&tab=forwardings");
    await screen.findByRole("region", { name: "Forwarding on no answer" });
    await click("Save");
    expect(part("Forwarding on no answer").getByRole("alert").textContent).toContain("come back");
  });

  it("without a mailbox, voicemail is no last resort", async () => {
    serve({ ...LISTS, "/api/users/anna/forwardings": { ...NOTHING, voicemail: false } });
    show(Users, "/?edit=anna&tab=forwardings");
    await screen.findByRole("region", { name: "Forwarding on busy" });
    for (const box of screen.getAllByRole<HTMLInputElement>("checkbox", { name: /last resort/ })) expect(box.disabled).toBe(true);
  });

  it("come back as they were", () => {
    const now = {
      ...NOTHING,
      always: { kind: "number", target: "+3222903490" },
      follow_me: [{ destination: { kind: "extension", target: "bruno" }, seconds: 30 }],
    };
    // Whose they are, and whether there is a mailbox, is only told.
    expect({ ...forwardingBody(forwardingValues(now)), user: "anna", voicemail: true }).toEqual(now);
  });
});
