/** People invited by mail: typed, or chosen from those known; each with the language of the mail. */
import { ActionIcon, Autocomplete, Button, NativeSelect, Text } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../../i18n";
import { fieldId } from "../../ui";
import { LANGUAGE_NAMES } from "../language";
import { readAttendee, withAttendee } from "./attendees";
import { useAddresses } from "./addresses";
import styles from "./links.module.css";
import type { Attendee } from "./types";

interface Props {
  attendees: Attendee[];
  error: string | undefined;
  onChange: (attendees: Attendee[]) => void;
}

export function AttendeesField({ attendees, error, onChange }: Props) {
  const { t } = useTranslation("conference");
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  const offered = useAddresses(typed);
  const add = (text: string) => {
    const read = readAttendee(text);
    if (!read) {
      setRefused(t("dates.noAddress"));
      return;
    }
    onChange(withAttendee(attendees, read));
    setRefused(null);
    // After the field has put the chosen words into itself.
    setTimeout(() => setTyped(""), 0);
  };
  const speak = (person: Attendee, language: string) =>
    onChange(attendees.map((one) => (one === person ? { ...one, language: language || null } : one)));
  return (
    <div role="group" aria-label={t("dates.attendees")}>
      <Text fw={550} mb={4}>
        {t("dates.attendees")}
      </Text>
      <ul className={styles.people}>
        {attendees.map((person) => (
          <li key={person.email} className={styles.person}>
            <div className={styles.words}>
              {person.name && <Text fw={600}>{person.name}</Text>}
              <Text size="sm" c={person.name ? "dimmed" : "inherit"}>
                {person.email}
              </Text>
            </div>
            <NativeSelect
              size="sm"
              aria-label={t("dates.languageOf", { name: person.name || person.email })}
              value={person.language ?? ""}
              data={[
                { value: "", label: t("console:language.system") },
                ...LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] })),
              ]}
              onChange={(event) => speak(person, event.currentTarget.value)}
            />
            <ActionIcon
              aria-label={t("dates.takeOut", { name: person.name || person.email })}
              onClick={() => onChange(attendees.filter((one) => one !== person))}
            >
              <IconX size={18} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <div className={styles.add}>
        <Autocomplete
          id={fieldId("attendees")}
          label={t("dates.add")}
          placeholder={t("dates.example")}
          data={offered}
          filter={({ options }) => options}
          value={typed}
          error={refused ?? error}
          maxLength={200}
          size="md"
          onChange={(value) => {
            setTyped(value);
            setRefused(null);
          }}
          onOptionSubmit={add}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.defaultPrevented || typed.trim() === "") return;
            event.preventDefault();
            add(typed);
          }}
        />
        <Button variant="default" leftSection={<IconPlus size={18} />} onClick={() => add(typed)}>
          {t("dates.addButton")}
        </Button>
      </div>
    </div>
  );
}
