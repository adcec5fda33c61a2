/** The page of a guest's link, /join/<token>: into one conference, without an account. */
import "./guest/guest.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import { buildGuest } from "./guest/browser";
import { GuestPage } from "./guest/GuestPage";
import { guestTranslations, spokenHere } from "./guest/translations";

const root = document.getElementById("root");
if (!root) throw new Error("no #root");
const guest = buildGuest(decodeURIComponent(location.pathname.split("/")[2] ?? ""));
guest.visit.start();
const words = await guestTranslations(spokenHere(navigator.languages) ?? "en");
createRoot(root).render(
  <StrictMode>
    <I18nextProvider i18n={words}>
      <GuestPage guest={guest} />
    </I18nextProvider>
  </StrictMode>,
);
