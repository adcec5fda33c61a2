import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { BOARD, choose, click, sent, serve, settle, show, speakEnglish } from "../outside/testing/page";
import HoldMusic from "./HoldMusic";

const BACH = { id: "music-1", name: "Bach", seconds: 61 };

/** What the browser is asked to send. */
class Request {
  static last: Request | null = null;
  upload: { onprogress?: (event: { lengthComputable: boolean; loaded: number; total: number }) => void } = {};
  onload: () => void = () => undefined;
  onerror: () => void = () => undefined;
  headers = new Map<string, string>();
  status = 0;
  statusText = "";
  responseText = "";
  path = "";
  constructor() {
    Request.last = this;
  }
  open(_: string, path: string): void {
    this.path = path;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers.set(name, value);
  }
  send(): void {
    this.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 4 });
  }
  async answer(status: number, body: unknown): Promise<void> {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload();
    await settle();
  }
}

beforeAll(speakEnglish);
beforeEach(() => {
  Request.last = null;
  vi.stubGlobal("XMLHttpRequest", Request);
  serve(
    {
      "/api/hold-music": [BACH],
      "/api/settings": { hold_music: null, version: "s1", pending: false },
      "/api/conferences": [{ ...BOARD, hold_music: null }],
    },
    () => ({ pending: { changed_entries: 1 } }),
  );
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const give = async (name: string): Promise<void> => {
  const file = new File(["sound"], name);
  fireEvent.change(document.querySelector("input[type=file]")!, { target: { files: [file] } });
  await settle();
};

describe("test_b8_05 hold music", () => {
  it("is uploaded with its progress; what was uploaded is told, and closed", async () => {
    show(HoldMusic);
    await screen.findByLabelText("Listen to Bach");
    await give("Vivaldi spring.mp3");
    expect(screen.getByRole("progressbar", { name: "Vivaldi spring.mp3 is being sent" }).getAttribute("aria-valuenow")).toBe("25");
    expect(Request.last?.path).toBe("/api/hold-music?name=Vivaldi%20spring");
    expect(Request.last?.headers.get("Content-Type")).toBe("audio/mpeg");
    await Request.last?.answer(201, { id: "music-2" });
    expect(screen.getByRole("alert").textContent).toContain("Vivaldi spring.mp3 is uploaded");
    await click("Close");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("other files are refused clearly, by their name and by what is in them", async () => {
    show(HoldMusic);
    await screen.findByLabelText("Listen to Bach");
    await give("song.ogg");
    expect(Request.last).toBeNull();
    expect(screen.getByRole("alert").textContent).toContain("Only WAV and MP3 files can be hold music");
    await give("renamed.wav");
    await Request.last?.answer(422, { error_id: "not-a-sound", message: "The file is neither WAV nor MP3." });
    expect(screen.getByRole("alert").textContent).toContain("renamed.wav was not taken");
    expect(screen.getByRole("alert").textContent).toContain("neither WAV nor MP3");
  });

  it("is heard, and chosen for the system and for a conference; the delivered one stays", async () => {
    show(HoldMusic);
    await screen.findByLabelText("Listen to Bach");
    expect(screen.getByLabelText("Listen to Bach").getAttribute("src")).toBe("/api/hold-music/music-1/audio");
    expect(screen.getByText("Delivered music (free of rights)")).toBeTruthy();
    fireEvent.change(screen.getByLabelText(/^Hold music of the system/), { target: { value: "music-1" } });
    await settle();
    choose("Conference Board", "music-1");
    await settle();
    expect(sent).toEqual([
      { method: "PATCH", path: "/api/settings", body: { hold_music: "music-1" }, version: "s1" },
      { method: "PATCH", path: "/api/conferences/board", body: { hold_music: "music-1" }, version: "c1" },
    ]);
  });

  it("is deleted once that was confirmed", async () => {
    show(HoldMusic);
    await click("Delete Bach");
    expect(sent).toEqual([]);
    await click("Delete");
    expect(sent.map((one) => `${one.method} ${one.path}`)).toEqual(["DELETE /api/hold-music/music-1"]);
  });
});
