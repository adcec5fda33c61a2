/** What a box of its own has besides its settings: a PIN for *98, and a greeting. They act at once, without "Apply changes". */
import { Button, FileButton, Group, PasswordInput, Text, Textarea } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldId, toastFailed } from "../../ui";
import { isMusic, upload } from "../music/upload";
import { api } from "../session";
import { BoxGreeting } from "./BoxGreeting";
import type { Mailbox } from "./types";

interface BoxAccess {
  fields: ReactNode;
  /** A refusal is told; the box stays saved. */
  save: (box: Mailbox) => Promise<void>;
}

/** @param known the box that is edited; null: it is being made, and what greets its callers is sent once it is there */
export function useBoxAccess(known: Mailbox | null): BoxAccess {
  const { t } = useTranslation("outside");
  const [pin, setPin] = useState("");
  const [words, setWords] = useState("");
  const [sound, setSound] = useState<File | null>(null);
  const save = async (box: Mailbox) => {
    const place = `/api/mailboxes/${encodeURIComponent(box.id)}`;
    const greeting = `${place}/greetings/unavailable`;
    try {
      if (pin) await api.request(`${place}/pin`, { method: "PUT", body: { pin } });
      if (sound) await upload(greeting, sound, () => undefined);
      else if (words.trim()) await api.request(`${greeting}/text`, { method: "PUT", body: { text: words.trim() } });
    } catch (error) {
      toastFailed(error);
    }
  };
  const take = (file: File | null) => {
    if (file && !isMusic(file)) toastFailed(t("music.refused"));
    else setSound(file);
  };
  const first = (
    <>
      <Textarea
        id={fieldId("greeting")}
        label={t("voicemails.greeting")}
        description={t("voicemails.greetingHint")}
        maxLength={1000}
        rows={3}
        disabled={sound !== null}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      <Group gap="md">
        <FileButton onChange={take} accept=".wav,.mp3,audio/wav,audio/mpeg">
          {(props) => (
            <Button {...props} variant="default" mih={44} leftSection={<IconUpload size={18} />}>
              {t("voicemails.greetingFile")}
            </Button>
          )}
        </FileButton>
        {sound && <Text size="sm">{sound.name}</Text>}
      </Group>
    </>
  );
  const fields = (
    <>
      <PasswordInput
        id={fieldId("pin")}
        label={t("voicemails.pin")}
        description={t("voicemails.pinHint")}
        inputMode="numeric"
        autoComplete="new-password"
        maxLength={8}
        value={pin}
        onChange={(event) => setPin(event.currentTarget.value.replace(/\D/g, ""))}
      />
      {known ? <BoxGreeting box={known} /> : first}
    </>
  );
  return { fields, save };
}

