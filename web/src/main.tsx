/** The console. */
import "@mantine/core/styles.css";
import { MantineProvider } from "@mantine/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { preferredLanguage, startTranslations } from "./i18n";

const root = document.getElementById("root");
if (!root) throw new Error("no #root");
await startTranslations(preferredLanguage());
createRoot(root).render(
  <StrictMode>
    <MantineProvider defaultColorScheme="auto">Switchroom</MantineProvider>
  </StrictMode>,
);
