/** Two people edited the same thing: who was faster, both versions side by side, and nothing is lost. */
import { Alert, Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { type Form, RelativeTime, type Values } from "../ui";

export interface Conflict<T> {
  theirs: T;
  version: string | null;
  who: string;
  time: number | null;
}

/** The conflict in a refusal, or null when it is another refusal, or the entry is gone. */
export function conflictOf<T, E>(error: unknown, toValues: (entry: E) => T): Conflict<T> | null {
  if (!(error instanceof ApiError) || error.errorId !== "changed-meanwhile") return null;
  const body = error.body as {
    current?: (E & { version?: string }) | null;
    changed_by?: string | null;
    changed_at?: number | null;
  };
  if (!body.current) return null;
  return {
    theirs: toValues(body.current),
    version: body.current.version ?? null,
    who: body.changed_by ?? "",
    time: body.changed_at ?? null,
  };
}

/** What I changed, laid over what they saved; fields that only they changed are theirs. */
export function keepMine<T extends Values>(theirs: T, values: T, changed: readonly (keyof T & string)[]): T {
  const merged = { ...theirs };
  for (const name of changed) merged[name] = values[name];
  return merged;
}

/** State of a form's conflict, and what settles it. */
export function useConflict<T extends Values>(form: Form<T>) {
  const [conflict, setConflict] = useState<Conflict<T> | null>(null);
  return {
    conflict,
    setConflict,
    mine: () => {
      if (conflict) form.rebase(conflict.theirs, conflict.version, keepMine(conflict.theirs, form.values, form.changed));
      setConflict(null);
    },
    theirs: () => {
      if (conflict) form.rebase(conflict.theirs, conflict.version, conflict.theirs);
      setConflict(null);
    },
  };
}

interface Props<T extends Values> {
  form: Form<T>;
  state: ReturnType<typeof useConflict<T>>;
  show: (name: keyof T & string, value: T[keyof T]) => string;
  /** What a field is called; else by the console's own words. */
  label?: (name: string) => string;
}

export function ConflictNotice<T extends Values>({ form, state, show, label }: Props<T>) {
  const { t } = useTranslation("console");
  const { conflict } = state;
  if (!conflict) return null;
  const names = Object.keys(form.values).filter((name) => conflict.theirs[name] !== form.values[name]);
  const said = (name: string, value: T[keyof T] | undefined) =>
    (value !== undefined && show(name, value)) || t("conflict.nothing");
  return (
    <Alert
      color="amber"
      role="alert"
      icon={<IconUsersGroup size={18} />}
      title={t("conflict.title", { who: conflict.who || t("conflict.somebody") })}
    >
      <Stack gap="sm">
        <Text size="sm">
          {t("conflict.kept")}
        </Text>
        <Table aria-label={t("conflict.differences")} verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("conflict.field")}</Table.Th>
              <Table.Th>{t("conflict.mine")}</Table.Th>
              <Table.Th>
                {t("conflict.theirs")}
                {conflict.time !== null && (
                  <Text span size="sm" c="dimmed">
                    {" · "}
                    <RelativeTime time={conflict.time} />
                  </Text>
                )}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {names.map((name) => (
              <Table.Tr key={name}>
                <Table.Td>{label ? label(name) : t(`field.${name}`)}</Table.Td>
                <Table.Td fw={form.changed.includes(name) ? 600 : undefined}>
                  {said(name, form.values[name] as T[keyof T])}
                </Table.Td>
                <Table.Td>{said(name, conflict.theirs[name] as T[keyof T])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Group gap="sm">
          <Button variant="default" onClick={state.mine} mih={44}>
            {t("conflict.keepMine")}
          </Button>
          <Button variant="default" onClick={state.theirs} mih={44}>
            {t("conflict.takeTheirs")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
