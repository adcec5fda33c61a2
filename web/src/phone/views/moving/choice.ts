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
  /** Of a colleague. */
  user: string | null;
  name: string;
  dial: string;
  shown: string;
  presence: Presence | null;
}

export interface Choice {
  text: string;
  offers: readonly Offer[];
  chosen: Offer | null;
  /** What the server makes of a number that was typed. */
  meaning: Resolved | null;
  type: (text: string) => void;
  choose: (offer: Offer) => void;
  clear: () => void;
  /** Where it leads; null: nowhere. Asks the server if it has not said so yet. */
  target: () => Promise<Target | null>;
}

/** @param most how many are offered; `always`: also before anything is typed. */
export function useChoice(most: number, always: boolean, without: (offer: Offer) => boolean = () => false): Choice {
  const { api, info } = useRunningPhone();
  const [pad, setPad] = useState<Keypad>(EMPTY_KEYPAD);
  const [chosen, setChosen] = useState<Offer | null>(null);
  const { people } = usePeople(chosen ? "" : pad.text);
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
  const target = async (): Promise<Target | null> => {
    if (chosen) return { dial: chosen.dial, shown: chosen.shown, name: chosen.name };
    if (empty) return null;
    const resolved = meaning ?? (await api.request<Resolved>("/api/phone/number", { method: "POST", body: { text: pad.text } }));
    setPad((now) => ({ ...now, answer: { text: now.text, resolved } }));
    if (resolved.kind === "refused" || resolved.dial === null) return null;
    return { dial: resolved.dial, shown: resolved.shown, name: resolved.name };
  };
  return {
    text: pad.text,
    offers,
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
    target,
  };
}

function offersOf(person: Person): Offer[] {
  const user = person.kind === "user" ? person.id : null;
  return waysOf(person).map((way) => ({ ...way, id: person.id, user, name: person.name || person.company || way.shown, presence: person.presence }));
}
