/** What a conference can be besides the five fields of S1-03, by subject. */
import { NativeSelect, Stack, Switch, TextInput, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../../i18n";
import { fieldId, type Form } from "../../ui";
import { digits, More } from "../fields";
import { LANGUAGE_NAMES } from "../language";
import { type ConferenceValues, NAMES, RECORDING } from "./values";

const FIELDS = [
  "dial_in_id",
  "lobby",
  "links_skip_code",
  "administrator_code",
  "end_when_administrator_leaves",
  "confirm_invitees",
  "language",
  "names",
  "announce_count",
  "tones",
  "tones_always",
  "noise_suppression",
  "recording",
  "record_participants",
  "max_participants",
  "max_minutes",
  "lone_minutes",
] as const;

interface Props {
  form: Form<ConferenceValues>;
}

type SwitchName =
  | "lobby"
  | "links_skip_code"
  | "end_when_administrator_leaves"
  | "confirm_invitees"
  | "announce_count"
  | "tones"
  | "tones_always"
  | "noise_suppression"
  | "record_participants";

function Toggle({ form, name, hint }: Props & { name: SwitchName; hint?: string }) {
  const { t } = useTranslation("conference");
  return (
    <Switch
      id={fieldId(name)}
      label={t(`console:field.${name}`)}
      description={hint}
      error={form.errors.get(name)}
      checked={form.values[name] === true}
      onChange={(event) => form.set(name, event.currentTarget.checked)}
    />
  );
}

interface ChoiceProps extends Props {
  name: "recording" | "names" | "language";
  hint?: string;
  data: { value: string; label: string }[];
}

function Choice({ form, name, hint, data }: ChoiceProps) {
  const { t } = useTranslation("conference");
  return (
    <NativeSelect
      id={fieldId(name)}
      label={name === "language" ? t("console:conferences.language") : t(`console:field.${name}`)}
      description={hint}
      data={data}
      value={form.values[name]}
      error={form.errors.get(name)}
      onChange={(event) => form.set(name, event.currentTarget.value)}
    />
  );
}

function Number({ form, name, hint, most }: Props & { name: string; hint: string; most: number }) {
  const { t } = useTranslation("conference");
  return <TextInput {...digits(form, name)} label={t(`console:field.${name}`)} description={hint} maxLength={most} />;
}

function Subject({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="md" aria-label={title}>
      <Title order={3} fz="md">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

export function MoreFields({ form }: Props) {
  const { t } = useTranslation("conference");
  return (
    <More label={t("console:form.more")} errors={form.errors} names={FIELDS}>
      <Stack gap="xl">
        <Subject title={t("form.entrances")}>
          <Number form={form} name="dial_in_id" hint={t("form.idHint")} most={8} />
          <Toggle form={form} name="lobby" hint={t("form.lobbyHint")} />
          <Toggle form={form} name="links_skip_code" hint={t("form.linksHint")} />
        </Subject>
        <Subject title={t("form.running")}>
          <Number form={form} name="administrator_code" hint={t("console:conferences.administratorCodeHint")} most={10} />
          <Toggle form={form} name="end_when_administrator_leaves" />
          <Toggle form={form} name="confirm_invitees" hint={t("form.confirmHint")} />
        </Subject>
        <Subject title={t("form.heard")}>
          <Choice
            form={form}
            name="language"
            data={[
              { value: "", label: t("console:language.system") },
              ...LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] })),
            ]}
          />
          <Choice
            form={form}
            name="names"
            hint={t("form.namesHint")}
            data={NAMES.map((value) => ({ value, label: t(`console:names.${value}`) }))}
          />
          <Toggle form={form} name="announce_count" />
          <Toggle form={form} name="tones" />
          <Toggle form={form} name="tones_always" hint={t("form.tonesHint")} />
          <Toggle form={form} name="noise_suppression" hint={t("form.noiseHint")} />
        </Subject>
        <Subject title={t("form.recording")}>
          <Choice
            form={form}
            name="recording"
            hint={t("form.recordingHint")}
            data={RECORDING.map((value) => ({ value, label: t(`console:recording.${value}`) }))}
          />
          <Toggle form={form} name="record_participants" hint={t("form.apartHint")} />
        </Subject>
        <Subject title={t("form.limits")}>
          <Number form={form} name="max_participants" hint={t("console:conferences.mostHint")} most={5} />
          <Number form={form} name="max_minutes" hint={t("form.longestHint")} most={5} />
          <Number form={form} name="lone_minutes" hint={t("form.loneHint")} most={5} />
        </Subject>
      </Stack>
    </More>
  );
}
