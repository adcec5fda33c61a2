import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BackgroundClock, type Ticker } from "./clock";

class FakeTicker implements Ticker {
  onmessage: ((event: MessageEvent<number>) => void) | null = null;
  readonly asked: { id: number; after: number | null }[] = [];

  postMessage(message: { id: number; after: number | null }): void {
    this.asked.push(message);
  }

  fire(id: number): void {
    this.onmessage?.({ data: id } as MessageEvent<number>);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function running(): Promise<[BackgroundClock, FakeTicker]> {
  const ticker = new FakeTicker();
  const clock = new BackgroundClock(() => Promise.resolve(ticker));
  await Promise.resolve();
  await Promise.resolve();
  return [clock, ticker];
}

test("S2-07: in the background the worker's timer fires though the page's own is late, and only once", async () => {
  const [clock, ticker] = await running();
  const run = vi.fn();
  clock.after(5000, run);
  expect(ticker.asked).toEqual([{ id: 1, after: 5000 }]);
  ticker.fire(1);
  expect(run).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(60_000);
  ticker.fire(1);
  expect(run).toHaveBeenCalledOnce();
});

test("what is cancelled does not happen, and the worker forgets it", async () => {
  const [clock, ticker] = await running();
  const run = vi.fn();
  const cancel = clock.after(5000, run);
  cancel();
  expect(ticker.asked.at(-1)).toEqual({ id: 1, after: null });
  ticker.fire(1);
  vi.advanceTimersByTime(10_000);
  expect(run).not.toHaveBeenCalled();
});

test("without a worker the page's own timers do", async () => {
  const clock = new BackgroundClock(() => Promise.reject(new Error("refused by the content policy")));
  await Promise.resolve();
  const run = vi.fn();
  clock.after(5000, run);
  vi.advanceTimersByTime(5000);
  expect(run).toHaveBeenCalledOnce();
});
