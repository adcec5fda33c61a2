/** What the pages of the world outside ask the server for. */
import { useList } from "../queries";
import { useWho } from "../session";
import type { IncomingNumber, Mailbox, RingGroup, Trunk, UserGroup } from "./types";

/** A list that is asked for only by who may see it. */
function useMay<T>(name: string, path: string, rights: readonly string[], enabled: boolean) {
  const who = useWho();
  return useList<T>(name, path, enabled && rights.some((right) => who.may(right)));
}

export const useNumbers = (enabled = true) =>
  useMay<IncomingNumber[]>("numbers", "/api/numbers", ["numbers", "conferences", "users"], enabled);
export const useTrunks = (enabled = true) => useMay<Trunk[]>("trunks", "/api/trunks", ["trunks", "numbers"], enabled);
export const useRingGroups = (enabled = true) =>
  useMay<RingGroup[]>("ring-groups", "/api/ring-groups", ["users", "numbers"], enabled);
export const useGroups = (enabled = true) => useMay<UserGroup[]>("groups", "/api/groups", ["users"], enabled);
export const useMailboxes = (enabled = true) => useMay<Mailbox[]>("mailboxes", "/api/mailboxes", ["users", "numbers"], enabled);
