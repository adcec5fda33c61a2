import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import { choose, click, pick, sent, serve, show, speakEnglish } from "../outside/testing/page";
import { trunkBody, trunkValues } from "../outside/trunkValues";
import type { Trunk } from "../outside/types";
import Trunks from "./Trunks";

const TRUNK: Trunk = {
  id: "t1",
  name: "Provider",
  kind: "registration",
  host: "sip.provider.example",
  port: null,
  transport: "udp",
  username: "4711",
  auth_username: null,
  from_domain: null,
  outbound_proxy: null,
  srtp: false,
  addresses: [],
  order: 0,
  weight: 1,
  capacity: null,
  codecs: ["PCMA", "PCMU", "G722"],
  identity: "p-asserted-identity",
  forwarder: "diversion",
  number_format: "e164-plus",
  expires: 300,
  check_seconds: 60,
  redirects: false,
  countries: ["BE", "FR"],
  calls_per_hour: null,
  calls_per_day: null,
  minutes_per_hour: null,
  minutes_per_day: null,
  enabled: true,
  has_secret: true,
  pending: true,
  version: "v1",
};
const ANSWER = { trunk: TRUNK, pending: { changed_entries: 1 } };

beforeAll(speakEnglish);
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const type = async (label: string, value: string) =>
  fireEvent.change(await screen.findByLabelText(label), { target: { value } });

describe("the list of trunks", () => {
  it("tells server, countries, state, and that it is not applied", async () => {
    serve({ "/api/trunks": [TRUNK, { ...TRUNK, id: "t2", name: "Spare", enabled: false, countries: null, pending: false }] });
    show(Trunks);
    const row = (await screen.findByText("Provider")).closest("tr")!;
    for (const text of ["sip.provider.example (UDP)", "Belgium, France", "Not known yet", "Not applied yet"]) {
      expect(within(row).getByText(text)).toBeTruthy();
    }
    const spare = screen.getByText("Spare").closest("tr")!;
    expect(within(spare).getByText("Every country")).toBeTruthy();
    expect(within(spare).getByText("Not in use")).toBeTruthy();
  });
});

describe("how trunks are doing", () => {
  const now = { id: "t1", enabled: true, calls: 0, registered: null, reachable: null, since: null, failure: "" };

  it.each([
    [{ registered: true, calls: 2 }, ["Registered", "2 calls"]],
    [{ reachable: true }, ["Works"]],
    [
      { failure: "…", failure_code: "certificate-unknown", failure_values: { name: "Provider" } },
      ["Provider failed: its certificate is of nobody whom this machine trusts. A provider's own authority has to be added to those of the machine."],
    ],
    [{ registered: false, failure: "It does not accept the password (401)." }, ["Problem", "It does not accept the password (401)."]],
    [{}, ["Not known yet"]],
  ])("is told: %o", async (state, texts) => {
    serve({ "/api/trunks": [TRUNK], "/api/trunks/state": [{ ...now, ...state }] });
    show(Trunks);
    for (const text of texts) expect(await screen.findByText(text)).toBeTruthy();
  });

  it("is tested step by step, with a call where there is a number", async () => {
    const steps = [
      { step: "reach", ok: true, text: "…", status: 200, code: "answers", values: { status: "200" } },
      { step: "call", ok: false, text: "The provider does not know the number (404).", status: 404 },
    ];
    serve({ "/api/trunks": [TRUNK], "/api/trunks/state": [] }, () => ({ ok: false, steps }));
    show(Trunks);
    await click("Test Provider");
    await type("Number to call", "0032 470 12 34 56");
    await click("Start the test");
    expect(sent).toEqual([{ method: "POST", path: "/api/trunks/t1/test", body: { number: "+32470123456" }, version: undefined }]);
    const [reach, call] = screen.getAllByRole("listitem");
    expect(reach?.textContent).toBe("GoodThe server answersIt answers (200).");
    expect(call?.textContent).toBe("ProblemCallThe provider does not know the number (404).");
    expect(screen.getByRole("button", { name: "Test again" })).toBeTruthy();
  });

  it("is tested only once it is applied", async () => {
    serve({ "/api/trunks": [TRUNK], "/api/trunks/state": [] }, () => new ApiError(404, "not-found", ""));
    show(Trunks, "/?test=t1");
    await click("Start the test");
    expect(screen.getByRole("alert").textContent).toContain("apply the changes");
  });
});

describe("a trunk's password", () => {
  it("is never shown, and changed on its own, at once", async () => {
    serve({ "/api/trunks": [TRUNK] }, () => TRUNK);
    show(Trunks, "/?edit=t1");
    expect(await screen.findByText("A password is set.")).toBeTruthy();
    expect(screen.queryByLabelText("Password")).toBeNull();
    await click("Change");
    await type("Password", "s3cret words");
    await click("Save");
    expect(sent).toEqual([{ method: "PUT", path: "/api/trunks/t1/secret", body: { secret: "s3cret words" }, version: undefined }]);
  });

  it("is not kept among what was typed", async () => {
    serve({ "/api/trunks": [] });
    show(Trunks, "/?add=1");
    await type("Password", "s3cret words");
    await type("Name", "Provider");
    const kept = JSON.stringify({ ...sessionStorage });
    expect(kept).toContain("Provider");
    expect(kept).not.toContain("s3cret");
  });
});

describe("a new trunk", () => {
  it("asks which countries may be called", async () => {
    serve({ "/api/trunks": [], "/api/settings": null }, () => ANSWER);
    show(Trunks, "/?add=1");
    await type("Name", "Provider");
    await type("Server", "sip.provider.example");
    await type("User name", "4711");
    await type("Password", "s3cret words");
    await click("Save");
    expect(sent).toEqual([]);
    expect(screen.getByText("Choose which countries may be called: your own, too.")).toBeTruthy();
    await pick("Countries", "Belgium");
    await click("Save");
    expect(sent[0]).toMatchObject({
      method: "POST",
      path: "/api/trunks",
      body: { name: "Provider", kind: "registration", host: "sip.provider.example", username: "4711", countries: ["BE"] },
    });
    expect(JSON.stringify(sent[0]?.body)).not.toContain("s3cret");
    expect(sent[1]).toMatchObject({ method: "PUT", path: "/api/trunks/t1/secret" });
  });

  it("begins with the own country", () => {
    expect(trunkValues(null, "BE")).toMatchObject({ where: "these", countries: "BE" });
    expect(trunkValues({ ...TRUNK, countries: null }, "BE")).toMatchObject({ where: "all", countries: "" });
  });

  it("known by its address names networks; encrypted speech only with TLS", async () => {
    serve({ "/api/trunks": [] }, () => ANSWER);
    show(Trunks, "/?add=1");
    expect(screen.queryByRole("switch", { name: /SRTP/ })).toBeNull();
    await type("Name", "Provider");
    choose("How the provider knows us", "address");
    choose("Transport", "tls");
    fireEvent.click(screen.getByRole("switch", { name: /SRTP/ }));
    await type("Addresses it calls from", "198.51.100.0/24\n 203.0.113.7 \n");
    choose("Which countries may be called by it?", "all");
    await click("Save");
    expect(sent[0]?.body).toMatchObject({
      kind: "address",
      transport: "tls",
      srtp: true,
      addresses: ["198.51.100.0/24", "203.0.113.7"],
      countries: null,
    });
  });

  it("a refusal under More opens it", async () => {
    const problem = { path: "trunks/t1/outbound_proxy", error_id: "host-invalid", message: "" };
    serve({ "/api/trunks": [TRUNK] }, () => new ApiError(422, "host-invalid", "", null, [problem]));
    show(Trunks, "/?edit=t1");
    await type("Outbound proxy", "!");
    await click("Save");
    expect(document.querySelector("details")?.open).toBe(true);
    expect(screen.getByLabelText("Outbound proxy").getAttribute("aria-invalid")).toBe("true");
  });
});

it("what is sent are the fields that are named; without TLS nothing is encrypted", () => {
  const values = { ...trunkValues({ ...TRUNK, transport: "tls", srtp: true }), transport: "udp", capacity: "10" };
  expect(trunkBody(values, ["transport", "capacity"])).toEqual({ transport: "udp", srtp: false, capacity: 10 });
  expect(trunkBody({ ...values, where: "all" }, ["where"])).toEqual({ countries: null });
});
