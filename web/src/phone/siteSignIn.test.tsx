import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renewIn, useSiteSignIn } from "./siteSignIn";

/** What was handed in, and what is answered to it. */
class Server {
  asked: { statement: string; token: string | null }[] = [];
  answers: (Response | Error)[] = [];

  fetch = (url: string, init: RequestInit): Promise<Response> => {
    expect(url).toBe("https://pbx/api/session/site");
    const { statement } = JSON.parse(init.body as string) as { statement: string };
    this.asked.push({ statement, token: new Headers(init.headers).get("Authorization") });
    const answer = this.answers.shift() ?? new Error("nothing left to answer");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

const signedIn = (token: string): Response => Response.json({ token, expires_at: Date.now() / 1000 + 3600 });

describe("a page that signs its people in", () => {
  let server: Server;
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    server = new Server();
    vi.stubGlobal("fetch", server.fetch);
  });
  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const start = () => {
    let count = 0;
    const taken: string[] = [];
    const statement = () => Promise.resolve(`statement ${++count}`);
    const hook = renderHook(() => useSiteSignIn("https://pbx", statement, () => taken.at(-1) ?? null, (token) => taken.push(token)));
    return { ...hook, taken };
  };
  const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

  it("brings a new statement long before the session is over, with the token of before", async () => {
    server.answers = [signedIn("a"), signedIn("a")];
    const { taken } = start();
    await pass(0);
    expect(taken).toEqual(["a"]);
    await pass(19 * 60_000);
    expect(server.asked).toHaveLength(1);
    await pass(2 * 60_000);
    expect(server.asked).toEqual([
      { statement: "statement 1", token: "Bearer " },
      { statement: "statement 2", token: "Bearer a" },
    ]);
  });

  it("says why nobody is signed in, and goes on trying, slower and slower", async () => {
    server.answers = [new Response(JSON.stringify({ error_id: "site-refused" }), { status: 401 }), new Error("away"), signedIn("b")];
    const { result, taken } = start();
    await pass(0);
    expect(result.current.trouble).toBe("refused");
    await pass(2000);
    expect(result.current.trouble).toBe("unreachable");
    await pass(4000);
    expect(server.asked).toHaveLength(2);
    act(() => result.current.again());
    await pass(0);
    expect([result.current.trouble, taken]).toEqual([null, ["b"]]);
  });

  it("waits at least a minute, whatever the server's clock says", () => {
    expect(renewIn(4600, 1_000_000)).toBe(1_200_000);
    expect(renewIn(0, 1_000_000)).toBe(60_000);
  });
});
