/** What the pages of the world outside ask the server for. */
import { useQuery } from "@tanstack/react-query";
import { useList } from "../queries";
import { api, useWho } from "../session";
import type { IncomingNumber, Mailbox, RingGroup, Trunk, TrunkNow, UserGroup } from "./types";

/** A list that is asked for only by who may see it. */
function useMay<T>(name: string, path: string, rights: readonly string[], enabled: boolean) {
  const who = useWho();
  return useList<T>(name, path, enabled && rights.some((right) => who.may(right)));
}

export const useNumbers = (enabled = true) =>
  useMay<IncomingNumber[]>("numbers", "/api/numbers", ["numbers", "conferences", "users"], enabled);
export const useTrunks = (enabled = true) => useMay<Trunk[]>("trunks", "/api/trunks", ["trunks", "numbers"], enabled);
/** How the trunks are doing; asked again and again while somebody looks. */
export const useTrunkStates = () =>
  useQuery({
    queryKey: ["trunk-states"],
    refetchInterval: 5_000,
    queryFn: ({ signal }) => api.request<TrunkNow[]>("/api/trunks/state", { signal }),
  });
export const useRingGroups = (enabled = true) =>
  useMay<RingGroup[]>("ring-groups", "/api/ring-groups", ["users", "numbers"], enabled);
export const useGroups = (enabled = true) => useMay<UserGroup[]>("groups", "/api/groups", ["users"], enabled);
export const useMailboxes = (enabled = true) => useMay<Mailbox[]>("mailboxes", "/api/mailboxes", ["users", "numbers"], enabled);
