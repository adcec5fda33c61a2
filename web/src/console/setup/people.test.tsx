import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { click, pick, sent, serve, show, speakEnglish } from "../outside/testing/page";
import { PeopleStep } from "./PeopleStep";

beforeAll(speakEnglish);
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

it("test_s2_04 the first start asks which countries may be called, for everybody who is added", async () => {
  const user = (extension: string) => ({ user: { id: `u${extension}`, extension }, secret: null, name: extension, password: null });
  serve({ "/api/users": [] }, (one) => user((one.body as { extension?: string }).extension ?? ""));
  const onNext = vi.fn();
  show(() => <PeopleStep onBack={() => undefined} onNext={onNext} onMine={() => undefined} onCredentials={() => undefined} />);
  const names = await screen.findAllByLabelText("Name");
  fireEvent.change(names[0]!, { target: { value: "Anna" } });
  fireEvent.change(names[1]!, { target: { value: "Bruno" } });
  await pick("Which countries abroad may they call?", "Belgium");
  await click("Next");
  await vi.waitFor(() => expect(onNext).toHaveBeenCalled());
  const rights = { national: true, mobile: true, countries: ["BE"], premium: false };
  expect(sent.filter((one) => one.path === "/api/users").map((one) => one.body)).toEqual([
    { extension: "201", name: "Anna", email: null, rights },
    { extension: "202", name: "Bruno", email: null, rights },
  ]);
});
