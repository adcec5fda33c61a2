import { MantineProvider, TextInput } from "@mantine/core";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "../api/client";
import { startTranslations } from "../i18n";
import { FormSheet } from "./FormSheet";
import { useForm } from "./useForm";

beforeAll(() => startTranslations("en"));
beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

function Sheet({ save, onClose }: { save: () => Promise<void>; onClose: () => void }) {
  const form = useForm("test", { name: "", extension: "" });
  const run = async () => {
    if (!(await form.submit(save))) return;
    form.forget();
    onClose();
  };
  return (
    <FormSheet title="New thing" form={form} onSave={() => void run()} onClose={onClose}>
      <TextInput {...form.text("name")} label="Name" />
      <TextInput {...form.text("extension")} label="Extension" />
    </FormSheet>
  );
}

function show(save: () => Promise<void>) {
  const onClose = vi.fn();
  render(
    <MantineProvider env="test">
      <Sheet save={save} onClose={onClose} />
    </MantineProvider>,
  );
  return onClose;
}

const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);

it("a refused form keeps what was typed, says why beside the field, and goes there", async () => {
  const problem = {
    path: "users/1/extension",
    error_id: "extension-taken",
    message: "Taken.",
    values: { extension: "201", other: "user Anna" },
  };
  const onClose = show(() => Promise.reject(new ApiError(422, "extension-taken", "Taken.", "extension", [problem])));
  fireEvent.change(field("Name"), { target: { value: "Zoé <b>" } });
  fireEvent.change(field("Extension"), { target: { value: "201" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText(/Extension 201 is already used by user Anna/)).toBeDefined();
  expect(field("Name").value).toBe("Zoé <b>");
  await waitFor(() => expect(document.activeElement).toBe(field("Extension")));
  expect(onClose).not.toHaveBeenCalled();
});

it("what was typed survives a reload; Cancel forgets it", () => {
  show(() => Promise.resolve());
  fireEvent.change(field("Name"), { target: { value: "Board" } });
  cleanup();
  show(() => Promise.resolve());
  expect(field("Name").value).toBe("Board");
  expect(screen.getByText(/still here/)).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  cleanup();
  show(() => Promise.resolve());
  expect(field("Name").value).toBe("");
});

it("a problem of no field stands on top, and a save that goes well closes the sheet", async () => {
  let works = false;
  const onClose = show(() => (works ? Promise.resolve() : Promise.reject(new ApiError(0, "unreachable", "Gone."))));
  fireEvent.change(field("Name"), { target: { value: "Board" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  expect((await screen.findByRole("alert")).textContent).toContain("cannot be reached");
  works = true;
  act(() => void fireEvent.click(screen.getByRole("button", { name: "Save" })));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(sessionStorage.length).toBe(0);
});
