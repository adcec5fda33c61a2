import { describe, expect, it } from "vitest";
import { beside, moved, shifted, staysPut } from "./board";
import { byDay, dropped, hoursOf, placeId, spanOf, stepped } from "./calendar";
import { addDays, addMonths, dayIn, dueWords, isDay, monthOf, weekOf } from "./days";
import { activity, board, record } from "./testing";

const ids = (records: readonly { id: string }[]) => records.map(({ id }) => id);

describe("a card that is put elsewhere", () => {
  const now = board([record("a"), record("b"), record("c"), record("d", { stage_id: "won" })]);

  it("stands above the one it was dropped on, and the columns count it", () => {
    const then = moved(now, "d", { stage: "new", before: "b" });
    expect(ids(then.records.filter((one) => one.stage_id === "new"))).toEqual(["a", "d", "b", "c"]);
    expect(then.counts).toEqual({ new: 4, won: 0 });
  });

  it("stands below all where it is dropped on the column", () => {
    expect(ids(moved(now, "a", { stage: "new", before: null }).records)).toEqual(["b", "c", "d", "a"]);
  });

  it("lands above or below the card it is held over, never beside itself", () => {
    expect(beside(now.records.slice(0, 3), "b", false, "c")).toBe("b");
    expect(beside(now.records.slice(0, 3), "a", true, "b")).toBe("c");
    expect(beside(now.records.slice(0, 3), "c", true, "a")).toBeNull();
  });

  it("is not moved when it stands there already", () => {
    expect(staysPut(now.records, "a", { stage: "new", before: "b" })).toBe(true);
    expect(staysPut(now.records, "c", { stage: "new", before: null })).toBe(true);
    expect(staysPut(now.records, "a", { stage: "new", before: "c" })).toBe(false);
    expect(staysPut(now.records, "a", { stage: "won", before: "b" })).toBe(false);
  });
});

it("a stage goes one step to the left or right, and not over the edge", () => {
  const { stages } = board([]);
  expect(ids(shifted(stages, "won", -1))).toEqual(["won", "new"]);
  expect(ids(shifted(stages, "won", 1))).toEqual(["new", "won"]);
});

describe("days", () => {
  it("are those of the time zone, not of the browser", () => {
    const moment = Date.UTC(2026, 10, 21, 23, 30) / 1000;
    expect(dayIn("Europe/Brussels", moment)).toBe("2026-11-22");
    expect(dayIn("America/New_York", moment)).toBe("2026-11-21");
  });

  it("are counted over months, years and the end of summer time", () => {
    expect(addDays("2026-10-24", 2)).toBe("2026-10-26");
    expect(addMonths("2026-12-31", 2)).toBe("2027-02-01");
  });

  it("make weeks that begin as the reader's do, and months of whole weeks", () => {
    expect(weekOf("2026-11-22", 1)[0]).toBe("2026-11-16");
    expect(weekOf("2026-11-22", 7)[0]).toBe("2026-11-22");
    const weeks = monthOf("2026-11-22", 1);
    expect([weeks.length, weeks[0]?.[0], weeks.at(-1)?.[6]]).toEqual([6, "2026-10-26", "2026-12-06"]);
  });

  it("are words while they are near", () => {
    expect(dueWords("2026-11-22", "2026-11-22", "en")).toBe("today");
    expect(dueWords("2026-11-20", "2026-11-22", "fr")).toBe("avant-hier");
    expect(dueWords("2027-01-02", "2026-11-22", "en-GB")).toBe("2 Jan 2027");
  });

  it("of an address are days", () => {
    expect(["2026-11-22", "2026-02-30", "", "soon"].map(isDay)).toEqual([true, false, false, false]);
  });
});

describe("the calendar", () => {
  it("shows a day's activities by time, those of any time first", () => {
    const those = [activity("late", { time: "16:00" }), activity("any"), activity("early", { time: "09:15" })];
    expect(ids(byDay(those).get("2026-11-22") ?? [])).toEqual(["any", "early", "late"]);
  });

  it("has the hours of the working day, and those that something is planned at", () => {
    expect(hoursOf([])).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
    expect(hoursOf([activity("a", { time: "06:30" }), activity("b", { time: "20:00" })]).slice(0, 1)).toEqual([6]);
  });

  it("goes on by months and weeks, and asks for whole weeks", () => {
    expect(stepped("month", "2026-11-22", 1)).toBe("2026-12-01");
    expect(stepped("week", "2026-11-22", -1)).toBe("2026-11-15");
    expect(spanOf("month", "2026-11-22").from <= "2026-11-01").toBe(true);
  });

  it("test_s2_13 changes day and hour of what is dropped, and nothing when it is dropped where it was", () => {
    const call = activity("a", { time: "09:30" });
    expect(dropped(call, placeId("2026-11-24"))).toEqual({ due: "2026-11-24" });
    expect(dropped(call, placeId("2026-11-22", 14))).toEqual({ time: "14:30" });
    expect(dropped(call, placeId("2026-11-23", ""))).toEqual({ due: "2026-11-23", time: "" });
    expect(dropped(call, placeId("2026-11-22", 9))).toBeNull();
    expect(dropped(activity("b"), placeId("2026-11-22", 10))).toEqual({ time: "10:00" });
  });
});
