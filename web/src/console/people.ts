/** Users as a choice in a form. */
import { useMemo } from "react";
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
  const users = useUsers(enabled).data;
  return useMemo(
    () => users?.map(({ id, extension, name }) => ({ id, extension, name, label: `${extension} ${name}` })),
    [users],
  );
}
