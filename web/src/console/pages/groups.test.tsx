import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import { ANNA, choose, click, pick, sent, serve, show, speakEnglish } from "../outside/testing/page";
import Groups from "./Groups";
import RingGroups from "./RingGroups";
import Voicemails from "./Voicemails";

const BRUNO = { ...ANNA, id: "bruno", extension: "202", name: "Bruno" };
const USERS = { "/api/users": [ANNA, BRUNO] };
const PENDING = { changed_entries: 1 };

beforeAll(speakEnglish);
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const type = async (label: string, value: string) =>
  fireEvent.change(await screen.findByLabelText(label), { target: { value } });

describe("test_d2_04 ring groups", () => {
  const SALES = {
    id: "sales",
    extension: "300",
    name: "Sales",
    members: ["bruno", "anna"],
    in_turn: true,
    ring_seconds: 15,
    otherwise: { kind: "voicemail", target: "box" },
    pending: true,
    version: "r1",
  };

  it("are added with members in the order they ring in", async () => {
    serve(USERS, () => ({ ring_group: SALES, pending: PENDING }));
    show(RingGroups, "/?add=1");
    await type("Extension", "300");
    await type("Name", "Sales");
    await pick("Members", "202 Bruno");
    await pick("Members", "201 Anna");
    choose("How they ring", "yes");
    fireEvent.keyDown(screen.getByRole("slider", { name: "How long each rings" }), { key: "ArrowRight" });
    await click("Save");
    expect(sent[0]).toMatchObject({
      method: "POST",
      path: "/api/ring-groups",
      body: {
        extension: "300",
        name: "Sales",
        members: ["bruno", "anna"],
        in_turn: true,
        ring_seconds: 25,
        otherwise: null,
      },
    });
  });

  it("tell who rings, how, and what follows", async () => {
    serve({ ...USERS, "/api/ring-groups": [SALES], "/api/mailboxes": [{ id: "box", name: "Sales box", extension: null }] });
    show(RingGroups);
    const row = (await screen.findByText("Sales")).closest("tr")!;
    expect(await within(row).findByText(/Bruno, Anna/)).toBeTruthy();
    expect(within(row).getByText("One after the other · 15 seconds")).toBeTruthy();
    expect(within(row).getByText("Voicemail: Sales box")).toBeTruthy();
    expect(within(row).getByText("Not applied yet")).toBeTruthy();
  });

  it("a refusal of the members stands beside them", async () => {
    serve(USERS, () => new ApiError(422, "members-missing", "", null, [{ path: "ring_groups/x/members", error_id: "members-missing", message: "" }]));
    show(RingGroups, "/?add=1");
    await screen.findByLabelText("Name");
    await click("Save");
    expect(screen.getByText("Choose whom it rings.")).toBeTruthy();
  });
});

describe("test_b5_01 user groups", () => {
  it("send whom they may call as a whole", async () => {
    const team = {
      id: "team",
      name: "Team",
      members: ["anna"],
      rights: { national: true, mobile: true, countries: ["BE"], premium: false },
      pickup: false,
      pending: false,
      version: "g1",
    };
    serve({ ...USERS, "/api/groups": [team] }, () => ({ group: team, pending: PENDING }));
    show(Groups, "/?edit=team");
    expect(await screen.findByText("In the own country, Mobile phones of the own country, Belgium")).toBeTruthy();
    await pick("Countries abroad", "Italy");
    fireEvent.click(screen.getByRole("switch", { name: /pick up/ }));
    await click("Save");
    expect(sent).toEqual([
      {
        method: "PATCH",
        path: "/api/groups/team",
        body: { rights: { national: true, mobile: true, countries: ["BE", "IT"], premium: false }, pickup: true },
        version: "g1",
      },
    ]);
  });
});

describe("test_b7_01 voicemails", () => {
  const box = (more: object) => ({
    id: "box",
    name: "Sales",
    extension: null,
    user: null,
    email: null,
    attach: true,
    after_mail: "keep",
    language: null,
    pending: false,
    version: "m1",
    ...more,
  });

  it("are of users, or have to be led to; a user's is not deleted here", async () => {
    serve({ ...USERS, "/api/mailboxes": [box({ id: "anna", name: "Anna", user: "anna" }), box({})] });
    show(Voicemails);
    const own = (await screen.findByText("Sales")).closest("tr")!;
    expect(within(own).getByText("Nothing yet: lead a number here")).toBeTruthy();
    expect(within(own).getAllByRole("button").at(-1)?.textContent).toBe("Edit");
    expect(screen.getByRole("button", { name: "Delete Sales" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Delete Anna" })).toBeNull();
    await click("Edit Anna");
    expect(screen.queryByLabelText("Name")).toBeNull();
  });

  it("test_b7_01 a new box of its own gets a PIN and words that greet", async () => {
    serve(USERS, () => ({ mailbox: box({}), pending: PENDING }));
    show(Voicemails, "/?add=1");
    await type("Name", "Sales");
    await type("PIN for *98", "47a11");
    await type("Greeting", "You have reached the sales team.");
    await click("Save");
    await waitFor(() => expect(sent.length).toBe(3));
    expect(sent.slice(1).map((one) => [`${one.method} ${one.path}`, one.body])).toEqual([
      ["PUT /api/mailboxes/box/pin", { pin: "4711" }],
      ["PUT /api/mailboxes/box/greetings/unavailable/text", { text: "You have reached the sales team." }],
    ]);
  });

  it("test_b7_01 a box of its own has its greeting: heard, spoken, from a file, recorded, or the standard one", async () => {
    const greetings: unknown[] = [];
    const place = "/api/mailboxes/box/greetings";
    const lists = { ...USERS, "/api/mailboxes": [box({}), box({ id: "anna", name: "Anna", user: "anna" })], [place]: greetings };
    serve(lists, ({ method }) => {
      greetings.length = 0;
      if (method === "PUT") greetings.push({ kind: "unavailable", seconds: 3, text: "The sales team.", changed_at: 7 });
      return {};
    });
    show(Voicemails, "/?edit=box");
    const group = within(await screen.findByRole("group", { name: "Greeting" }));
    expect(await group.findByText("The standard greeting")).toBeTruthy();
    expect(group.queryByLabelText("Play the greeting")).toBeNull();
    expect(group.getByRole("button", { name: "From a file" })).toBeTruthy();
    await click("Have words spoken");
    await type("Words to be spoken", "The sales team.");
    await click("Have words spoken");
    expect(await group.findByText("The sales team.")).toBeTruthy();
    expect(group.getByLabelText("Play the greeting").getAttribute("src")).toBe(`${place}/unavailable/audio?at=7`);
    await click("Back to the standard greeting");
    expect(await group.findByText("The standard greeting")).toBeTruthy();
    expect(sent.map((one) => [`${one.method} ${one.path}`, one.body])).toEqual([
      [`PUT ${place}/unavailable/text`, { text: "The sales team." }],
      [`DELETE ${place}/unavailable`, undefined],
    ]);
    await click("Record"); // there is no microphone in here
    expect(await group.findByText("The microphone could not be opened")).toBeTruthy();
    cleanup();
    show(Voicemails, "/?edit=anna");
    await screen.findByLabelText("E-mail");
    expect(screen.queryByLabelText("PIN for *98")).toBeNull(); // she chooses it herself
  });

  it("tell the numbers that lead there", async () => {
    const number = { id: "n", shown: "+32 2 290 34 91", destination: { kind: "voicemail", target: "box" }, otherwise: null };
    serve({ ...USERS, "/api/mailboxes": [box({ extension: "399" })], "/api/numbers": [number] });
    show(Voicemails);
    expect(await screen.findByText("399, +32 2 290 34 91")).toBeTruthy();
  });

  it("test_d3_04 say what becomes of a message after the e-mail", async () => {
    serve({ ...USERS, "/api/mailboxes": [box({})] }, () => ({ mailbox: box({}), pending: PENDING }));
    show(Voicemails, "/?edit=box");
    await type("E-mail", "sales@company.example");
    choose("After the e-mail", "delete");
    await click("Save");
    expect(sent[0]?.body).toEqual({ email: "sales@company.example", after_mail: "delete" });
  });
});
