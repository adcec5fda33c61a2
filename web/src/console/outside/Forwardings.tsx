/** "Forwardings" of a user: they act at once, and stand in no revision. */
import { Checkbox, Stack, Switch, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { Failed, fieldId, FormBody, Loading, toastDone, useForm } from "../../ui";
import { queryClient } from "../queries";
import { api } from "../session";
import { DestinationField } from "./DestinationField";
import { ForwardList } from "./ForwardList";
import { forwardingBody, forwardingValues } from "./forwardingValues";
import type { ForwardingsOf } from "./types";
import { useDestinations } from "./useDestinations";
import { FORWARDS } from "./values";

interface Props {
  user: { id: string; name: string };
  onClose: () => void;
}

export function Forwardings({ user, onClose }: Props) {
  const { t } = useTranslation("outside");
  const place = `/api/users/${encodeURIComponent(user.id)}/forwardings`;
  const { data, error, refetch, isFetchedAfterMount } = useQuery({
    queryKey: ["forwardings", user.id],
    queryFn: ({ signal }) => api.request<ForwardingsOf>(place, { signal }),
  });
  // Never what was known before: the user may have set something else meanwhile, and all of it is sent.
  if (data && isFetchedAfterMount) return <Fields now={data} place={place} name={user.name} onClose={onClose} />;
  if (error instanceof ApiError && error.status === 404) {
    return (
      <Text p="lg" c="dimmed">
        {t("forwardings.notApplied", { name: user.name })}
      </Text>
    );
  }
  return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Loading />;
}

interface FieldsProps {
  now: ForwardingsOf;
  place: string;
  name: string;
  onClose: () => void;
}

function Fields({ now, place, name, onClose }: FieldsProps) {
  const { t } = useTranslation("outside");
  const destinations = useDestinations();
  const form = useForm(`forwardings.${now.user}`, forwardingValues(now));
  const { values } = form;
  const save = async () => {
    const good = await form.submit(async () => {
      const saved = await api.request<ForwardingsOf>(place, { method: "PUT", body: forwardingBody(values) });
      queryClient.setQueryData(["forwardings", now.user], saved);
      toastDone(t("forwardings.saved", { name }));
    });
    if (!good) return;
    form.forget();
    onClose();
  };
  const list = (field: "follow_me" | "no_answer" | "busy") => (
    <ForwardList
      name={field}
      value={values[field]}
      error={form.errors.get(field)}
      destinations={destinations}
      onChange={(value) => form.set(field, value)}
    />
  );
  const last = (field: "no_answer_voicemail" | "busy_voicemail") => (
    <Checkbox
      id={fieldId(field)}
      label={t("forwardings.last")}
      description={now.voicemail ? undefined : t("forwardings.noVoicemail")}
      disabled={!now.voicemail && !values[field]}
      checked={values[field]}
      error={form.errors.get(field)}
      onChange={(event) => form.set(field, event.currentTarget.checked)}
    />
  );
  const toggle = (field: "do_not_disturb" | "follow_me_on" | "confirm_outside" | "hide_number", hint: string) => (
    <Switch
      id={fieldId(field)}
      label={t(`forwardings.${field}`)}
      description={hint}
      checked={values[field]}
      error={form.errors.get(field)}
      onChange={(event) => form.set(field, event.currentTarget.checked)}
    />
  );
  return (
    <FormBody form={form} onSave={() => void save()} onClose={onClose}>
      <Text c="dimmed">{t("forwardings.about")}</Text>
      {toggle("do_not_disturb", t("forwardings.disturbHint"))}
      <DestinationField
        name="always"
        label={t("forwardings.always")}
        hint={t("forwardings.alwaysHint")}
        kinds={FORWARDS}
        nothing={t("forwardings.never")}
        value={values.always}
        error={form.errors.get("always")}
        destinations={destinations}
        onChange={(value) => form.set("always", value)}
      />
      <Part title={t("forwardings.followMe")}>
        {toggle("follow_me_on", t("forwardings.followMeHint"))}
        {values.follow_me_on && list("follow_me")}
      </Part>
      <Part title={t("forwardings.noAnswer")} off={values.follow_me_on}>
        {list("no_answer")}
        {last("no_answer_voicemail")}
      </Part>
      <Part title={t("forwardings.busy")} off={values.follow_me_on}>
        {list("busy")}
        {last("busy_voicemail")}
      </Part>
      <Part title={t("forwardings.outside")}>
        {toggle("confirm_outside", t("forwardings.confirmHint"))}
        {toggle("hide_number", t("forwardings.hideHint"))}
      </Part>
    </FormBody>
  );
}

function Part({ title, off = false, children }: { title: string; off?: boolean; children: ReactNode }) {
  const { t } = useTranslation("outside");
  return (
    <Stack component="section" gap="md" aria-label={title}>
      <div>
        <Title order={3} fz="md">
          {title}
        </Title>
        {off && (
          <Text size="sm" c="dimmed">
            {t("forwardings.off")}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  );
}
