/** A form's values, kept over errors and reloads; what is new is sent, and what is refused stands beside its field. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "./errors";

export type Values = Record<string, string | boolean>;

interface Kept<T> {
  values: T;
  /** What the entry was when editing began, and its version. */
  base: T;
  version: string | null;
}

const PREFIX = "switchroom.form.";

function read<T>(key: string): Kept<T> | null {
  try {
    const text = sessionStorage.getItem(PREFIX + key);
    return text === null ? null : (JSON.parse(text) as Kept<T>);
  } catch {
    return null;
  }
}

function write<T>(key: string, kept: Kept<T> | null): void {
  try {
    if (kept === null) sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, JSON.stringify(kept));
  } catch {
    // Without storage the draft lives as long as the page.
  }
}

/** The id of a field's input, for links and focus. */
export function fieldId(name: string): string {
  return `field-${name}`;
}

/** The fields that differ. */
export function changedFields<T extends Values>(base: T, values: T): (keyof T & string)[] {
  return Object.keys(values).filter((name) => values[name] !== base[name]);
}

export interface Form<T extends Values> {
  values: T;
  base: T;
  version: string | null;
  /** Fields that differ from the entry as it was. */
  changed: (keyof T & string)[];
  /** What was typed before was found again. */
  restored: boolean;
  errors: ReadonlyMap<string | null, string>;
  saving: boolean;
  set<K extends keyof T & string>(name: K, value: T[K]): void;
  /** Run a save; true when it went well. Errors land beside their fields, unless `onError` takes them. */
  submit(save: () => Promise<void>, onError?: (error: unknown) => boolean): Promise<boolean>;
  /** Begin again from another state of the entry, with these values. */
  rebase(base: T, version: string | null, values: T): void;
  /** Forget what was typed. */
  forget(): void;
  /** Properties of a text field. */
  text(name: keyof T & string): {
    id: string;
    value: string;
    error: string | undefined;
    onChange: (event: { currentTarget: { value: string } }) => void;
  };
}

/**
 * @param key names the draft in this tab, e.g. "conference.new"
 * @param initial the entry as it is; read when the form is mounted
 */
export function useForm<T extends Values>(key: string, initial: T, version: string | null = null): Form<T> {
  const { i18n } = useTranslation();
  const [found] = useState(() => read<T>(key));
  const [kept, setKept] = useState<Kept<T>>(() =>
    found ? { ...found, values: { ...initial, ...found.values } } : { values: initial, base: initial, version },
  );
  const [errors, setErrors] = useState<ReadonlyMap<string | null, string>>(new Map());
  const [saving, setSaving] = useState(false);
  const forgotten = useRef(false);
  const changed = useMemo(() => changedFields(kept.base, kept.values), [kept]);

  useEffect(() => {
    if (!forgotten.current) write(key, changed.length > 0 ? kept : null);
  }, [key, kept, changed]);

  const set = useCallback(<K extends keyof T & string>(name: K, value: T[K]) => {
    forgotten.current = false;
    setKept((now) => ({ ...now, values: { ...now.values, [name]: value } }));
    setErrors((now) => (now.has(name) ? new Map([...now].filter(([field]) => field !== name)) : now));
  }, []);

  const submit: Form<T>["submit"] = async (save, onError) => {
    if (saving) return false;
    setSaving(true);
    setErrors(new Map());
    try {
      await save();
      return true;
    } catch (error) {
      if (!onError?.(error)) setErrors(fieldErrors(i18n, error, Object.keys(kept.values)));
      return false;
    } finally {
      setSaving(false);
    }
  };

  const forget = useCallback(() => {
    forgotten.current = true;
    write(key, null);
  }, [key]);

  return {
    ...kept,
    changed,
    restored: found !== null && changed.length > 0,
    errors,
    saving,
    set,
    submit,
    forget,
    rebase: (base, newVersion, values) => setKept({ base, version: newVersion, values }),
    text: (name) => ({
      id: fieldId(name),
      value: String(kept.values[name]),
      error: errors.get(name),
      onChange: (event) => set(name, event.currentTarget.value as T[typeof name]),
    }),
  };
}
