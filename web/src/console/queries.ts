/** What the pages ask the server for. */
import { QueryClient, useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/client";
import { api } from "./session";
import type { Conference, ConferenceServer, Configuration, Device, Settings, SystemState, User, Welcome } from "./types";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

export function useList<T>(name: string, path: string, enabled: boolean) {
  return useQuery({
    queryKey: [name],
    enabled,
    queryFn: ({ signal }) => api.request<T>(path, { signal }),
  });
}

export const useUsers = (enabled = true) => useList<User[]>("users", "/api/users", enabled);
export const useConferences = (enabled = true) => useList<Conference[]>("conferences", "/api/conferences", enabled);
/** Null: there is none yet. */
export const useConferenceServer = (enabled = true) =>
  useQuery({
    queryKey: ["conference-server"],
    enabled,
    queryFn: async ({ signal }): Promise<ConferenceServer | null> => {
      try {
        return await api.request<ConferenceServer | null>("/api/conference-server", { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });
export const useDevices = (enabled = true) => useList<Device[]>("devices", "/api/devices", enabled);
export const useSettings = (enabled = true) => useList<Settings>("settings", "/api/settings", enabled);
export const useConfiguration = (enabled = true) =>
  useList<Configuration>("configuration", "/api/configuration", enabled);
export const useSystem = (enabled = true) => useList<SystemState>("system", "/api/system", enabled);
export const useWelcome = () => useList<Welcome>("welcome", "/api/welcome", true);

const DRAFTED = [
  "users",
  "conferences",
  "conference-server",
  "extensions",
  "settings",
  "configuration",
  "revisions",
  "devices",
  "numbers",
  "trunks",
  "ring-groups",
  "groups",
  "mailboxes",
  "forwardings",
] as const;

/** The draft or what is applied has changed: look again. */
export function refreshConfiguration(): void {
  for (const name of DRAFTED) {
    void queryClient.invalidateQueries({ queryKey: [name] });
  }
}
