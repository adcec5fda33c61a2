/** One of the incoming numbers, or none. */
import { NativeSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { useNumbers } from "./queries";

interface Props {
  name: string;
  label: string;
  hint?: string;
  /** What it is called when none is chosen. */
  nothing: string;
  value: string;
  error?: string | undefined;
  autoFocus?: boolean;
  onChange: (value: string) => void;
}

export function NumberSelect({ name, label, hint, nothing, value, error, autoFocus = false, onChange }: Props) {
  const { t } = useTranslation("outside");
  const numbers = useNumbers().data ?? [];
  const known = value === "" || numbers.some((number) => number.id === value);
  return (
    <NativeSelect
      id={fieldId(name)}
      label={label}
      description={hint}
      value={value}
      error={error}
      data-autofocus={autoFocus || undefined}
      data={[
        { value: "", label: nothing },
        ...numbers.map((number) => ({ value: number.id, label: number.shown })),
        ...(known ? [] : [{ value, label: t("destination.unknown") }]),
      ]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
