/** Whom one may want to invite, while a name or number is being typed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useUsers } from "../queries";
import { found } from "../search-match";
import { api, useWho } from "../session";

export interface Suggestion {
  key: string;
  name: string;
  /** What is dialled. */
  number: string;
  /** As people read it. */
  shown: string;
  company: string;
}

interface Known {
  id: string;
  name: string;
  company?: string | null;
  extension?: string | null;
  numbers?: { e164?: string; number?: string; shown?: string }[];
}

const MOST = 8;
const CALM = 150;

/** Every number of every person, each once. */
export function suggestionsOf(people: readonly Known[], most = MOST): Suggestion[] {
  const all = people.flatMap((person): Suggestion[] => {
    const { id, name, company } = person;
    const numbers = (person.numbers ?? []).map((one) => {
      const number = one.e164 ?? one.number ?? "";
      return { number, shown: one.shown ?? number };
    });
    if (person.extension) numbers.unshift({ number: person.extension, shown: person.extension });
    return numbers
      .filter(({ number }) => number !== "")
      .map(({ number, shown }) => ({ key: `${id} ${number}`, name, number, shown, company: company ?? "" }));
  });
  return [...new Map(all.map((one) => [one.key, one])).values()].slice(0, most);
}

/** Colleagues and contacts that match; of each source only what one may see. */
export function useSuggestions(typed: string): Suggestion[] {
  const who = useWho();
  const [text] = useDebouncedValue(typed.trim(), CALM);
  const phone = who.may("phone") && who.user !== null;
  const users = useUsers(!phone && who.may("users")).data;
  const asked = useQuery({
    queryKey: ["people", "invite", text, phone],
    enabled: text !== "" && (phone || who.may("contacts")),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Known[]> => {
      const q = encodeURIComponent(text);
      if (phone) return api.request<Known[]>(`/api/phone/people?limit=${MOST}&q=${q}`, { signal });
      const page = await api.request<{ contacts: Known[] }>(`/api/contacts?limit=${MOST}&q=${q}`, { signal });
      return page.contacts;
    },
  });
  if (text === "") return [];
  const colleagues = phone ? [] : (users ?? []).filter((user) => found(text, user.name, user.extension));
  return suggestionsOf([...colleagues, ...(asked.data ?? [])]);
}
