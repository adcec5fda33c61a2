/** Users in words, by their ids. */
import { usePeople } from "../people";

/** "Anna, Bruno, Carla"; of many the first ones, and how many more. */
export function usePeopleNames(): (ids: readonly string[], most?: number) => string {
  const people = usePeople();
  const names = new Map(people?.map((person) => [person.id, person.name]));
  return (ids, most = ids.length) => {
    const known = ids.map((id) => names.get(id) ?? "…");
    return known.length <= most ? known.join(", ") : `${known.slice(0, most).join(", ")} +${known.length - most}`;
  };
}
