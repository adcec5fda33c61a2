import { expect, test } from "vitest";
import { again } from "./again";

test("what the network refused is asked for again", async () => {
  let asked = 0;
  const load = () => (++asked < 3 ? Promise.reject(new TypeError("network changed")) : Promise.resolve("here"));
  expect(await again(load, [0, 0])).toBe("here");
  expect(asked).toBe(3);
});

test("who is refused to the end is told why", async () => {
  await expect(again(() => Promise.reject(new TypeError("gone")), [0])).rejects.toThrow("gone");
});
