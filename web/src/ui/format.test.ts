import { describe, expect, it } from "vitest";
import { dayStart, duration, nameOf, relativeTime } from "./format";

const NOW = 1_763_733_600;

describe("relativeTime", () => {
  it.each([
    [NOW - 5, "en", "now"],
    [NOW - 125, "en", "2 minutes ago"],
    [NOW - 3600, "fr", "il y a 1 heure"],
    [NOW + 86_400 * 2, "it", "dopodomani"],
    [NOW - 86_400, "en", "yesterday"],
  ])("%d in %s is %s", (time, language, words) => {
    expect(relativeTime(time, NOW, language)).toBe(words);
  });
});

describe("duration", () => {
  it.each([
    [0, "0:00"],
    [42.9, "0:42"],
    [725, "12:05"],
    [3723, "1:02:03"],
    [-3, "0:00"],
  ])("%d s is %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

describe("dayStart", () => {
  it("is midnight here, and the next day's with one day more", () => {
    const start = dayStart("2026-11-21") ?? 0;
    expect(new Date(start * 1000).getHours()).toBe(0);
    expect(new Date((dayStart("2026-11-21", 1) ?? 0) * 1000).getDate()).toBe(22);
  });

  it("is nothing for what is no day", () => expect(dayStart("soon")).toBeNull());
});

it("names countries in the reader's language", () => {
  expect(nameOf("region", "BE", "fr")).toBe("Belgique");
  expect(nameOf("language", "fr", "it")).toBe("Francese");
  expect(nameOf("region", "!!", "en")).toBe("!!");
});
