/** Fields with several choices: countries, people, codecs. */
import { MultiSelect, Pill } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { countryOptions } from "../countries";
import { usePeople } from "../people";
import { listText, readList } from "./values";

interface Props {
  name: string;
  label: string;
  hint?: string;
  /** With commas between. */
  value: string;
  error: string | undefined;
  autoFocus?: boolean;
  onChange: (value: string) => void;
}

interface SeveralProps extends Props {
  data: { value: string; label: string }[];
  placeholder: string;
  nothing: string;
}

export function Several({ name, label, hint, value, error, autoFocus, data, placeholder, nothing, onChange }: SeveralProps) {
  const { t } = useTranslation("outside");
  const chosen = readList(value);
  return (
    <MultiSelect
      id={fieldId(name)}
      label={label}
      description={hint}
      placeholder={chosen.length === 0 ? placeholder : ""}
      data={data}
      searchable
      clearable
      hidePickedOptions
      limit={100}
      nothingFoundMessage={nothing}
      value={chosen}
      error={error}
      data-autofocus={autoFocus || undefined}
      clearButtonProps={{ "aria-label": t("choice.clear", { field: label }) }}
      renderPill={({ option, value: one, onRemove }) => (
        <Pill
          withRemoveButton
          onRemove={() => onRemove?.()}
          removeButtonProps={{ "aria-label": t("choice.remove", { name: option?.label ?? one }) }}
        >
          {option?.label ?? one}
        </Pill>
      )}
      onChange={(values) => onChange(listText(values))}
    />
  );
}

export function CountriesField(props: Props) {
  const { t, i18n } = useTranslation("outside");
  return (
    <Several
      {...props}
      data={countryOptions(i18n.language)}
      placeholder={t("countries.none")}
      nothing={t("countries.unknown")}
    />
  );
}

/** People in the order they were chosen (B5-01: type the first letters, choose, again). */
export function PeopleField(props: Props) {
  const { t } = useTranslation("outside");
  const people = usePeople() ?? [];
  const known = new Set(people.map((person) => person.id));
  const lost = readList(props.value).filter((id) => !known.has(id));
  return (
    <Several
      {...props}
      data={[
        ...people.map((person) => ({ value: person.id, label: person.label })),
        ...lost.map((id) => ({ value: id, label: t("destination.unknown") })),
      ]}
      placeholder={t("people.placeholder")}
      nothing={t("people.unknown")}
    />
  );
}
