/** The phone alone, at /phone: to be installed, or kept open in a tab of its own. */
import "@mantine/core/styles.css";
import "./ui/theme.css";
import "./phone/phone.css";
import "./phone/conference.css";
import "./phone/moving.css";
import "./phone/activities.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import { ApiClient } from "./api/client";
import { PhonePage } from "./phone/PhonePage";
import { phoneTranslations } from "./phone/translations";
import { theme } from "./ui/theme";

const root = document.getElementById("root");
if (!root) throw new Error("no #root");
const api = new ApiClient();
const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: true } } });
const words = await phoneTranslations([localStorage.getItem("switchroom.language") ?? "", ...navigator.languages]);
document.documentElement.lang = words.language;
createRoot(root).render(
  <StrictMode>
    <I18nextProvider i18n={words}>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={queries}>
          <PhonePage api={api} />
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>
  </StrictMode>,
);
