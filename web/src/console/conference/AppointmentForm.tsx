/** A date for a conference: everybody gets it by mail, for the own calendar. */
import { NativeSelect, Select, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId, FormSheet, toastDone, useForm } from "../../ui";
import { timeZones } from "../countries";
import { api } from "../session";
import { appointmentBody, appointmentValues, attendeesOf } from "./attendees";
import { AttendeesField } from "./AttendeesField";
import styles from "./links.module.css";
import type { Appointment } from "./types";

const MINUTES = [15, 30, 45, 60, 90, 120, 180, 240, 480];

interface Props {
  room: { id: string; name: string };
  appointment: Appointment | null;
  onClose: () => void;
  onSaved: () => void;
}

export function AppointmentForm({ room, appointment, onClose, onSaved }: Props) {
  const { t } = useTranslation("conference");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const form = useForm(
    `appointment.${room.id}.${appointment?.id ?? "new"}`,
    appointmentValues(appointment, room.name, own),
    appointment?.version ?? null,
  );
  const { values } = form;
  const [day = "", time = ""] = values.starts_at.split("T");
  const save = async () => {
    const good = await form.submit(async () => {
      if (appointment && form.changed.length === 0) return;
      const place = `/api/conferences/${encodeURIComponent(room.id)}/appointments`;
      await api.request(appointment ? `${place}/${encodeURIComponent(appointment.id)}` : place, {
        method: appointment ? "PATCH" : "POST",
        body: appointmentBody(values),
        ...(appointment && form.version !== null ? { version: form.version } : {}),
      });
      toastDone(t(appointment ? "dates.changed" : "dates.sent", { count: attendeesOf(values).length }));
    });
    if (!good) return;
    form.forget();
    onSaved();
  };
  return (
    <FormSheet
      title={appointment ? t("dates.editTitle", { title: appointment.title }) : t("dates.newTitle")}
      form={form}
      onSave={() => void save()}
      onClose={onClose}
      saveLabel={t(appointment ? "dates.sendChange" : "dates.send")}
    >
      <TextInput {...form.text("title")} label={t("dates.title")} data-autofocus maxLength={120} autoComplete="off" />
      <div className={styles.when}>
        <TextInput
          id={fieldId("starts_at")}
          type="date"
          label={t("dates.day")}
          value={day}
          error={form.errors.get("starts_at")}
          onChange={(event) => form.set("starts_at", `${event.currentTarget.value}T${time}`)}
        />
        <TextInput
          type="time"
          label={t("dates.time")}
          value={time}
          onChange={(event) => form.set("starts_at", `${day}T${event.currentTarget.value}`)}
        />
        <NativeSelect
          id={fieldId("minutes")}
          label={t("dates.length")}
          value={values.minutes}
          error={form.errors.get("minutes")}
          data={[...new Set([...MINUTES, Number(values.minutes)])].map((count) => ({
            value: String(count),
            label: t("dates.minutes", { count }),
          }))}
          onChange={(event) => form.set("minutes", event.currentTarget.value)}
        />
        <Select
          id={fieldId("time_zone")}
          label={t("console:field.time_zone")}
          data={timeZones(values.time_zone)}
          searchable
          allowDeselect={false}
          limit={200}
          value={values.time_zone}
          error={form.errors.get("time_zone")}
          onChange={(value) => value && form.set("time_zone", value)}
        />
      </div>
      <AttendeesField
        attendees={attendeesOf(values)}
        error={form.errors.get("attendees")}
        onChange={(attendees) => form.set("attendees", JSON.stringify(attendees))}
      />
      <Textarea
        {...form.text("note")}
        label={t("dates.note")}
        description={t("dates.noteHint")}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={2000}
      />
    </FormSheet>
  );
}
