import { describe, expect, it } from "vitest";
import { indented, webhookBody, webhookValues, whyNot } from "./webhooks";

describe("webhooks", () => {
  it("a new one is told about calls", () => {
    const values = webhookValues(null);
    expect(webhookBody({ ...values, name: " CRM ", url: " https://example.com/ " })).toEqual({
      name: "CRM",
      url: "https://example.com/",
      events: ["call.started", "call.answered", "call.ended", "call.missed"],
      enabled: true,
    });
  });
  it("keeps what one is told", () => {
    const hook = { id: "w", name: "A", url: "https://a/", events: ["voicemail.left" as const], enabled: false, waiting: 0, last: null, version: "1" };
    expect(webhookBody(webhookValues(hook))).toEqual({ name: "A", url: "https://a/", events: ["voicemail.left"], enabled: false });
  });
  it("says what was answered in the reader's words, and what the server found out in the server's", () => {
    const t = ((key: string, values: object) => key + JSON.stringify(values)) as never;
    expect(whyNot(t, { status: 302, problem: "It wants us elsewhere." })).toBe('integrations:webhooks.elsewhere{"status":302}');
    expect(whyNot(t, { status: 500, problem: "It answered 500." })).toBe('integrations:webhooks.answered{"status":500}');
    expect(whyNot(t, { status: null, problem: "Nobody answers." })).toBe("Nobody answers.");
    expect(whyNot(t, { status: 200, problem: "" })).toBe("");
  });
  it("shows a body that is no JSON as it is", () => {
    expect(indented('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(indented("a")).toBe("a");
  });
});
