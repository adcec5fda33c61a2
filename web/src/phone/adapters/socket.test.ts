import { describe, expect, it } from "vitest";
import { retryDelay } from "../engine/backoff";
import { FakeClock } from "../testing/fakes";
import { ReliableSocket, type Wire } from "./socket";

class FakeWire implements Wire {
  readyState = 0;
  binaryType = "blob";
  onopen: Wire["onopen"] = null;
  onclose: Wire["onclose"] = null;
  onmessage: Wire["onmessage"] = null;
  onerror: Wire["onerror"] = null;
  readonly sent: string[] = [];

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }

  fail(): void {
    this.readyState = 3;
    this.onclose?.({} as CloseEvent);
  }
}

function setUp() {
  const clock = new FakeClock();
  const wires: FakeWire[] = [];
  const log: string[] = [];
  const socket = new ReliableSocket({
    clock,
    open: () => {
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
    ping: "ping",
    chance: () => 1,
    onOpen: () => log.push("open"),
    onClose: () => log.push("close"),
    onMessage: (data) => log.push(String(data)),
  });
  const last = (): FakeWire => wires.at(-1) as FakeWire;
  return { clock, wires, log, socket, last };
}

describe("a socket that opens itself again (f_08)", () => {
  it("never waits so long that a phone would not be back within 5 s", () => {
    for (let failed = 1; failed < 1000; failed += 1) expect(retryDelay(failed, 1)).toBeLessThan(5000);
    expect(retryDelay(1, 0)).toBeGreaterThanOrEqual(500);
  });

  it("tries again after 1 s, then every 2 s", async () => {
    const { clock, wires, socket, last } = setUp();
    socket.start();
    last().fail();
    await clock.pass(1200);
    expect(wires).toHaveLength(2);
    last().fail();
    await clock.pass(2400);
    expect(wires).toHaveLength(3);
  });

  it("opens at once when the network comes back", () => {
    const { wires, socket, last } = setUp();
    socket.start();
    last().fail();
    socket.nudge(true);
    expect(wires).toHaveLength(2);
    last().accept();
    expect(socket.open).toBe(true);
  });

  it("gives an attempt up that nobody answers", async () => {
    const { clock, wires, socket } = setUp();
    socket.start();
    await clock.pass(4000 + 1200);
    expect(wires).toHaveLength(2);
  });

  it("finds out that a connection is dead after a change of network", async () => {
    const { clock, wires, log, socket, last } = setUp();
    socket.start();
    last().accept();
    await clock.pass(10);
    socket.nudge(true);
    expect(last().sent).toEqual(["ping"]);
    await clock.pass(1500 + 600);
    expect(log).toEqual(["open", "close"]);
    expect(wires).toHaveLength(2);
  });

  it("keeps a connection that answers", async () => {
    const { clock, wires, socket, last } = setUp();
    socket.start();
    last().accept();
    await clock.pass(10);
    socket.nudge(true);
    await clock.pass(100);
    last().onmessage?.({ data: "pong" } as MessageEvent);
    await clock.pass(3000);
    expect(wires).toHaveLength(1);
  });

  it("drops within 7 s a connection that fell silent though nothing closed it", async () => {
    const { clock, wires, socket, last } = setUp();
    socket.start();
    last().accept();
    await clock.pass(6900);
    expect(wires).toHaveLength(1);
    await clock.pass(100 + 600);
    expect(wires).toHaveLength(2);
  });

  it("stays closed once stopped", async () => {
    const { clock, wires, socket, last } = setUp();
    socket.start();
    last().accept();
    socket.stop();
    await clock.pass(20_000);
    expect(wires).toHaveLength(1);
  });
});
