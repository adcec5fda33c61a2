import { expect, it } from "vitest";
import { numberOf } from "./telLink";

it.each([
  ["tel:+3222903490", "+3222903490"],
  ["TEL:+32-2-290;phone-context=example.com", "+32-2-290"],
  ["web+tel:%2B3222903490", "+3222903490"],
  ["tel:%", "%"],
  [" 203 ", "203"],
  ["", ""],
])("test_f_05_the number of %s", (link, number) => {
  expect(numberOf(link)).toBe(number);
});
