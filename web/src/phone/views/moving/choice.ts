/** Whom a person means by what he typed: a colleague or contact that he chose, else what the server makes of the text. */
import { useEffect, useState } from "react";
import { current, EMPTY_KEYPAD, type Keypad, understood } from "../../engine/keypad";
import type { Presence, Resolved, Target } from "../../engine/model";
import { type Person, useDebounced, usePeople, waysOf } from "../../data";
import { useRunningPhone } from "../../PhoneContext";

const ASK_AFTER_MS = 150;
const DIALABLE = /^[+\d*#(][\d\s()./*#-]*$/;

/** One way to reach one person. */
export interface Offer {
  id: string;
  /** The colleague whose extension it is. */
  user: string | null;
  name: string;
  dial: string;
  shown: string;
  presence: Presence | null;
}

/** Whom a text leads to. */
export interface Reached {
  target: Target;
  /** The colleague whose extension it is. */
  user: string | null;
  kind: Resolved["kind"];
}

export interface Choice {
  text: string;
  offers: readonly Offer[];
  /** The first offer, once they are those of exactly this name; none for a number, which is dialled as it is. */
  first: Offer | null;
  chosen: Offer | null;
  /** What the server makes of a number that was typed. */
  meaning: Resolved | null;
  type: (text: string) => void;
  choose: (offer: Offer) => void;
  clear: () => void;
  /** Where it leads; null: nowhere. Asks the server if it has not said so yet. */
  reach: () => Promise<Reached | null>;
}

/** @param most how many are offered; `always`: also before anything is typed. */
export function useChoice(most: number, always: boolean, without: (offer: Offer) => boolean = () => false): Choice {
  const { api, info } = useRunningPhone();
  const [pad, setPad] = useState<Keypad>(EMPTY_KEYPAD);
  const [chosen, setChosen] = useState<Offer | null>(null);
  const { people, settled } = usePeople(chosen ? "" : pad.text);
  const asked = useDebounced(pad.text.trim(), ASK_AFTER_MS);
  useEffect(() => {
    if (!DIALABLE.test(asked)) return;
    const abort = new AbortController();
    api
      .request<Resolved>("/api/phone/number", { method: "POST", body: { text: asked }, signal: abort.signal })
      .then((resolved) => setPad((now) => (now.text.trim() === asked ? understood({ ...now, text: asked }, asked, resolved) : now)))
      .catch(() => undefined);
    return () => abort.abort();
  }, [asked, api]);

  const empty = pad.text.trim() === "";
  const wanted = chosen === null && (always || !empty);
  const all = wanted ? (people ?? []).filter((person) => person.id !== info.user.id).flatMap(offersOf) : [];
  const offers = all.filter((offer) => !without(offer)).slice(0, most);
  const meaning = chosen ? null : current(pad);
  const reach = async (): Promise<Reached | null> => {
    if (chosen) {
      const { dial, shown, name, user } = chosen;
      return { target: { dial, shown, name }, user, kind: user === null ? "number" : "extension" };
    }
    if (empty) return null;
    const resolved = meaning ?? (await api.request<Resolved>("/api/phone/number", { method: "POST", body: { text: pad.text } }));
    setPad((now) => ({ ...now, answer: { text: now.text, resolved } }));
    if (resolved.kind === "refused" || resolved.dial === null) return null;
    const { dial, kind } = resolved;
    const user = kind === "extension" ? (people?.find((person) => person.extension === dial)?.id ?? null) : null;
    return { target: { dial, shown: resolved.shown, name: resolved.name }, user, kind };
  };
  return {
    text: pad.text,
    offers,
    first: settled && !empty && !DIALABLE.test(pad.text.trim()) ? (offers[0] ?? null) : null,
    chosen,
    meaning,
    type: (text) => {
      setChosen(null);
      setPad({ text: text.slice(0, 200), answer: null });
    },
    choose: (offer) => {
      setChosen(offer);
      setPad({ text: `${offer.name} (${offer.shown})`, answer: null });
    },
    clear: () => {
      setChosen(null);
      setPad(EMPTY_KEYPAD);
    },
    reach,
  };
}

function offersOf(person: Person): Offer[] {
  return waysOf(person).map((way) => {
    const user = person.kind === "user" && way.dial === person.extension ? person.id : null;
    return { ...way, id: person.id, user, name: person.name || person.company || way.shown, presence: person.presence };
  });
}
