import { describe, expect, it } from "vitest";
import { transferOf } from "./transfers";

const BRUNO = { caller_extension: "202", caller_display: "Bruno" };
const first = {
  id: "1",
  journey: "j",
  started_at: 100,
  ended_at: 130,
  end_cause: "transferred",
  dialled: "201",
  ...BRUNO,
  callee_extension: "201",
  callee_display: "Anna",
};
const next = {
  ...first,
  id: "2",
  started_at: 130,
  ended_at: 150,
  end_cause: "caller_hung_up",
  dialled: "203",
  callee_extension: "203",
  callee_display: "Carla",
};

describe("a call that was led on", () => {
  it("s2_15: says by whom, when and to whom", () => {
    expect(transferOf(first, [next, first])).toEqual({ by: "Anna", at: 130, to: "Carla" });
    expect(transferOf(next, [next, first])).toBeNull();
    expect(transferOf(first, [first])).toBeNull();
  });

  it("d2_10: both calls of who asked first say so", () => {
    const asked = { ...first, id: "3", caller_extension: "201", caller_display: "Anna", callee_extension: "203", callee_display: "Carla" };
    expect(transferOf(asked, [next, asked, first])).toEqual({ by: "Anna", at: 130, to: "Carla" });
    expect(transferOf(first, [next, asked, first])).toEqual({ by: "Anna", at: 130, to: "Carla" });
  });

  it("s2_17: outside there is a number, and perhaps no name", () => {
    const outside = { ...next, dialled: "+3222903490", callee_extension: "+3222903490", callee_display: null };
    expect(transferOf(first, [outside, first])?.to).toBe("+3222903490");
  });
});
