/** Invitations into a conference: what the server knows of them, and what may still be done. */
import { useQuery } from "@tanstack/react-query";
import type { InvitationState, RoomInvitation } from "../../api/room";
import { queryClient } from "../queries";
import { api } from "../session";

const SOON = 1000;
const LATER = 5000;

/** Still going on: it can be cancelled, and it changes by itself. */
export function isOpen(state: InvitationState): boolean {
  return state === "ringing" || state === "answered";
}

/** The newest first. */
export function newestFirst(invitations: readonly RoomInvitation[]): RoomInvitation[] {
  return [...invitations].sort((one, other) => other.at - one.at);
}

function key(conference: string): string[] {
  return ["invitations", conference];
}

/** Asked anew each second while somebody's phone rings. */
export function useInvitations(conference: string) {
  return useQuery({
    queryKey: key(conference),
    queryFn: ({ signal }) =>
      api.request<RoomInvitation[]>(`/api/rooms/${encodeURIComponent(conference)}/invitations`, { signal }),
    refetchInterval: (query) => (query.state.data?.some(({ state }) => isOpen(state)) ? SOON : LATER),
  });
}

export function refreshInvitations(conference: string): void {
  void queryClient.invalidateQueries({ queryKey: key(conference) });
}
