import { describe, expect, it } from "vitest";
import { current, EMPTY_KEYPAD, erased, pressed, target, typed, understood } from "./keypad";
import type { Resolved } from "./model";

const BRUSSELS: Resolved = {
  kind: "number",
  dial: "+3222903490",
  shown: "+32 2 290 34 90",
  name: null,
  country: "Belgium",
  error_id: null,
  message: null,
};

describe("keypad", () => {
  it("f_01: an answer to an older text never becomes the number that is called", () => {
    const first = typed(EMPTY_KEYPAD, "+3222903490");
    const second = typed(first, "203");
    expect(understood(second, first.text, BRUSSELS)).toEqual({ text: "203", answer: null });
    expect(target(understood(second, first.text, BRUSSELS))).toBeNull();
  });

  it("f_01: a changed text has no answer of the text before", () => {
    const known = understood(typed(EMPTY_KEYPAD, "+3222903490"), "+3222903490", BRUSSELS);
    expect(target(known)?.dial).toBe("+3222903490");
    expect(current(pressed(known, "1"))).toBeNull();
    expect(current(erased(known))).toBeNull();
  });

  it("groups a number as people read it once the server knows it", () => {
    const known = understood(typed(EMPTY_KEYPAD, "+3222903490"), "+3222903490", BRUSSELS);
    expect(known.text).toBe("+32 2 290 34 90");
    expect(current(known)?.country).toBe("Belgium");
  });

  it("leaves a national number as it was typed", () => {
    expect(understood(typed(EMPTY_KEYPAD, "022903490"), "022903490", BRUSSELS).text).toBe("022903490");
  });

  it.each([
    ["tel:+32-2-290-34-90", "+32-2-290-34-90"],
    ["\u00a0+32\u00a02 290", "+32 2 290"],
    ["(02) 290.34.90\n", "(02) 290.34.90 "],
    ["<b>201</b>", "b201/b"],
  ])("takes what is pasted: %j", (pasted, text) => {
    expect(typed(EMPTY_KEYPAD, pasted).text).toBe(text);
  });

  it("erases the digit, not only the space after it", () => {
    expect(erased({ text: "+32 2 ", answer: null }).text).toBe("+32 ");
  });
});
