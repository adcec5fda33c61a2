/** The console: its shell, with the phone in it. */
import "@mantine/core/styles.css";
import "./ui/theme.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./console/App";
import { queryClient } from "./console/queries";
import { sessionQuery } from "./console/session";
import { preferredLanguage, startTranslations } from "./i18n";
import { theme } from "./ui/theme";
import { Toasts } from "./ui/toasts";

const root = document.getElementById("root");
if (!root) throw new Error("no #root");
// Who is signed in is asked while the words are loaded.
void queryClient.prefetchQuery(sessionQuery(queryClient));
await startTranslations(preferredLanguage());
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <App />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
