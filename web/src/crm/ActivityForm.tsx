/** Planning (S2-13): Activity Type, Due Date, Summary, Assigned to; "Save" or "Open Calendar", both complete it. */
import { Anchor, Button, Group, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { IconCalendar, IconCheck, IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { ConflictNotice, conflictOf, useConflict } from "../console/conflict";
import { useWho } from "../console/session";
import { fieldId, FormSheet, toastDone, useForm } from "../ui";
import { activityBody, activityValues } from "./activityValues";
import { CancelActivity, DoneForm } from "./closing";
import { acts, refreshRecords, useOwners, useToday } from "./data";
import { ContactField, OwnerField } from "./fields";
import { Reach } from "./RecordPage";
import { type Activity, type CustomerRecord, TYPES } from "./types";
import { recordAddress } from "./words";

interface Props {
  /** The one to edit; without it a new one. */
  activity?: Activity;
  /** What a new one is planned on; without it, it is for a contact. */
  record?: Pick<CustomerRecord, "id">;
  /** When a new one is due. */
  day?: string;
  /** Its record, numbers and ends, on top: where nothing else shows them. */
  whole?: boolean;
  onClose: () => void;
}

const PLACE = "/calendar";

export function ActivityForm({ activity, record, day, whole = false, onClose }: Props) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const [location, go] = useLocation();
  const today = useToday();
  const owners = useOwners().data;
  const me = useWho().user?.id ?? "";
  const form = useForm(
    `activity.${activity?.id ?? `new.${record?.id ?? ""}`}`,
    activityValues(activity ?? null, day ?? today, me),
    activity?.version ?? null,
  );
  const conflict = useConflict(form);
  const save = async (calendar: boolean) => {
    const good = await form.submit(
      async () => {
        const names = activity ? form.changed : Object.keys(form.values);
        if (names.length === 0) return;
        const body = activityBody(form.values, names);
        if (activity) await acts.replan(activity.id, body, form.version);
        else await acts.plan({ ...body, ...(record ? { record_id: record.id } : {}) });
        toastDone(t("activity.saved"));
      },
      (error) => {
        const found = conflictOf<typeof form.values, Activity>(error, (theirs) => activityValues(theirs));
        if (found) conflict.setConflict(found);
        return found !== null;
      },
    );
    if (!good) return;
    form.forget();
    refreshRecords(client);
    onClose();
    if (calendar) go(`${PLACE}?day=${form.values.due}`);
  };
  const show = (name: string, value: string | boolean): string => {
    if (name === "type") return t(`type.${String(value)}`);
    if (name === "assigned_to") return owners?.find((owner) => owner.id === value)?.name ?? "";
    return name === "contact" && value !== "" ? "…" : String(value);
  };
  return (
    <FormSheet
      title={activity ? activity.summary || t(`type.${activity.type}`) : t("activity.new")}
      form={form}
      onSave={() => void save(false)}
      onClose={onClose}
      more={
        location !== PLACE && (
          <Button variant="default" leftSection={<IconCalendar size={18} />} onClick={() => void save(true)}>
            {t("activity.openCalendar")}
          </Button>
        )
      }
      notice={
        <>
          <ConflictNotice form={form} state={conflict} show={show} label={(name) => t(`field.${name}`)} />
          {activity && whole && <Head activity={activity} onClose={onClose} />}
        </>
      }
    >
      <NativeSelect
        {...form.text("type")}
        label={t("field.type")}
        data={TYPES.map((type) => ({ value: type, label: t(`type.${type}`) }))}
      />
      <Group grow align="start" preventGrowOverflow={false}>
        <TextInput {...form.text("due")} type="date" label={t("field.due")} />
        <TextInput {...form.text("time")} type="time" label={t("field.time")} />
      </Group>
      <TextInput
        {...form.text("summary")}
        label={t("field.summary")}
        data-autofocus={activity ? undefined : true}
        autoComplete="off"
        maxLength={200}
      />
      <OwnerField form={form} name="assigned_to" label={t("field.assigned_to")} />
      {!record && !activity?.record && <ContactField form={form} name="contact" label={t("field.contact")} />}
      <Textarea {...form.text("note")} id={fieldId("activity-note")} label={t("field.note")} autosize minRows={2} maxLength={4000} />
    </FormSheet>
  );
}

/** What it is about, whom to call, and how it ends. */
function Head({ activity, onClose }: { activity: Activity; onClose: () => void }) {
  const { t } = useTranslation("records");
  const [ending, setEnding] = useState<"done" | "cancel" | null>(null);
  const ends: ReactNode = activity.state === "planned" && (
    <Group gap="sm" mt="sm">
      <Button color="green" mih={44} leftSection={<IconCheck size={18} />} onClick={() => setEnding("done")}>
        {t("activity.markDone")}
      </Button>
      <Button variant="subtle" color="gray" mih={44} leftSection={<IconX size={18} />} onClick={() => setEnding("cancel")}>
        {t("activity.cancel")}
      </Button>
    </Group>
  );
  return (
    <div>
      {activity.record && (
        <Anchor component={Link} href={recordAddress(activity.record)} fw={600}>
          {t(`one.${activity.record.app}`)}: {activity.record.title}
        </Anchor>
      )}
      {activity.contact && <Reach contact={activity.contact} />}
      {ends}
      {ending === "done" && <DoneForm activity={activity} onClose={onClose} />}
      {ending === "cancel" && <CancelActivity activity={activity} onClose={onClose} />}
    </div>
  );
}
