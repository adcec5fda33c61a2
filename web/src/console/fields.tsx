/** Parts of forms: fields of digits, what stands under "More", what an empty field means. */
import type { ReactNode } from "react";
import { useEffect, useRef } from "react";
import type { Form, Values } from "../ui";
import styles from "./fields.module.css";

/** Properties of a text field that takes digits only; pasted blanks and dashes are dropped. */
export function digits<T extends Values>(form: Form<T>, name: keyof T & string) {
  return {
    ...form.text(name),
    inputMode: "numeric" as const,
    autoComplete: "off",
    onChange: (event: { currentTarget: { value: string } }) =>
      form.set(name, event.currentTarget.value.replace(/[\s().-]/g, "") as T[typeof name]),
  };
}

export function nullable(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : trimmed;
}

/** A number to send; what is none is sent as it is, for the server to refuse beside its field. */
export function wholeOrNull(text: string): number | string | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  return /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : trimmed;
}

interface MoreProps {
  label: string;
  /** Opens by itself when one of these fields was refused. */
  names: readonly string[];
  errors: ReadonlyMap<string | null, string>;
  children: ReactNode;
}

export function More({ label, names, errors, children }: MoreProps) {
  const details = useRef<HTMLDetailsElement>(null);
  const refused = names.some((name) => errors.has(name));
  useEffect(() => {
    if (refused && details.current) details.current.open = true;
  }, [refused]);
  return (
    <details ref={details} className={styles.more}>
      <summary>{label}</summary>
      <div className={styles.inside}>{children}</div>
    </details>
  );
}
