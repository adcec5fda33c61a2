/** Where a call is led: what kind of place, then which one. */
import { NativeSelect, Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { destinationText, hasTarget, readDestination } from "./values";
import type { Destinations } from "./useDestinations";

interface Props {
  name: string;
  label: string;
  hint?: string;
  kinds: readonly string[];
  /** As `destinationText` writes it. */
  value: string;
  error: string | undefined;
  destinations: Destinations;
  /** The word for leading it nowhere; without it something has to be chosen. */
  nothing?: string;
  autoFocus?: boolean;
  onChange: (value: string) => void;
}

export function DestinationField(props: Props) {
  const { name, label, hint, kinds, value, error, destinations, nothing, autoFocus = false, onChange } = props;
  const { t } = useTranslation("outside");
  const chosen = readDestination(value);
  const kind = chosen?.kind ?? "";
  // What was chosen before stays to be seen, though it is no longer offered.
  const offered = kind === "" || kinds.includes(kind) ? kinds : [...kinds, kind];
  const second = hasTarget(kind);
  return (
    <>
      <NativeSelect
        id={fieldId(name)}
        label={label}
        description={hint}
        data={[
          ...(nothing !== undefined ? [{ value: "", label: nothing }] : []),
          ...offered.map((one) => ({
            value: one,
            label: t(`destination.kind.${one}`),
            disabled: one === "conference-server" && !destinations.server && kind !== one,
          })),
        ]}
        value={kind}
        error={second ? error !== undefined : error}
        data-autofocus={autoFocus || undefined}
        onChange={(event) => {
          const next = event.currentTarget.value;
          onChange(next === "" ? "" : destinationText({ kind: next, target: "" }));
        }}
      />
      {second && (
        <Target
          name={name}
          kind={kind}
          target={chosen?.target ?? ""}
          error={error}
          destinations={destinations}
          onChange={(target) => onChange(destinationText({ kind, target }))}
        />
      )}
    </>
  );
}

interface TargetProps {
  name: string;
  kind: string;
  target: string;
  error: string | undefined;
  destinations: Destinations;
  onChange: (target: string) => void;
}

function Target({ name, kind, target, error, destinations, onChange }: TargetProps) {
  const { t } = useTranslation("outside");
  const label = t(`destination.target.${kind}`);
  const id = `${fieldId(name)}-target`;
  if (kind === "number") {
    return (
      <TextInput
        id={id}
        label={label}
        description={t("destination.numberHint")}
        type="tel"
        maxLength={40}
        autoComplete="off"
        value={target}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  const choices = destinations.of(kind) ?? [];
  const known = target === "" || choices.some((choice) => choice.value === target);
  return (
    <Select
      id={id}
      label={label}
      placeholder={t("destination.choose")}
      data={known ? choices : [...choices, { value: target, label: t("destination.unknown") }]}
      searchable
      allowDeselect={false}
      limit={100}
      nothingFoundMessage={t("destination.none")}
      value={target || null}
      error={error}
      onChange={(value) => onChange(value ?? "")}
    />
  );
}
