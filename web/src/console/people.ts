/** Users as a choice in a form. */
import { useUsers } from "./queries";

export interface PersonOption {
  id: string;
  extension: string;
  name: string;
  /** "201 Anna Weber". */
  label: string;
}

/** All users by extension; undefined until they are known. */
export function usePeople(enabled = true): PersonOption[] | undefined {
  return useUsers(enabled).data?.map(({ id, extension, name }) => ({ id, extension, name, label: `${extension} ${name}` }));
}
