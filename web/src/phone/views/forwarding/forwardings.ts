/** One's own forwardings as the server keeps them, and what a change makes of them. Pure, but for the hook. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "../../../api/client";
import { useRunningPhone } from "../../PhoneContext";

export interface Destination {
  kind: string;
  /** Id of the user; a number in E.164. */
  target: string;
}

export interface Forward {
  destination: Destination;
  seconds: number;
}

export type ListName = "no_answer" | "busy" | "follow_me";

export interface Forwardings {
  always: Destination | null;
  follow_me: readonly Forward[];
  follow_me_on: boolean;
  no_answer: readonly Forward[];
  no_answer_voicemail: boolean;
  busy: readonly Forward[];
  busy_voicemail: boolean;
  confirm_outside: boolean;
  do_not_disturb: boolean;
  hide_number: boolean;
}

interface View extends Forwardings {
  user: string;
  /** There is a mailbox. */
  voicemail: boolean;
}

export const SECONDS = { least: 5, most: 120, usual: 20 };
export const MOST_FORWARDS = 10;

export function added(list: readonly Forward[], destination: Destination): readonly Forward[] {
  return [...list, { destination, seconds: SECONDS.usual }];
}

export function without(list: readonly Forward[], place: number): readonly Forward[] {
  return list.filter((_, at) => at !== place);
}

export function rings(list: readonly Forward[], place: number, seconds: number): readonly Forward[] {
  return list.map((one, at) => (at === place ? { ...one, seconds } : one));
}

/** One place sooner. */
export function sooner(list: readonly Forward[], place: number): readonly Forward[] {
  const [before, one] = [list[place - 1], list[place]];
  return before && one ? [...list.slice(0, place - 1), one, before, ...list.slice(place + 1)] : list;
}

/** What is sent: all of it, since what is not named is off. */
export function bodyOf({ always, follow_me, follow_me_on, no_answer, no_answer_voicemail, ...rest }: Forwardings): Forwardings {
  const { busy, busy_voicemail, confirm_outside, do_not_disturb, hide_number } = rest;
  const lists = { follow_me, no_answer, busy };
  // Follow Me without anybody to ring is off: nothing else would ring.
  const on = follow_me_on && follow_me.length > 0;
  return { always, ...lists, follow_me_on: on, no_answer_voicemail, busy_voicemail, confirm_outside, do_not_disturb, hide_number };
}

const KEY = ["phone", "forwardings"];

/** What is set, and `change`, which acts at once; one after the other, each on what the one before left. */
export function useForwardings() {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  const found = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.request<View>("/api/phone/forwardings", { signal }),
    staleTime: 30_000,
  });
  const save = useMutation({
    scope: { id: "forwardings" },
    mutationFn: (patch: Partial<Forwardings>) => {
      const now = client.getQueryData<View>(KEY);
      if (!now) throw new ApiError(0, "unreachable", "");
      return api.request<View>("/api/phone/forwardings", { method: "PUT", body: bodyOf({ ...now, ...patch }) });
    },
    onMutate: async (patch) => {
      await client.cancelQueries({ queryKey: KEY });
      client.setQueryData<View>(KEY, (now) => now && { ...now, ...patch });
    },
    onSuccess: (view) => client.setQueryData(KEY, view),
    onError: () => client.invalidateQueries({ queryKey: KEY }),
  });
  return { ...found, set: found.data, change: save.mutate, error: save.error };
}
