/** The first users, one a row: extension, name, mail address; and which countries abroad they may call. */
import { ActionIcon, Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconPlus, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Loading, useSlow } from "../../ui";
import { fieldErrors } from "../../ui/errors";
import { CountriesField } from "../outside/ChoiceFields";
import { rightBody, rightValues } from "../outside/values";
import { refreshConfiguration, useUsers } from "../queries";
import { api, useWho } from "../session";
import type { Secret, User } from "../types";
import type { Credentials } from "../UserForm";
import { emptyRow, type Row, rowsToSave } from "./rows";
import styles from "./Setup.module.css";

const KEY = "switchroom.setup.rows";
type Errors = Record<string, ReadonlyMap<string | null, string>>;

interface Props {
  onBack: () => void;
  onNext: () => void;
  onCredentials: (made: Credentials) => void;
  /** The user that whoever sets up is going to be. */
  onMine: (userId: string | null) => void;
}

export function PeopleStep(props: Props) {
  const users = useUsers().data;
  return users ? <PeopleRows users={users} {...props} /> : <Loading />;
}

function begin(users: readonly User[]): Row[] {
  const saved = users.map(({ id, extension, name, email }) => ({ key: id, id, extension, name, email: email ?? "" }));
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as Row[];
    const open = kept.filter((row) => row.id === null);
    if (open.length > 0) return [...saved, ...open];
  } catch {
    // Nothing was kept.
  }
  const rows: Row[] = [...saved];
  while (rows.length < 2) rows.push(emptyRow(rows.map((row) => row.extension)));
  return rows;
}

function PeopleRows({ users, onBack, onNext, onCredentials, onMine }: Props & { users: readonly User[] }) {
  const { t, i18n } = useTranslation("console");
  const who = useWho();
  const [rows, setRows] = useState(() => begin(users));
  const [errors, setErrors] = useState<Errors>({});
  const [countries, setCountries] = useState("");
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  useEffect(() => sessionStorage.setItem(KEY, JSON.stringify(rows)), [rows]);
  const change = (key: string, part: Partial<Row>) =>
    setRows((now) => now.map((row) => (row.key === key ? { ...row, ...part } : row)));

  const saveRow = async (row: Row, first: boolean): Promise<ReadonlyMap<string | null, string> | null> => {
    try {
      const body = {
        extension: row.extension.trim(),
        name: row.name.trim(),
        email: row.email.trim() || null,
        rights: rightBody({ ...rightValues(), countries }),
      };
      const made = await api.request<{ user: User; secret: Secret | null }>("/api/users", { method: "POST", body });
      change(row.key, { id: made.user.id });
      const mine = first && who.user === null;
      if (mine) onMine(made.user.id);
      const login = mine ? null : await addLogin(made.user);
      onCredentials({ name: row.name, extension: row.extension, secret: made.secret, login });
      return null;
    } catch (error) {
      return fieldErrors(i18n, error, ["extension", "name", "email"]);
    }
  };
  const save = async () => {
    setBusy(true);
    const found: Errors = {};
    if (who.user === null) onMine(rows[0]?.id ?? null);
    for (const row of rowsToSave(rows)) {
      const refused = await saveRow(row, row.key === rows[0]?.key);
      if (refused) found[row.key] = refused;
    }
    setErrors(found);
    setBusy(false);
    refreshConfiguration();
    if (Object.keys(found).length === 0) onNext();
  };
  const enough = rows.filter((row) => row.id !== null || row.name.trim() !== "").length >= 1;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack gap="md">
        <Text c="dimmed">{t(who.user === null ? "setup.peopleAboutFirst" : "setup.peopleAbout")}</Text>
        {rows.map((row, place) => (
          <div key={row.key} className={styles.row} role="group" aria-label={t("setup.person", { number: place + 1 })}>
            <TextInput
              label={t("field.extension")}
              inputMode="numeric"
              maxLength={8}
              disabled={row.id !== null}
              value={row.extension}
              error={errors[row.key]?.get("extension")}
              onChange={(event) => change(row.key, { extension: event.currentTarget.value.replace(/\D/g, "") })}
            />
            <TextInput
              label={t("field.name")}
              maxLength={80}
              autoFocus={place === 0}
              disabled={row.id !== null}
              value={row.name}
              error={errors[row.key]?.get("name") ?? errors[row.key]?.get(null)}
              onChange={(event) => change(row.key, { name: event.currentTarget.value })}
            />
            <TextInput
              label={t("setup.mail")}
              type="email"
              disabled={row.id !== null}
              value={row.email}
              error={errors[row.key]?.get("email")}
              onChange={(event) => change(row.key, { email: event.currentTarget.value })}
            />
            {row.id !== null ? (
              <IconCheck className={styles.mark} size={22} color="var(--sw-good)" aria-label={t("setup.saved")} />
            ) : (
              <ActionIcon
                className={styles.mark}
                aria-label={t("setup.removeRow", { number: place + 1 })}
                disabled={rows.length <= 1}
                onClick={() => setRows((now) => now.filter((other) => other.key !== row.key))}
              >
                <IconX size={20} />
              </ActionIcon>
            )}
          </div>
        ))}
        <div>
          <Button
            color="green"
            variant="light"
            mih={44}
            leftSection={<IconPlus size={18} />}
            onClick={() => setRows((now) => [...now, emptyRow(now.map((row) => row.extension))])}
          >
            {t("setup.addRow")}
          </Button>
        </div>
        <CountriesField
          name="countries"
          label={t("setup.countries")}
          hint={t("setup.countriesHint")}
          value={countries}
          error={undefined}
          onChange={setCountries}
        />
        {Object.keys(errors).length > 0 && (
          <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
            {t("setup.someRefused")}
          </Alert>
        )}
        <Group justify="space-between">
          <Button variant="default" size="md" onClick={onBack}>
            {t("setup.back")}
          </Button>
          <Button type="submit" size="md" disabled={!enough} loading={slow}>
            {t("setup.next")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A sign-in for a new user. The administrator who sets up has one, which becomes the first user's once he is applied. */
async function addLogin(user: User): Promise<Credentials["login"]> {
  const body = { name: user.extension, role: "user" };
  try {
    const path = `/api/users/${user.id}/login`;
    const made = await api.request<{ name: string; password: string | null }>(path, { method: "PUT", body });
    return made.password === null ? null : { name: made.name, password: made.password };
  } catch {
    return null;
  }
}
