import { expect, it } from "vitest";
import { csvCell, csvOf } from "./csv";

it.each([
  ["=1+2", "'=1+2"],
  ["@cmd", "'@cmd"],
  ["-5", "'-5"],
  ["+32 2", "'+32 2"],
  ['a "b", c', '"a ""b"", c"'],
  ["<b>x</b>", "<b>x</b>"],
  [null, ""],
  [201, "201"],
])("a spreadsheet computes nothing: %s", (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

it("lines end as RFC 4180 wants", () => {
  expect(csvOf([["a", "b"], [1, true]])).toBe("a,b\r\n1,true\r\n");
});
