/** Mail addresses of people one knows, while a name is being typed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useUsers } from "../queries";
import { found } from "../search-match";
import { api, useWho } from "../session";

const MOST = 6;
const CALM = 150;

interface Known {
  name: string;
  email: string | null;
}

/** As they are written: "Anna Weber <anna@example.com>". */
export function written(people: readonly Known[], most = MOST): string[] {
  const all = people.filter(({ email }) => email).map(({ name, email }) => (name ? `${name} <${email ?? ""}>` : (email ?? "")));
  return [...new Set(all)].slice(0, most);
}

export function useAddresses(typed: string): string[] {
  const who = useWho();
  const [text] = useDebouncedValue(typed.trim(), CALM);
  const users = useUsers(who.may("users") || who.may("conferences")).data ?? [];
  const contacts = useQuery({
    queryKey: ["people", "mail", text],
    enabled: text !== "" && who.may("contacts"),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.request<{ contacts: Known[] }>(`/api/contacts?limit=${MOST}&q=${encodeURIComponent(text)}`, { signal }),
  }).data;
  if (text === "") return [];
  return written([...users.filter((user) => found(text, user.name, user.extension, user.email)), ...(contacts?.contacts ?? [])]);
}
