/** The one field of an invitation: a number, or a name that stands for one. */
import { Combobox, Text, TextInput, useCombobox } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import { type Ref, useId } from "react";
import { useTranslation } from "react-i18next";
import styles from "./invite.module.css";
import { type Suggestion, useSuggestions } from "./suggestions";

interface Props {
  value: string;
  error: string | null;
  inputRef?: Ref<HTMLInputElement>;
  onChange: (value: string) => void;
}

export function NumberField({ value, error, inputRef, onChange }: Props) {
  const { t } = useTranslation("conference");
  const list = useCombobox({ onDropdownClose: () => list.resetSelectedOption() });
  const found = useSuggestions(value);
  const id = useId();
  // Chosen already: nothing more to offer.
  const offered = found.filter((one) => one.number !== value.trim());
  return (
    <Combobox
      store={list}
      withinPortal
      onOptionSubmit={(number) => {
        onChange(number);
        list.closeDropdown();
      }}
    >
      <Combobox.Target autoComplete="off">
        <TextInput
          ref={inputRef}
          id={id}
          label={t("invite.field")}
          description={t("invite.hint")}
          inputMode="text"
          autoComplete="off"
          data-autofocus
          maxLength={80}
          error={error}
          value={value}
          onChange={(event) => {
            onChange(event.currentTarget.value);
            list.openDropdown();
            list.resetSelectedOption();
          }}
          onFocus={() => value !== "" && list.openDropdown()}
          onBlur={() => list.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={offered.length === 0}>
        <Combobox.Options aria-label={t("invite.people")} mah={280} style={{ overflowY: "auto" }}>
          {offered.map((person) => (
            <Combobox.Option key={person.key} value={person.number}>
              <Offer person={person} />
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Offer({ person }: { person: Suggestion }) {
  return (
    <span className={styles.offer}>
      <IconUser size={18} aria-hidden />
      <span>
        <Text component="span" fw={600} display="block">
          {person.name}
        </Text>
        <Text component="span" size="sm" c="dimmed">
          {[person.shown, person.company].filter(Boolean).join(" · ")}
        </Text>
      </span>
    </span>
  );
}
