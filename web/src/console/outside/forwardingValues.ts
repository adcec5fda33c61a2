/** A user's forwardings in a form, and what is sent of them: all of it, as they act as a whole (B3-04 to B3-07). */
import type { Values } from "../../ui";
import type { Forward, Forwardings } from "./types";
import { destinationText, readDestination } from "./values";

export const LEAST_SECONDS = 5;
export const MOST_SECONDS = 120;
export const MOST_FORWARDS = 10;

/** A destination of a list while it is edited. */
export interface ForwardLine {
  destination: string;
  seconds: number;
}

export interface ForwardingValues extends Values {
  always: string;
  follow_me_on: boolean;
  /** Lists of {@link ForwardLine} as JSON. */
  follow_me: string;
  no_answer: string;
  no_answer_voicemail: boolean;
  busy: string;
  busy_voicemail: boolean;
  confirm_outside: boolean;
  do_not_disturb: boolean;
  hide_number: boolean;
}

export const NEW_LINE: ForwardLine = { destination: "extension:", seconds: 20 };

export function linesText(lines: readonly ForwardLine[]): string {
  return lines.length === 0 ? "" : JSON.stringify(lines);
}

export function readLines(text: string): ForwardLine[] {
  return text === "" ? [] : (JSON.parse(text) as ForwardLine[]);
}

function fromForwards(forwards: readonly Forward[]): string {
  return linesText(forwards.map(({ destination, seconds }) => ({ destination: destinationText(destination), seconds })));
}

function toForwards(text: string): Forward[] {
  return readLines(text).map(({ destination, seconds }) => ({
    destination: readDestination(destination) ?? { kind: "not-configured", target: "" },
    seconds,
  }));
}

export function forwardingValues(now: Forwardings): ForwardingValues {
  return {
    always: destinationText(now.always),
    follow_me_on: now.follow_me_on,
    follow_me: fromForwards(now.follow_me),
    no_answer: fromForwards(now.no_answer),
    no_answer_voicemail: now.no_answer_voicemail,
    busy: fromForwards(now.busy),
    busy_voicemail: now.busy_voicemail,
    confirm_outside: now.confirm_outside,
    do_not_disturb: now.do_not_disturb,
    hide_number: now.hide_number,
  };
}

export function forwardingBody(values: ForwardingValues): Forwardings {
  return {
    ...values,
    always: readDestination(values.always),
    follow_me: toForwards(values.follow_me),
    no_answer: toForwards(values.no_answer),
    busy: toForwards(values.busy),
  };
}
