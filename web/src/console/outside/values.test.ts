import { describe, expect, it } from "vitest";
import { numberBody, numberValues } from "./numberValues";
import { dayRanges, destinationText, hoursText, hoursWords, readDestination, readHours, rightBody, rightValues, withPlus } from "./values";

describe("destinations", () => {
  it.each([null, { kind: "hang-up", target: "" }, { kind: "conference", target: "a:b" }])("come back as they were: %o", (one) => {
    expect(readDestination(destinationText(one))).toEqual(one);
  });
});

describe("hours", () => {
  const hours = { days: [0, 1, 2, 4], begins: "08:30", ends: "18:00" };

  it("come back as they were; none is nothing", () => {
    expect(readHours(hoursText([hours]))).toEqual([hours]);
    expect(hoursText([])).toBe("");
    expect(readHours("")).toEqual([]);
  });

  it("are said with days that follow one another together", () => {
    expect(dayRanges([4, 0, 1, 2])).toEqual([[0, 2], [4, 4]]);
    expect(hoursWords(hours, "en")).toBe("Mon–Wed, Fri 08:30–18:00");
    expect(hoursWords({ ...hours, days: [6] }, "fr")).toBe("Dim. 08:30–18:00");
  });
});

it("test_b9_03 a prefix with leading zeros is one of a country", () => {
  expect(withPlus("0033")).toBe("+33");
  expect(withPlus("+33 1")).toBe("+331");
});

it("what may be called is sent as a whole", () => {
  const rights = { national: true, mobile: false, countries: ["BE", "GB"], premium: false };
  expect(rightBody(rightValues(rights))).toEqual(rights);
  expect(rightBody(rightValues())).toEqual({ national: true, mobile: true, countries: [], premium: false });
});

describe("test_s1_12 an incoming number", () => {
  const values = { ...numberValues(null), e164: " +3222903490 ", destination: "conference:board" };

  it("sends the fields that are named", () => {
    expect(numberBody(values, ["destination"])).toEqual({ destination: { kind: "conference", target: "board" } });
    expect(numberBody(values, Object.keys(values))).toMatchObject({ e164: "+3222903490", trunk: null, language: null, schedule: [] });
  });

  it("hangs up outside its hours unless told otherwise", () => {
    expect(numberBody(values, ["otherwise"])).toEqual({ otherwise: null });
    expect(numberBody({ ...values, otherwise: "voicemail:sales" }, ["otherwise"])).toEqual({
      otherwise: { kind: "voicemail", target: "sales" },
    });
  });
});
