/** An import is looked at first; duplicates are merged into the one that is to stay. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { queryClient } from "../queries";
import { api } from "../session";
import { Duplicates } from "./Duplicates";
import { ImportDialog } from "./ImportDialog";

vi.mock("react-i18next", async (original) => ({
  ...(await original<object>()),
  useTranslation: () => ({ t: (key: string, values?: object) => key + (values ? JSON.stringify(values) : ""), i18n: { exists: () => false } }),
}));

afterEach(() => {
  cleanup();
  queryClient.clear();
  vi.restoreAllMocks();
});

function show(node: React.ReactNode): void {
  render(
    <MantineProvider>
      <QueryClientProvider client={queryClient}>{node}</QueryClientProvider>
    </MantineProvider>,
  );
}

const PLAN = {
  added: 1,
  changed: 1,
  unchanged: 0,
  skipped: [{ line: 4, error_id: "nobody-there", reason: "There is no name.", values: [] }],
  remarks: [],
  more: 0,
  planned: [
    { line: 2, what: "new", name: "Anna", company: "", adds: ["+3222903490"] },
    { line: 3, what: "completed", name: "Bruno", company: "", adds: ["ACME"] },
  ],
};

it("a file is looked at before anything is taken over", async () => {
  const asked = vi.spyOn(api, "request").mockResolvedValue(PLAN);
  const closed = vi.fn();
  show(<ImportDialog file={new File(["x"], "book.csv", { type: "text/csv" })} onClose={closed} />);
  await screen.findByText("Anna");
  expect(screen.getByText("ACME")).toBeTruthy();
  expect(screen.getByText(/There is no name/)).toBeTruthy();
  expect(asked.mock.calls.map(([path]) => path)).toEqual(["/api/contacts/import?preview=true"]);
  fireEvent.click(screen.getByRole("button", { name: /importNow/ }));
  await waitFor(() => expect(closed).toHaveBeenCalled());
  expect(asked.mock.calls.map(([path]) => path)).toEqual(["/api/contacts/import?preview=true", "/api/contacts/import"]);
});

it("a file with nothing new can only be closed", async () => {
  vi.spyOn(api, "request").mockResolvedValue({ ...PLAN, added: 0, changed: 0, planned: [] });
  show(<ImportDialog file={new File(["x"], "book.csv")} onClose={() => undefined} />);
  await screen.findByText(/contacts.planned/);
  expect(screen.queryByRole("button", { name: /importNow/ })).toBeNull();
});

const person = (id: string, name: string) => ({ id, name, company: "", email: "", note: "", numbers: [], version: "1" });

it("who is somebody else stays out of a merge", async () => {
  const group = { why: "name", contacts: [person("a", "Anna Weber"), person("b", "Anna  Weber"), person("c", "Weber Anna")] };
  const asked = vi.spyOn(api, "request").mockImplementation((path) =>
    Promise.resolve((path.endsWith("/duplicates") ? { groups: [group], total: 1 } : person("b", "Anna  Weber")) as never),
  );
  show(<Duplicates onClose={() => undefined} />);
  await screen.findByText("Weber Anna");
  const [, second] = screen.getAllByRole("radio");
  if (second) fireEvent.click(second);
  const [first] = screen.getAllByRole("checkbox");
  if (first) fireEvent.click(first);
  fireEvent.click(screen.getByRole("button", { name: /contacts.merge/ }));
  await waitFor(() =>
    expect(asked).toHaveBeenCalledWith("/api/contacts/merge", { method: "POST", body: { keep: "b", others: ["c"] } }),
  );
});
