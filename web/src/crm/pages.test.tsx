import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Route } from "wouter";
import { ApiError } from "../api/client";
import { choose, click, sent, serve, settle, show, speakEnglish } from "../console/outside/testing/page";
import BoardPage from "./BoardPage";
import CalendarPage from "./CalendarPage";
import RecordPage from "./RecordPage";
import { activity, board, entry, JANE, record, STAGES, TODAY } from "./testing";

vi.mock("../phone", () => ({
  Callable: ({ children, number }: { children?: React.ReactNode; number: string }) => (
    <a href={`tel:${number}`}>{children ?? number}</a>
  ),
}));

const ME = {
  rights: ["records", "contacts", "phone"],
  user: { id: "anna", extension: "201", name: "Anna Weber", language: null, time_zone: null },
};
const PEOPLE = [
  { id: "anna", extension: "201", name: "Anna Weber" },
  { id: "bruno", extension: "202", name: "Bruno Conti" },
];
const RECORD = record("a");
const LISTS: Record<string, unknown> = {
  "/api/records/people": PEOPLE,
  "/api/records/stages?app=crm": STAGES,
  "/api/records/board?app=crm": board([RECORD, record("b", { title: "Second", next_call: { id: "n", due: TODAY, mine: true, assigned_name: "Anna Weber", overdue: false } })]),
  "/api/records/a": RECORD,
  "/api/records/a/entries?limit=30": { entries: [], next: null },
  "/api/contacts/jane": { ...JANE, note: "", version: "c1" },
  "/api/contacts?limit=8&q=": { contacts: [] },
};

function RecordRoute() {
  return (
    <>
      <Route path="/records/:app/:record" component={RecordPage} />
      <Route path="/calendar">the calendar</Route>
    </>
  );
}

beforeAll(async () => {
  // Text areas that grow listen to it.
  Object.defineProperty(document, "fonts", { configurable: true, value: new EventTarget() });
  await speakEnglish();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(`${TODAY}T10:00:00Z`) });
  // Where weeks begin on Mondays.
  vi.spyOn(navigator, "language", "get").mockReturnValue("fr-BE");
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const card = async (title: string) => (await screen.findByRole("link", { name: title })).closest("li") as HTMLElement;

describe("a board", () => {
  it("test_s2_10 adds a call of today by the green phone icon, and takes it out by the red one with a minus", async () => {
    serve(LISTS);
    show(BoardPage, "/records/crm", ME);
    expect(within(await card("Record a")).queryByTitle("Remove from the call queue")).toBeNull();
    fireEvent.click(within(await card("Record a")).getByTitle("Add to Next activities"));
    await settle();
    fireEvent.click(within(await card("Second")).getByTitle("Remove from the call queue"));
    await settle();
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /api/records/a/call",
      "DELETE /api/records/b/call",
    ]);
  });

  it("test_s2_10 shows discreetly that a colleague is to call: initials, the name for who points or listens, and no red icon", async () => {
    const call = { id: "n", due: TODAY, mine: false, assigned_name: "Bruno Conti", overdue: false };
    const gone = { ...call, due: "2026-11-20", assigned_name: "", overdue: true };
    serve({ ...LISTS, "/api/records/board?app=crm": board([record("a", { next_call: call }), record("b", { next_call: gone }), record("c")]) });
    show(BoardPage, "/records/crm", ME);
    const due = within(await card("Record a")).getByTitle("Bruno Conti will call: Sunday, November 22, 2026");
    expect(due.textContent).toBe("BCBruno Conti will call today");
    expect(due.dataset["when"]).toBe("colleague");
    expect(within(await card("Record a")).queryByTitle("Remove from the call queue")).toBeNull();
    expect(within(await card("Record a")).getByTitle("Add to Next activities")).toBeTruthy();
    expect((await card("Record b")).querySelector("time")?.title).toBe("Former colleague will call: Overdue, Friday, November 20, 2026");
    expect((await card("Record c")).querySelector("time")).toBeNull();
  });

  it("has no icons for who has no extension", async () => {
    serve(LISTS);
    show(BoardPage, "/records/crm", { rights: ["records", "system"] });
    expect(within(await card("Second")).queryByTitle("Add to Next activities")).toBeNull();
    expect(screen.getByRole("button", { name: "Stages" })).toBeTruthy();
  });

  it("test_s2_12 shows who it is about, counts, adds on top, and moves by a menu", async () => {
    serve(LISTS);
    show(BoardPage, "/records/crm", ME);
    expect((await card("Record a")).textContent).toContain("Jane MillerMiller & Co");
    expect(within(screen.getByRole("region", { name: "New" })).getByLabelText("2 records")).toBeTruthy();
    await click("Quick add to “New”");
    const field = screen.getByRole("textbox", { name: "Quick add to “New”" });
    fireEvent.change(field, { target: { value: "Third" } });
    fireEvent.submit(field);
    await settle();
    await click("Move “Record a” to");
    fireEvent.click(await screen.findByRole("menuitem", { name: "Won", hidden: true }));
    await settle();
    expect(sent.map(({ path, body }) => [path, body])).toEqual([
      ["/api/records", { app: "crm", title: "Third", stage_id: "new" }],
      ["/api/records/a/move", { stage_id: "won", before: null }],
    ]);
  });

  it("keeps a title that was refused", async () => {
    serve(LISTS, () => new ApiError(0, "unreachable", "The server can not be reached."));
    show(BoardPage, "/records/crm", ME);
    await click("Quick add to “New”");
    const field = screen.getByRole<HTMLInputElement>("textbox", { name: "Quick add to “New”" });
    fireEvent.change(field, { target: { value: "Third" } });
    fireEvent.submit(field);
    await settle();
    expect(field.value).toBe("Third");
    expect(field.getAttribute("aria-invalid")).toBe("true");
  });

  it("is a list as well: sorted and filtered by the server", async () => {
    serve({
      ...LISTS,
      "/api/records?app=crm&limit=50&open=true": { records: [RECORD], next: "p2" },
      "/api/records?app=crm&limit=50&sort=title&open=true": { records: [record("z", { title: "Zebra" })], next: null },
    });
    show(BoardPage, "/records/crm?view=list", ME);
    const row = (await screen.findByRole("link", { name: "Record a" })).closest("tr") as HTMLElement;
    expect(row.textContent).toContain("New");
    expect(screen.getByRole("button", { name: "Older" })).toBeTruthy();
    await click("Title");
    expect(await screen.findByRole("link", { name: "Zebra" })).toBeTruthy();
    expect(window.location.search).toContain("sort=title");
  });
});

describe("a record", () => {
  it("test_s2_13 plans by Activities: type Call, due date, summary, assigned to, then Save", async () => {
    serve(LISTS);
    show(RecordRoute, "/records/crm/a", ME);
    await click("Activities");
    const sheet = await screen.findByRole("dialog");
    const labels = [...sheet.querySelectorAll("label")].map((label) => label.textContent);
    expect(labels).toEqual(["Activity Type", "Due Date", "Time", "Summary", "Assigned to", "Note"]);
    expect(within(sheet).getByLabelText<HTMLSelectElement>("Activity Type").value).toBe("call");
    expect(within(sheet).getByLabelText<HTMLInputElement>("Due Date").value).toBe(TODAY);
    fireEvent.change(within(sheet).getByLabelText("Summary"), { target: { value: "Ask" } });
    await screen.findAllByRole("option", { name: "Bruno Conti (202)" });
    fireEvent.change(within(sheet).getByLabelText("Assigned to"), { target: { value: "bruno" } });
    fireEvent.click(within(sheet).getByRole("button", { name: "Save" }));
    await settle();
    expect(sent).toEqual([
      {
        method: "POST",
        path: "/api/activities",
        version: undefined,
        body: { type: "call", due: TODAY, time: "", summary: "Ask", assigned_to: "bruno", contact_id: null, note: "", record_id: "a" },
      },
    ]);
  });

  it("test_s2_13 completes by Open Calendar as well, and shows the calendar then", async () => {
    serve(LISTS);
    show(RecordRoute, "/records/crm/a", ME);
    await click("Activities");
    fireEvent.change(await screen.findByLabelText("Due Date"), { target: { value: "2026-12-01" } });
    await click("Open Calendar");
    expect(sent[0]?.body).toMatchObject({ due: "2026-12-01", record_id: "a" });
    expect(await screen.findByText("the calendar")).toBeTruthy();
    expect(window.location.search).toBe("?day=2026-12-01");
  });

  it("shows messages, calls, what was done and what changed, with numbers that call", async () => {
    serve({
      ...LISTS,
      "/api/activities?record=a&state=planned": [activity("p", { overdue: true, due: "2026-11-20" })],
      "/api/records/a/entries?limit=30": {
        next: null,
        entries: [
          entry("1", { text: "They want two." }),
          entry("2", { kind: "call", text: "Spoke of prices", data: { direction: "out", number: "+12125550147", name: "Jane Miller", seconds: 83, ended: "answered", outcome: "reached", recording_id: "r1" } }),
          entry("3", { kind: "activity", text: "All well", data: { type: "call", summary: "Ask", outcome: "voicemail" } }),
          entry("4", { kind: "change", data: { field: "stage", before: "new", after: "won" } }),
        ],
      },
    });
    show(RecordRoute, "/records/crm/a", ME);
    const entries = within(await screen.findByRole("list", { name: "What was said and done" })).getAllByRole("listitem");
    const told = entries.map((one) => one.textContent ?? "");
    expect(told[0]).toContain("They want two.");
    expect(told[1]).toContain("Call to Jane Miller (+12125550147) · 1:23 · Reached");
    expect(told[2]).toContain("Call done: Ask · Voicemail");
    expect(told[3]).toContain("Stage: New → Won");
    expect(screen.getByLabelText("Recording of the call").getAttribute("src")).toBe("/api/recordings/r1/audio");
    const planned = screen.getByRole("list", { name: "Planned" });
    expect(planned.textContent).toContain("Overdue 2 days ago");
    await click("Mark done: Ask about the offer");
    choose("How it ended", "reached");
    await click("Mark done");
    expect(sent[0]).toMatchObject({ path: "/api/activities/p/done", body: { feedback: "", outcome: "reached" } });
  });

  it("asks what to keep when somebody else was faster, and loses nothing", async () => {
    const theirs = record("a", { title: "Their title", version: "2" });
    serve(LISTS, (one) =>
      one.version === "1"
        ? new ApiError(409, "changed-meanwhile", "", null, [], { current: theirs, changed_by: "bruno", changed_at: 5 })
        : { ...theirs, title: "My title", version: "3" },
    );
    show(RecordRoute, "/records/crm/a", ME);
    fireEvent.change(await screen.findByLabelText("Title"), { target: { value: "My title" } });
    await click("Save");
    const notice = await screen.findByRole("alert");
    expect(notice.textContent).toContain("bruno changed this");
    expect(notice.textContent).toContain("Their title");
    await click("Keep mine");
    await click("Save");
    expect(sent.at(-1)).toMatchObject({ body: { title: "My title" }, version: "2" });
  });

  it("moves by its stages", async () => {
    serve(LISTS, () => record("a", { stage_id: "won", version: "2" }));
    show(RecordRoute, "/records/crm/a", ME);
    await click("Won");
    expect(sent[0]).toMatchObject({ path: "/api/records/a/move", body: { stage_id: "won", before: null } });
  });
});

describe("the calendar", () => {
  const span = `assigned_to=anna&type=call&from=2026-10-26&to=2026-12-06&state=all`;
  const late = activity("late", { due: "2026-11-20", overdue: true, summary: "Late" });
  const calls = {
    ...LISTS,
    [`/api/activities?${span}`]: [late, activity("now", { time: "09:30" }), activity("gone", { state: "cancelled", summary: "Gone" })],
    "/api/activities?assigned_to=anna&type=call&to=2026-11-21&state=planned": [late],
  };

  it("test_g_07 shows mine by day, and those overdue on top, marked", async () => {
    serve(calls);
    show(CalendarPage, "/calendar", ME);
    const overdue = await screen.findByRole("region", { name: "Overdue" });
    expect(overdue.textContent).toContain("1 overdue");
    expect(within(overdue).getByRole("button").textContent).toContain("Jane Miller: Late");
    const day = await screen.findByRole("region", { name: "Sunday, November 22, 2026" });
    expect(within(day).getByRole("button", { name: /9:30.*Jane Miller: Ask about the offer/ })).toBeTruthy();
    expect(screen.queryByText(/Gone/)).toBeNull();
  });

  it("test_s2_13 opens a call: who, which record, done or another day", async () => {
    serve(calls);
    show(CalendarPage, "/calendar", ME);
    const day = await screen.findByRole("region", { name: "Sunday, November 22, 2026" });
    fireEvent.click(await within(day).findByRole("button", { name: /Ask about the offer/ }));
    const sheet = await screen.findByRole("dialog");
    expect(within(sheet).getByRole("link", { name: "Opportunity: Record a" })).toBeTruthy();
    expect(within(sheet).getByRole("link", { name: "+1 212-555-0147" })).toBeTruthy();
    fireEvent.change(within(sheet).getByLabelText("Due Date"), { target: { value: "2026-11-25" } });
    fireEvent.click(within(sheet).getByRole("button", { name: "Save" }));
    await settle();
    expect(sent[0]).toMatchObject({ method: "PATCH", path: "/api/activities/now", body: { due: "2026-11-25" }, version: "v1" });
  });
});
