import { renderHook } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { tellAllChanged, tellChanged, useServerChanges } from "./changes";

describe("what the server says has changed (s2_09)", () => {
  it("reaches whoever shows it, with what it does now, until it is gone", () => {
    const first = vi.fn();
    const second = vi.fn();
    const others = vi.fn();
    const shown = renderHook(({ callback }) => useServerChanges("activities", callback), { initialProps: { callback: first } });
    renderHook(() => useServerChanges("records", others));
    tellChanged("activities");
    shown.rerender({ callback: second });
    tellChanged("activities");
    tellAllChanged();
    expect([first, second, others].map((one) => one.mock.calls.length)).toEqual([1, 2, 1]);
    shown.unmount();
    tellAllChanged();
    expect([first, second, others].map((one) => one.mock.calls.length)).toEqual([1, 2, 2]);
  });
});
