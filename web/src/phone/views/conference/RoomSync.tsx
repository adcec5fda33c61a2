/** Keeps each call's microphone and its participant's mute the same, in the tab that owns the phone. */
import { useEffect, useRef } from "react";
import type { RoomState } from "../../../api/room";
import { useRoom } from "../../../api/useRoom";
import { established } from "../../engine/calls";
import type { Call } from "../../engine/model";
import { MuteSync } from "../../engine/mute-sync";
import { usePhoneState, useRunningPhone } from "../../PhoneContext";

/** The server shows a change within this time. */
const SHOWN_MS = 2000;

/** Calls of one person that are one talk: nothing but a conversation, which the server does not moderate. */
export function isMerged(conference: string): boolean {
  return conference.startsWith("adhoc-");
}

export function RoomSync() {
  const { calls, role } = usePhoneState();
  if (role.kind !== "owner") return null;
  return calls.map((call) => call.conference !== null && !isMerged(call.conference) && established(call) && <CallSync key={call.id} call={call} conference={call.conference} />);
}

function CallSync({ call, conference }: { call: Call; conference: string }) {
  const { api, engine } = useRunningPhone();
  const { state, watch, orders } = useRoom(api, conference);
  const participant = useParticipant(call, state);
  const me = participant?.id ?? null;
  const { id } = call;
  const sync = useRef<MuteSync | null>(null);
  useEffect(() => {
    if (me === null || orders === null) return;
    sync.current = new MuteSync({
      local: (on) => void engine.do({ do: "mute", call: id, on }),
      server: (on) => orders.participant(me, on ? "mute" : "unmute"),
      refused: () => undefined,
      later: (run) => window.setTimeout(run, SHOWN_MS),
    });
    return () => {
      sync.current = null;
    };
  }, [engine, id, orders, me]);
  const muted = participant ? participant.muted_by !== null : null;
  useEffect(() => sync.current?.update(call.muted, muted), [me, call.muted, muted]);
  // Whoever comes back was shut out of the room's socket meanwhile.
  const place = useParticipantId(call);
  useEffect(() => {
    if (place !== null) watch?.again();
  }, [place, watch]);
  return null;
}

/** The id of a call's participant, as the tabs' channel tells it. */
export function useParticipantId(call: Call): string | null {
  const { places } = usePhoneState();
  return (call.dialog !== null && !call.returning ? places[call.dialog]?.participant : null) ?? null;
}

/** A call's own participant; null while it is not inside. */
export function useParticipant(call: Call, { room, you }: RoomState) {
  const id = useParticipantId(call);
  return room?.participants.find((one) => one.id === (id ?? you)) ?? null;
}
