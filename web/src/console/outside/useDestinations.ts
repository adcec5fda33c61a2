/** What a call may be led to, by kind, as choices in a form; and a destination in words. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePeople } from "../people";
import { useConferences, useConferenceServer } from "../queries";
import { useWho } from "../session";
import { useMailboxes, useRingGroups } from "./queries";
import type { Destination } from "./types";

export interface Choice {
  value: string;
  label: string;
}

export interface Destinations {
  /** Choices of a kind that has some; undefined while they are not known. */
  of: (kind: string) => readonly Choice[] | undefined;
  /** "Conference: 8002 Board". */
  words: (destination: Destination | null) => string;
  /** Whether there is a conference server to lead calls to. */
  server: boolean;
}

const numbered = (extension: string | null, name: string) => (extension ? `${extension} ${name}` : name);

export function useDestinations(): Destinations {
  const { t } = useTranslation("outside");
  const who = useWho();
  const people = usePeople(who.may("users") || who.may("conferences"));
  const rooms = useConferences(who.may("conferences")).data;
  const server = useConferenceServer(who.may("conferences")).data;
  const groups = useRingGroups().data;
  const boxes = useMailboxes().data;
  return useMemo(() => {
    const choices: Record<string, readonly Choice[] | undefined> = {
      extension: people?.map((person) => ({ value: person.id, label: person.label })),
      conference: rooms?.map((room) => ({ value: room.id, label: numbered(room.extension, room.name) })),
      "ring-group": groups?.map((group) => ({ value: group.id, label: numbered(group.extension, group.name) })),
      voicemail: boxes?.map((box) => ({ value: box.id, label: numbered(box.extension, box.name) })),
    };
    // A list has a thousand numbers: each finds its place at once.
    const labels = new Map(Object.entries(choices).map(([kind, all]) => [kind, new Map(all?.map(({ value, label }) => [value, label]))]));
    const words = (destination: Destination | null): string => {
      if (!destination) return t("destination.kind.hang-up");
      const kind = t(`destination.kind.${destination.kind}`, { defaultValue: destination.kind });
      if (destination.kind === "number") return destination.target;
      const target = labels.get(destination.kind)?.get(destination.target);
      return target ? `${kind}: ${target}` : kind;
    };
    return { of: (kind) => choices[kind], words, server: server != null };
  }, [t, people, rooms, groups, boxes, server]);
}
