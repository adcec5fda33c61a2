import { MantineProvider } from "@mantine/core";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { ApiError } from "../api/client";
import common from "../locales/en/common.json";
import words from "../locales/en/console.json";
import { ProvisioningDialog } from "./ProvisioningDialog";
import { api } from "./session";
import type { Device } from "./types";

const DEVICE: Device = { id: "device-1", user_id: "user-201", username: "201", label: "Desk", revoked: false, created_at: 0, changed_at: 0 };
const LINK = { url: "https://pbx.example/provision/abc/phone.xml", qr: "https://pbx.example/provision/abc/phone.xml", expires_at: 2e9, trusted: false };

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: "en", ns: ["console", "common"], defaultNS: "console", resources: { en: { console: words, common } }, interpolation: { escapeValue: false } });
});

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

async function made(answer: Promise<unknown>) {
  const request = vi.spyOn(api, "request").mockImplementation(() => answer);
  render(
    <I18nextProvider i18n={i18next}>
      <MantineProvider env="test">
        <ProvisioningDialog device={DEVICE} onClose={() => undefined} />
      </MantineProvider>
    </I18nextProvider>,
  );
  fireEvent.change(screen.getByLabelText("Kind of phone"), { target: { value: "snom" } });
  fireEvent.click(screen.getByRole("button", { name: "Make a link" }));
  await act(() => new Promise((done) => setTimeout(done, 0)));
  return request;
}

it("a link is made for one kind of phone, shown with where to type it, and the phone's trust is spoken of", async () => {
  const request = await made(Promise.resolve(LINK));
  expect(request.mock.calls).toEqual([["/api/users/user-201/devices/device-1/provisioning", { method: "POST", body: { vendor: "snom" } }]]);
  expect(screen.getByText(LINK.url)).toBeTruthy();
  expect(screen.getByText(/Setting URL/)).toBeTruthy();
  expect(screen.getByText(/load its authority/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Make a link" })).toBeNull();
});

it("a refusal stays in the dialog, and one can try again", async () => {
  await made(Promise.reject(new ApiError(409, "no-https", "Settings hold a password: they are given out over HTTPS only.")));
  expect(screen.getByRole("alert").textContent).toContain("HTTPS only");
  expect(screen.getByRole("button", { name: "Make a link" })).toBeTruthy();
});
