import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import { askAgain, tellAllChanged, tellChanged, useServerChanges } from "./changes";

/** A server that answers when a test says so, with what was true when it was asked. */
let answers: (() => void)[] = [];
let truth = 1;
let client = new QueryClient();

const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>;
const ask = () => {
  const now = truth;
  return new Promise<number>((resolve) => answers.push(() => resolve(now)));
};
const useShown = (what: "activities" | "records", key: string) => {
  useServerChanges(what, [key]);
  return useQuery({ queryKey: [key], queryFn: ask }).data;
};
const shown = (what: "activities" | "records", key: string) => renderHook(({ name }) => useShown(what, name), { wrapper, initialProps: { name: key } });
const asked = (times: number) => waitFor(() => expect(answers.length).toBe(times));

beforeEach(() => {
  answers = [];
  truth = 1;
  client = new QueryClient();
});

describe("what the server says has changed (s2_09)", () => {
  it("is asked for again by whoever shows it, for what it shows now, until it is gone", async () => {
    const calls = shown("activities", "calls");
    shown("records", "board");
    await asked(2);
    for (const answer of answers) answer();
    await waitFor(() => expect(calls.result.current).toBe(1));
    truth = 2;
    tellChanged("activities");
    await asked(3);
    answers[2]?.();
    await waitFor(() => expect(calls.result.current).toBe(2));
    calls.rerender({ name: "other" });
    await asked(4);
    answers[3]?.();
    await waitFor(() => expect(calls.result.current).toBe(2));
    tellChanged("activities");
    await asked(5);
    calls.unmount();
    tellAllChanged();
    await asked(6);
  });

  it("is not missed while the first answer is on its way, and that one is shown meanwhile", async () => {
    const calls = shown("activities", "calls");
    await asked(1);
    truth = 2;
    tellChanged("activities");
    truth = 3;
    tellChanged("activities");
    answers[0]?.();
    await waitFor(() => expect(calls.result.current).toBe(1));
    await asked(2);
    answers[1]?.();
    await waitFor(() => expect(calls.result.current).toBe(3));
    expect(answers.length).toBe(2);
    expect(client.isFetching()).toBe(0);
  });

  it("is shown though changes are quicker than answers", async () => {
    const calls = shown("records", "board");
    for (let round = 1; round < 6; round += 1) {
      await asked(round);
      truth += 1;
      tellChanged("records");
      answers[round - 1]?.();
      await waitFor(() => expect(calls.result.current).toBe(round));
    }
    await asked(6);
    answers[5]?.();
    await waitFor(() => expect(calls.result.current).toBe(6));
  });

  it("is asked for once more after one's own act, too", async () => {
    const calls = shown("activities", "calls");
    await asked(1);
    truth = 2;
    askAgain(client, ["calls"]);
    answers[0]?.();
    await asked(2);
    answers[1]?.();
    await waitFor(() => expect(calls.result.current).toBe(2));
  });
});
