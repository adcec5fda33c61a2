import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { ApiClient, ApiError, type RequestOptions } from "../../../api/client";
import en from "../../../locales/en/phone.json";
import { AfterCalls } from "../../after";
import { tellChanged } from "../../changes";
import type { Phone, PhoneShell } from "../../PhoneContext";
import { PhoneShellContext } from "../../PhoneContext";
import type { FoundRecord, Opened } from "../../records";
import { turn, World } from "../../testing/fakes";
import { PhoneView } from "../PhoneView";
import { type CallNote, type DueCall, type DueCalls, daysAfter, firstDraft, following } from "./activities";

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", ns: ["phone"], resources: { en: { phone: en } }, interpolation: { escapeValue: false } });
});

afterEach(() => {
  cleanup();
  sessionStorage.clear();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const ROOF: FoundRecord = { source: "own", app: "crm", id: "r1", title: "Solar roof", stage: "New", url: "/records/crm/r1" };
const LEAK: FoundRecord = { source: "odoo", app: "helpdesk", id: "7", title: "Leak", stage: "", url: "https://odoo.example/odoo/7" };

function due(id: string, patch: Partial<DueCall> = {}): DueCall {
  const shown = `+32 2 290 34 9${id}`;
  return {
    ...{ source: "own", id, due: "2026-03-14", time: "", summary: `Summary ${id}`, note: "", name: `Person ${id}`, company: `Company ${id}`, email: "" },
    ...{ numbers: [{ label: "work", e164: shown.replaceAll(" ", ""), shown }], contact_id: `c${id}`, contact_url: "", record: null, called_by: null },
    ...patch,
  };
}

/** The server as far as activities go. */
class Server {
  list: DueCalls = { today: "2026-03-14", time_zone: "Europe/Brussels", next_day_at: 4_000_000_000, calls: [], overdue: 0, sources: [{ id: "own", name: "Switchroom", problem: null, as_of: null, waiting: 0 }] };
  note: Partial<CallNote> = {};
  elsewhere: object[] = [];
  match: object = { contact: null, records: [] };
  readonly asked: string[] = [];
  refuse: (line: string) => ApiError | null = () => null;

  answer(path: string, { method = "GET", body }: RequestOptions = {}): Promise<unknown> {
    const line = [method, path, body === undefined ? "" : JSON.stringify(body)].join(" ").trim();
    if (method !== "GET") this.asked.push(line);
    const refused = this.refuse(line);
    if (refused) return Promise.reject(refused);
    if (path === "/api/phone/activities" && method === "GET") return Promise.resolve(this.list);
    if (path.startsWith("/api/phone/match")) return Promise.resolve(this.match);
    if (path.endsWith("/note") && method === "GET") {
      return Promise.resolve({ call_id: "c", number: "+3222903491", name: "", contact: null, record: null, records: [], note: "", outcome: "", activity: null, seconds: 0, ...this.note });
    }
    if (path === "/api/phone/records") return Promise.resolve({ ...ROOF, id: "new", url: "/records/crm/new" });
    if (path.startsWith("/api/phone/people/elsewhere")) return Promise.resolve(this.elsewhere);
    if (path.startsWith("/api/phone/people")) return Promise.resolve([{ kind: "user", id: "b", name: "Bruno", numbers: [], extension: "202", company: null, email: null, presence: null }]);
    return method === "GET" ? new Promise(() => undefined) : Promise.resolve(undefined);
  }
}

interface Shown {
  world: World;
  after: AfterCalls;
  opened: Opened[];
  queries: QueryClient;
}

async function shown(server: Server, tab = true): Promise<Shown> {
  const world = await World.ready();
  const api = new ApiClient();
  vi.spyOn(api, "request").mockImplementation((path, options) => server.answer(path, options));
  const after = new AfterCalls({ load: () => [], save: () => undefined, tell: () => undefined, listen: () => () => undefined }, 0);
  world.engine.subscribe(() => after.follow(world.state));
  const audio = { level: () => null, unlock: () => undefined } as unknown as Phone["audio"];
  const info = { user: { id: "a", extension: "201", name: "Anna" }, country: "BE", language: "en", echo: "*43", sip: { path: "/sip", domain: "pbx" } };
  const phone: Phone = { info, engine: world.engine, after, audio, media: {} as Phone["media"], settings: {} as Phone["settings"], api };
  const opened: Opened[] = [];
  const shell: PhoneShell = {
    ...{ phone, missing: null, open: true, setOpen: () => undefined, moving: null, setMoving: () => undefined, call: () => undefined },
    ...{ openPage: (what) => void opened.push(what), prefill: "", reload: () => undefined, signIn: null, signOut: null },
  };
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <I18nextProvider i18n={i18next}>
      <MantineProvider>
        <QueryClientProvider client={queries}>
          <PhoneShellContext value={shell}>
            <PhoneView />
          </PhoneShellContext>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>,
  );
  await act(turn);
  if (tab) fireEvent.click(await screen.findByRole("tab", { name: /^Next activities/ }));
  return { world, after, opened, queries };
}

const card = async (name: string): Promise<HTMLElement> => {
  const found = (await screen.findByText(name)).closest("li");
  if (!found) throw new Error(`no card of ${name}`);
  return found;
};
const inCard = async (name: string) => within(await card(name));
const dialled = (world: World): string[] => world.sip.filter((did) => did.startsWith("call "));

/** A call with a customer, to its end. */
async function overWith(world: World, number: string): Promise<void> {
  await act(async () => {
    const id = await world.talk(number);
    await turn();
    await world.engine.do({ do: "hang-up", call: id });
    await turn();
  });
}

describe("Next activities", () => {
  it("s2_09, s2_11: what the server says stands there in its order, counted on the tab; nothing is invented", async () => {
    const server = new Server();
    await shown(server);
    expect(await screen.findByText("No calls due today")).toBeTruthy();
    server.list = { ...server.list, calls: [due("1", { time: "09:30", record: ROOF }), due("2", { company: "" })], overdue: 3 };
    act(() => tellChanged("activities"));
    const items = within(await screen.findByRole("list", { name: "Next activities" })).getAllByRole("listitem");
    expect(items.map((item) => item.textContent)).toEqual(["09:30Person 1Company 1Summary 1Opportunity: Solar roof", "Person 2Summary 2"]);
    expect(screen.getByRole("img", { name: "2 calls due today" }).textContent).toBe("2");
  });

  it("g_07: overdue calls are one line that leads to the calendar", async () => {
    const server = new Server();
    server.list = { ...server.list, overdue: 3 };
    const { opened } = await shown(server);
    fireEvent.click(await screen.findByRole("button", { name: "3 overdue: open the calendar" }));
    expect(opened).toMatchObject([{ app: "calendar", url: "/calendar" }]);
  });

  it("s2_12: one click says who is called for it, then calls by the name of the list", async () => {
    const server = new Server();
    server.list = { ...server.list, calls: [due("1"), due("2", { numbers: [] })] };
    const { world } = await shown(server);
    fireEvent.click((await inCard("Person 1")).getByRole("button", { name: "Call Person 1" }));
    await act(turn);
    expect(server.asked).toEqual(['POST /api/phone/activities/own/1/call {"number":"+3222903491","even_if":false}']);
    expect(dialled(world)).toEqual(["call call-1 +3222903491"]);
    expect(screen.getByRole("heading", { name: "Person 1" })).toBeTruthy();
  });

  it("a colleague who calls them is shown, and asked about", async () => {
    const server = new Server();
    server.list = { ...server.list, calls: [due("1", { called_by: { name: "Bruno", since: 1 } })] };
    server.refuse = (line) => (line.includes('"even_if":false') ? new ApiError(409, "being-called", "no") : null);
    const { world } = await shown(server);
    const first = await inCard("Person 1");
    expect(first.getByText("Bruno is calling them")).toBeTruthy();
    fireEvent.click(first.getByRole("button", { name: "Call Person 1" }));
    expect(await first.findByText("Bruno is calling them. Call anyway?")).toBeTruthy();
    expect(dialled(world)).toEqual([]);
    fireEvent.click(first.getByRole("button", { name: "Call anyway" }));
    await waitFor(() => expect(dialled(world)).toHaveLength(1));
    expect(server.asked.at(-1)).toContain('"even_if":true');
  });

  it("a system that is down does not keep anybody from calling", async () => {
    const server = new Server();
    server.list = { ...server.list, calls: [due("1", { source: "odoo" })] };
    server.refuse = (line) => (line.includes("/call") ? new ApiError(503, "unreachable", "Odoo is away") : null);
    const { world } = await shown(server);
    fireEvent.click((await inCard("Person 1")).getByRole("button", { name: "Call Person 1" }));
    await waitFor(() => expect(dialled(world)).toHaveLength(1));
  });

  it("c2_03: pointing, focus or a tap opens envelope, person, document, clock, check, pencil, cross", async () => {
    const server = new Server();
    server.list = { ...server.list, calls: [due("1", { email: "p@example.com", record: ROOF }), due("2")] };
    const { opened } = await shown(server);
    expect(screen.queryByRole("group", { name: "Document" })).toBeNull();
    fireEvent.pointerEnter(await card("Person 1"), { pointerType: "mouse" });
    const first = await inCard("Person 1");
    expect(first.getByRole("link", { name: "Write to Person 1" }).getAttribute("href")).toBe("mailto:p@example.com?subject=Summary%201");
    for (const name of ["Contact Person 1", "Open Solar roof", "Plan a call", "Mark done", "Edit", "Cancel the call"]) expect(first.getByRole("button", { name })).toBeTruthy();
    fireEvent.click(first.getByRole("button", { name: "Open Solar roof" }));
    expect(opened).toEqual([{ source: "own", app: "crm", id: "r1", title: "Solar roof", url: "/records/crm/r1" }]);
    // One at a time; who types an answer is not left by moving the mouse.
    fireEvent.click(first.getByRole("button", { name: "Mark done" }));
    fireEvent.focus((await inCard("Person 2")).getByRole("button", { name: /^Person 2/ }));
    expect((await inCard("Person 2")).getByRole("button", { name: "Edit" })).toBeTruthy();
    fireEvent.change(first.getByLabelText("What came of it"), { target: { value: "sold" } });
    fireEvent.click(first.getByRole("button", { name: "Mark done" }));
    await waitFor(() => expect(server.asked).toEqual(['POST /api/phone/activities/own/1/done {"feedback":"sold","outcome":""}']));
  });

  it("c2_03: cancelling asks; editing changes day, words and who has to call; the clock plans another", async () => {
    const server = new Server();
    server.list = { ...server.list, calls: [due("1", { record: ROOF })] };
    await shown(server);
    fireEvent.pointerEnter(await card("Person 1"), { pointerType: "mouse" });
    const first = await inCard("Person 1");
    fireEvent.click(first.getByRole("button", { name: "Cancel the call" }));
    expect(first.getByText("Cancel the planned call with Person 1?")).toBeTruthy();
    expect(server.asked).toEqual([]);
    fireEvent.click(first.getByRole("button", { name: "Cancel the call" }));
    await waitFor(() => expect(server.asked).toEqual(["DELETE /api/phone/activities/own/1"]));
    fireEvent.click(first.getByRole("button", { name: "No" }));
    fireEvent.click(first.getByRole("button", { name: "Edit" }));
    fireEvent.click(await screen.findByRole("button", { name: "Tomorrow" }));
    await screen.findByRole("option", { name: "Bruno" });
    fireEvent.change(screen.getByLabelText("Assigned to"), { target: { value: "b" } });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(server.asked.at(-1)).toBe('PATCH /api/phone/activities/own/1 {"due":"2026-03-15","time":"","summary":"Summary 1","note":"","assigned_to":"b"}'));
    fireEvent.pointerEnter(await card("Person 1"), { pointerType: "mouse" });
    fireEvent.click((await inCard("Person 1")).getByRole("button", { name: "Plan a call" }));
    fireEvent.click(await screen.findByRole("button", { name: "In a week" }));
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(server.asked.at(-1)).toBe(
        'POST /api/phone/activities {"due":"2026-03-21","time":"","summary":"Summary 1","note":"","contact_id":"c1","record":{"source":"own","app":"crm","id":"r1"}}',
      ),
    );
  });

  it("what is wrong with another system is said, with what to do; what waits for it, too", async () => {
    const server = new Server();
    const source = { id: "odoo", name: "Odoo", as_of: new Date(2026, 2, 14, 10, 42).getTime() / 1000, waiting: 2 };
    server.list = { ...server.list, sources: [{ ...source, problem: { error_id: "unreachable", message: "time-out" } }] };
    const { opened } = await shown(server);
    expect((await screen.findByText(/Odoo can't be reached:/)).textContent).toMatch(/list of 10:42/);
    expect(screen.getByText("2 changes wait for Odoo.")).toBeTruthy();
    server.list = { ...server.list, sources: [{ ...source, problem: { error_id: "key-missing", message: "" }, waiting: 0 }] };
    act(() => tellChanged("activities"));
    fireEvent.click(await screen.findByRole("button", { name: "Set the key" }));
    expect(opened).toMatchObject([{ url: "/account" }]);
  });

  it("midnight passes, also asleep, and the list is right", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"], now: new Date("2026-03-14T22:59:50Z") });
    const server = new Server();
    server.list = { ...server.list, next_day_at: Date.parse("2026-03-14T23:00:00Z") / 1000, calls: [due("1")] };
    await shown(server);
    expect(await card("Person 1")).toBeTruthy();
    server.list = { ...server.list, today: "2026-03-15", next_day_at: Date.parse("2026-03-15T23:00:00Z") / 1000, calls: [due("2")] };
    await act(() => vi.advanceTimersByTimeAsync(5_000));
    expect(screen.queryByText("Person 2")).toBeNull();
    // Seven hours of sleep: the clock jumps, timers do not.
    vi.setSystemTime(new Date("2026-03-15T06:00:00Z"));
    await act(() => vi.advanceTimersByTimeAsync(15_000));
    expect(await card("Person 2")).toBeTruthy();
    expect(screen.queryByText("Person 1")).toBeNull();
  });
});

describe("the search", () => {
  it("s2_03: contacts of other systems stand under ours with their system's name, and are called and opened", async () => {
    const server = new Server();
    const grace = { kind: "contact", source: "odoo", source_name: "Odoo", id: "7", name: "Grace", company: "Navy", email: "", url: "https://odoo.example/7", extension: null, presence: null };
    server.elsewhere = [{ ...grace, numbers: [{ label: "", e164: "+3222903490", shown: "+32 2 290 34 90" }] }];
    const { world, opened } = await shown(server, false);
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "gra" } });
    const row = await screen.findByRole("button", { name: /Grace.*Odoo · Navy/ });
    fireEvent.click(screen.getByRole("button", { name: "Open Grace" }));
    expect(opened).toMatchObject([{ source: "odoo", app: "contacts", id: "7" }]);
    fireEvent.click(row);
    await waitFor(() => expect(dialled(world)).toEqual(["call call-1 +3222903490"]));
  });
});

describe("a call meets records", () => {
  it("c2_08: while it rings, contact, open records and what was planned are offered", async () => {
    const server = new Server();
    server.match = { contact: { source: "odoo", id: "5", name: "Person 1", company: "Company 1", email: "", url: "https://odoo.example/odoo/contacts/5" }, records: [LEAK, ROOF] };
    server.list = { ...server.list, calls: [due("1", { record: ROOF })] };
    const { world, opened } = await shown(server, false);
    act(() => world.tellSip({ type: "incoming", id: "in-1", dialog: "d-1", number: "+3222903491", name: null }));
    const offers = within(await screen.findByRole("group", { name: "Who is calling" }));
    expect(offers.getAllByRole("button").map((button) => button.textContent)).toEqual(["Contact: Person 1, Company 1", "Opportunity: Solar roof", "Ticket: Leak"]);
    expect(offers.getByText("On your list: Summary 1")).toBeTruthy();
    fireEvent.click(offers.getByRole("button", { name: "Ticket: Leak" }));
    fireEvent.click(offers.getByRole("button", { name: /^Contact/ }));
    expect(opened.map((one) => one.url)).toEqual(["https://odoo.example/odoo/7", "https://odoo.example/odoo/contacts/5"]);
  });

  it("c2_07, c3_03: during it, the record, shortcuts, and a new record that the call stands on", async () => {
    const server = new Server();
    server.match = { contact: { source: "own", id: "c1", name: "Person 1", company: "", email: "p@example.com", url: "" }, records: [ROOF, LEAK] };
    const { world, opened } = await shown(server, false);
    await act(async () => {
      await world.talk("+3222903491");
      await turn();
    });
    const shortcuts = within(await screen.findByRole("group", { name: "About this call" }));
    expect(await screen.findByRole("button", { name: "Opportunity: Solar roof" })).toBeTruthy();
    expect(shortcuts.getByRole("link", { name: "Write to Person 1" })).toBeTruthy();
    fireEvent.click(shortcuts.getByRole("button", { name: "Open Solar roof" }));
    fireEvent.click(shortcuts.getByRole("button", { name: "Create a record" }));
    fireEvent.click(shortcuts.getByRole("menuitem", { name: "Ticket" }));
    fireEvent.change(await screen.findByLabelText("Title"), { target: { value: "No hot water" } });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(opened.map((one) => one.url)).toEqual(["/records/crm/r1", "/records/crm/new"]));
    expect(server.asked).toEqual([
      'POST /api/phone/records {"app":"helpdesk","title":"No hot water","contact_id":"c1","number":"+3222903491","name":"Person 1"}',
      'PUT /api/phone/calls/dialog-call-1/note {"record":{"source":"own","app":"crm","id":"new"},"note":"","outcome":""}',
    ]);
  });

  it("a call with a colleague has none of it, and nothing is asked about it", async () => {
    const server = new Server();
    const asked = vi.spyOn(server, "answer");
    const { world } = await shown(server, false);
    await act(async () => {
      await world.talk("202");
      await turn();
    });
    expect(screen.queryByRole("group", { name: "About this call" })).toBeNull();
    expect(asked.mock.calls.some(([path]) => path.includes("/match"))).toBe(false);
  });
});

describe("after hanging up", () => {
  it("c2_10: note, outcome and Mark done are written down; then the next one of the list is called", async () => {
    const server = new Server();
    server.list = { ...server.list, calls: [due("1", { record: ROOF }), due("2"), due("3")] };
    server.note = { record: ROOF, records: [ROOF], activity: { ...due("1"), record: ROOF } };
    const { world } = await shown(server, false);
    await overWith(world, "+3222903491");
    const panel = within(await screen.findByRole("region", { name: /^After the call with/ }));
    fireEvent.change(panel.getByLabelText("Note"), { target: { value: "wants an offer" } });
    fireEvent.click(panel.getByRole("button", { name: "Reached" }));
    fireEvent.click(panel.getByLabelText("Mark done: Summary 1"));
    expect(panel.getByText("Next: Person 2")).toBeTruthy();
    fireEvent.click(panel.getByRole("button", { name: "Skip" }));
    fireEvent.click(panel.getByRole("button", { name: "Save, call next" }));
    await waitFor(() => expect(dialled(world).at(-1)).toBe("call call-2 +3222903493"));
    expect(server.asked).toEqual([
      'PUT /api/phone/calls/dialog-call-1/note {"record":{"source":"own","app":"crm","id":"r1"},"note":"wants an offer","outcome":"reached"}',
      'POST /api/phone/activities/own/1/done {"feedback":"","outcome":"reached"}',
      'POST /api/phone/activities/own/3/call {"number":"+3222903493","even_if":false}',
    ]);
    expect(screen.queryByRole("region", { name: /^After the call with/ })).toBeNull();
  });

  it("the next step is another call on a day, planned once whatever failed before", async () => {
    const server = new Server();
    server.note = { contact: { source: "own", id: "c1", name: "Person 1", company: "", email: "", url: "" }, records: [ROOF] };
    const { world } = await shown(server, false);
    await overWith(world, "+3222903491");
    const panel = within(await screen.findByRole("region", { name: "After the call with Person 1" }));
    fireEvent.click(panel.getByLabelText("Plan another call"));
    fireEvent.click(panel.getByRole("button", { name: "In 2 days" }));
    server.refuse = (line) => (line.startsWith("PUT") ? new ApiError(0, "unreachable", "no") : null);
    fireEvent.click(panel.getByRole("button", { name: "Save" }));
    expect(await panel.findByText(/What you typed is kept/)).toBeTruthy();
    server.refuse = () => null;
    fireEvent.click(panel.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.queryByRole("region", { name: /^After/ })).toBeNull());
    expect(server.asked.filter((line) => line.startsWith("POST"))).toEqual([
      'POST /api/phone/activities {"record":{"source":"own","app":"crm","id":"r1"},"contact_id":"c1","due":"2026-03-16","time":"","summary":"","note":""}',
    ]);
  });

  it("what was typed is there again after another call, and can be put aside", async () => {
    const server = new Server();
    server.note = { records: [ROOF] };
    const { world } = await shown(server, false);
    await overWith(world, "+3222903491");
    fireEvent.change(await screen.findByLabelText("Note"), { target: { value: "half a sen" } });
    act(() => world.tellSip({ type: "incoming", id: "in-1", dialog: "d-1", number: "202", name: "Bruno" }));
    expect(screen.getByText("Answer")).toBeTruthy();
    act(() => world.tellSip({ type: "ended", id: "in-1", by: "them", status: 487, sentence: null, elsewhere: false }));
    expect((await screen.findByLabelText<HTMLTextAreaElement>("Note")).value).toBe("half a sen");
    await act(() => world.clock.pass(3000));
    fireEvent.click(await screen.findByRole("button", { name: "Later" }));
    fireEvent.click(await screen.findByRole("button", { name: "The note on +3222903491 is not saved yet" }));
    expect((await screen.findByLabelText<HTMLTextAreaElement>("Note")).value).toBe("half a sen");
  });

  it("somebody whom nobody knows leaves nothing to write down", async () => {
    const { world, after } = await shown(new Server(), false);
    await overWith(world, "+3222903491");
    await waitFor(() => expect(after.calls).toEqual([]));
    expect(screen.queryByRole("region", { name: /^After/ })).toBeNull();
  });
});

describe("small sums", () => {
  it("days after a day, also over the end of summer time and of years", () => {
    expect([daysAfter("2026-10-24", 1), daysAfter("2026-10-25", 1), daysAfter("2026-12-31", 1), daysAfter("2028-02-28", 1)]).toEqual(["2026-10-25", "2026-10-26", "2027-01-01", "2028-02-29"]);
  });

  it("what follows a call in the list: those after it that can be called; after one that left the list, all", () => {
    const list = [due("1"), due("2", { numbers: [] }), due("3")];
    expect(following(list, { source: "own", id: "1" }).map((one) => one.id)).toEqual(["3"]);
    expect(following(list, { source: "own", id: "9" }).map((one) => one.id)).toEqual(["1", "3"]);
    expect(following(list, { source: "own", id: "3" })).toEqual([]);
  });

  it("a call that nobody answered begins as such; the only record is taken, of several none", () => {
    const note = { records: [ROOF], record: null, note: "", outcome: "" } as unknown as CallNote;
    expect(firstDraft(note, null, false)).toMatchObject({ outcome: "no_answer", record: { id: "r1" } });
    expect(firstDraft({ ...note, records: [ROOF, LEAK] }, null, true)).toMatchObject({ outcome: "", record: null });
    // Of a server that could not be asked nothing is known, and nothing is taken off a record.
    expect(firstDraft(undefined, null, true).record).toBeUndefined();
  });
});
