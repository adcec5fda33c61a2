/** What is typed on the keypad. Pure. Once a call was placed nothing of it stays. */
import type { Resolved, Target } from "./model";

export interface Keypad {
  text: string;
  /** What the server made of a text; it counts only while the text is still that one. */
  answer: { text: string; resolved: Resolved } | null;
}

export const EMPTY_KEYPAD: Keypad = { text: "", answer: null };

/** Keep what can stand in a number as people write or paste it: digits, + * #, letters of vanity numbers, separators. */
export function cleaned(text: string): string {
  return text
    .replace(/^\s*(tel|sip|sips|callto):/i, "")
    .replace(/[\u00a0\u202f\s]+/g, " ")
    .replace(/[^0-9A-Za-z+*#().\-/ @]/g, "")
    .replace(/^ /, "")
    .slice(0, 64);
}

export function typed(keypad: Keypad, text: string): Keypad {
  const next = cleaned(text);
  return next === keypad.text ? keypad : { text: next, answer: null };
}

export function pressed(keypad: Keypad, key: string): Keypad {
  return typed(keypad, keypad.text + key);
}

export function erased(keypad: Keypad): Keypad {
  return typed(keypad, keypad.text.trimEnd().slice(0, -1));
}

/** The server's answer to `text` came. An answer to an older text is dropped; the same digits are shown grouped. */
export function understood(keypad: Keypad, text: string, resolved: Resolved): Keypad {
  if (keypad.text !== text) return keypad;
  const grouped = digitsOf(resolved.shown) === digitsOf(text) && resolved.kind === "number" ? resolved.shown : text;
  return { text: grouped, answer: { text: grouped, resolved } };
}

/** What the server says of exactly the text that stands there now. */
export function current(keypad: Keypad): Resolved | null {
  return keypad.answer?.text === keypad.text ? keypad.answer.resolved : null;
}

/** Where a call would go now; null: the server has to be asked first, or refuses. */
export function target(keypad: Keypad): Target | null {
  const resolved = current(keypad);
  if (!resolved || resolved.kind === "refused" || resolved.dial === null) return null;
  return { dial: resolved.dial, shown: resolved.shown, name: resolved.name, then: resolved.then ?? "" };
}

function digitsOf(text: string): string {
  return text.replace(/[^0-9+*#]/g, "");
}
