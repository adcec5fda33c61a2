/** The events of a room, kept while the page is open. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Room } from "../../../api/room";
import { api } from "../../session";
import type { WholeMeeting } from "../types";
import { eventsBetween, eventsOf, eventsOfMinutes, merged, type TimelineEvent } from "./timeline";

const NONE: readonly TimelineEvent[] = [];

export function useTimeline(room: Room | null): TimelineEvent[] {
  const [seen, setSeen] = useState<{ meeting: string | null; events: readonly TimelineEvent[] }>({ meeting: null, events: NONE });
  const before = useRef<Room | null>(null);
  const meeting = room?.meeting_id ?? null;
  const minutes = useQuery({
    queryKey: ["meeting", meeting],
    enabled: meeting !== null,
    retry: false,
    queryFn: ({ signal }) => api.request<WholeMeeting>(`/api/meetings/${encodeURIComponent(meeting ?? "")}`, { signal }),
  }).data;
  useEffect(() => {
    const was = before.current;
    before.current = room;
    if (!room) return;
    const seenNow = was?.meeting_id === room.meeting_id ? eventsBetween(was, room, Date.now() / 1000) : [];
    const fresh = [...seenNow, ...eventsOf(room)];
    setSeen((now) => {
      const known = now.meeting === room.meeting_id ? now.events : NONE;
      return { meeting: room.meeting_id, events: merged(known, fresh) };
    });
  }, [room]);
  return useMemo(
    // The minutes know best when somebody came in.
    () => merged(minutes ? eventsOfMinutes(minutes) : NONE, seen.meeting === meeting ? seen.events : NONE),
    [seen, meeting, minutes],
  );
}
