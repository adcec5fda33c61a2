/** What webhooks are to the pages. */
import type { TFunction } from "i18next";

export const EVENTS = [
  "call.started",
  "call.answered",
  "call.ended",
  "call.missed",
  "recording.ready",
  "voicemail.left",
  "activity.done",
] as const;
export type Event = (typeof EVENTS)[number];

export interface Webhook {
  id: string;
  name: string;
  url: string;
  events: Event[];
  enabled: boolean;
  waiting: number;
  last: { at: number; state: DeliveryState; status: number | null; problem: string } | null;
  version: string;
}

export type NewWebhook = Webhook & { secret: string };
export type DeliveryState = "delivered" | "waiting" | "failed";

export interface Delivery {
  id: string;
  event_id: string;
  event: string;
  body: string;
  created_at: number;
  state: DeliveryState;
  attempts: number;
  next_at: number | null;
  delivered_at: number | null;
  status: number | null;
  problem: string;
  answer: string;
}

export const WEBHOOKS = ["webhooks"];
export const PLACE = "/api/webhooks";
export const BADGES = { delivered: "ok", waiting: "waiting", failed: "failed" } as const;

/** A form's values: a box for each event. */
export type WebhookValues = Record<Event, boolean> & { name: string; url: string; enabled: boolean };

export function webhookValues(hook: Webhook | null): WebhookValues {
  const chosen = (event: Event): boolean => hook?.events.includes(event) ?? event.startsWith("call.");
  const boxes = Object.fromEntries(EVENTS.map((event) => [event, chosen(event)])) as Record<Event, boolean>;
  return { ...boxes, name: hook?.name ?? "", url: hook?.url ?? "", enabled: hook?.enabled ?? true };
}

export function webhookBody(values: WebhookValues) {
  const events = EVENTS.filter((event) => values[event]);
  return { name: values.name.trim(), url: values.url.trim(), events, enabled: values.enabled };
}

/** The word of an event in the translations. */
export const eventKey = (event: string): string => `webhooks.event.${event.replace(".", "_")}`;

interface Outcome {
  status: number | null;
  problem: string;
}

/** Why a try failed, nothing when it did not: what was answered in the reader's words, else the server's own. */
export function whyNot(t: TFunction<"integrations">, { status, problem }: Outcome): string {
  if (problem === "" || status === null) return problem;
  return t(status >= 300 && status < 400 ? "integrations:webhooks.elsewhere" : "integrations:webhooks.answered", { status });
}

/** JSON as people read it. */
export function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
