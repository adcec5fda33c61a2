/** A user: who, which extension, which language, and what he may do on this site. */
import { Checkbox, NativeSelect, Stack, Switch, Tabs, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { LANGUAGES } from "../i18n";
import { CopyField, fieldId, type Form, FormBody, SideSheet, toastDone, toastFailed, useForm } from "../ui";
import { ConflictNotice, conflictOf, useConflict } from "./conflict";
import { digits, More } from "./fields";
import { LANGUAGE_NAMES } from "./language";
import { notePending } from "./live";
import { Forwardings } from "./outside/Forwardings";
import { LimitFields } from "./outside/LimitFields";
import { NumberSelect } from "./outside/NumberSelect";
import sheet from "./outside/outside.module.css";
import { RightsFields } from "./outside/RightsFields";
import { refreshConfiguration } from "./queries";
import { api } from "./session";
import type { Login, Pending, Secret, User } from "./types";
import { loginAct, OUTSIDE, RIGHTS, ROLES, userBody, type UserValues, userValues } from "./userValues";

const TABS = ["general", "forwardings", "rights"] as const;
type Tab = (typeof TABS)[number];

/** On which tab a field stands. */
function tabOf(field: string | null): Tab {
  return field === "rights" || OUTSIDE.some((name) => name === field) ? "rights" : "general";
}

/** What is shown once after a user was made. */
export interface Credentials {
  name: string;
  extension: string;
  secret: Secret | null;
  login: { name: string; password: string } | null;
}

interface Props {
  user?: User;
  onClose: () => void;
  onCredentials: (shown: Credentials) => void;
  focusField?: string | null;
  /** The tab to begin with. */
  tab?: string | null;
}

interface Saved {
  user: User;
  pending: Pending;
  secret: Secret | null;
}

export function UserForm({ user, onClose, onCredentials, focusField = null, tab: first = null }: Props) {
  const { t } = useTranslation("console");
  const [tab, setTab] = useState<Tab>(() => TABS.find((one) => one === first) ?? tabOf(focusField));
  const [looked, setLooked] = useState(tab === "forwardings");
  const form = useForm(`user.${user?.id ?? "new"}`, userValues(user ?? null), user?.version ?? null);
  const conflict = useConflict(form);

  const save = async () => {
    let saved: Saved | null = null;
    const good = await form.submit(
      async () => {
        const names = user ? form.changed : Object.keys(form.values);
        const body = userBody(form.values, names);
        await checkLogin(form.values, form.changed, user ?? null);
        if (user && Object.keys(body).length === 0) return;
        saved = await api.request<Saved>(user ? `/api/users/${user.id}` : "/api/users", {
          method: user ? "PATCH" : "POST",
          body,
          ...(user && form.version !== null ? { version: form.version } : {}),
        });
        notePending(saved.pending);
      },
      (error) => {
        const found = conflictOf(error, userValues);
        // The sign-in is not part of what they saved.
        if (found) {
          const { role, login, extra_rights } = form.base;
          conflict.setConflict({ ...found, theirs: { ...found.theirs, role, login, extra_rights } });
        }
        // To where the first refused field stands.
        const path = error instanceof ApiError ? (error.problems[0]?.path ?? error.field) : null;
        if (!found) setTab(tabOf(path?.split("/").findLast((part) => part in form.values || part === "rights") ?? null));
        return found !== null;
      },
    );
    if (!good) return;
    const { values, changed } = form;
    const made = saved as Saved | null;
    form.forget();
    onClose();
    const login = await saveLogin(made?.user ?? user ?? null, values, changed, user?.login != null);
    refreshConfiguration();
    toastDone(t("users.saved", { name: values.name }));
    if (made?.secret || login) {
      onCredentials({ name: values.name, extension: values.extension, secret: made?.secret ?? null, login });
    }
  };
  return (
    <SideSheet
      title={user ? t("users.editTitle", { name: user.name }) : t("users.newTitle")}
      onClose={onClose}
      size={480}
      closeOnClickOutside={form.changed.length === 0}
    >
      <Tabs
        value={tab}
        onChange={(next) => {
          setTab(TABS.find((one) => one === next) ?? "general");
          if (next === "forwardings") setLooked(true);
        }}
        keepMountedMode="display-none"
        className={sheet.sheet}
      >
        <Tabs.List className={sheet.tabs}>
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one} mih={44} disabled={one === "forwardings" && !user}>
              {t(`users.tab.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <div style={{ display: tab === "forwardings" ? "none" : "contents" }}>
          <FormBody
            form={form}
            onSave={() => void save()}
            onClose={onClose}
            focusField={focusField}
            notice={<ConflictNotice form={form} state={conflict} show={(name, value) => shown(t, name, value)} />}
          >
            <Tabs.Panel value="general">
              <General form={form} user={user} />
            </Tabs.Panel>
            <Tabs.Panel value="rights">
              <Rights form={form} />
            </Tabs.Panel>
          </FormBody>
        </div>
        <Tabs.Panel value="forwardings">{user && looked && <Forwardings user={user} onClose={onClose} />}</Tabs.Panel>
      </Tabs>
    </SideSheet>
  );
}

function General({ form, user }: { form: Form<UserValues>; user: User | undefined }) {
  const { t } = useTranslation("console");
  return (
    <Stack gap="lg">
      <TextInput
        {...digits(form, "extension")}
        label={t("field.extension")}
        description={t("users.extensionHint")}
        maxLength={8}
        data-autofocus
      />
      <TextInput {...form.text("name")} label={t("field.name")} maxLength={80} autoComplete="off" />
      <TextInput
        {...form.text("email")}
        label={t("field.email")}
        description={t("users.emailHint")}
        type="email"
        autoComplete="off"
      />
      <TextInput
        {...form.text("mobile")}
        label={t("field.mobile")}
        description={t("users.mobileHint")}
        type="tel"
        maxLength={40}
        autoComplete="off"
      />
      <NativeSelect
        id={fieldId("voicemail")}
        label={t("field.voicemail")}
        description={t("users.voicemailHint")}
        value={form.values.voicemail}
        error={form.errors.get("voicemail")}
        data={["no", "yes"].map((value) => ({ value, label: t(`change.${value}`) }))}
        onChange={(event) => form.set("voicemail", event.currentTarget.value)}
      />
      <NumberSelect
        name="outgoing_number"
        label={t("field.outgoing_number")}
        hint={t("users.outgoingHint")}
        nothing={t("users.outgoingDefault")}
        value={form.values.outgoing_number}
        error={form.errors.get("outgoing_number")}
        onChange={(value) => form.set("outgoing_number", value)}
      />
      <NativeSelect
        id={fieldId("language")}
        label={t("field.language")}
        description={t("users.languageHint")}
        value={form.values.language}
        error={form.errors.get("language")}
        data={[
          { value: "", label: t("language.system") },
          ...LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] })),
        ]}
        onChange={(event) => form.set("language", event.currentTarget.value)}
      />
      <SignInFields form={form} />
      {user && <CopyField label={t("users.voipName")} value={user.extension} />}
      <More label={t("form.more")} errors={form.errors} names={["call_waiting", "ring_seconds"]}>
        <Stack gap="lg">
          <Switch
            id={fieldId("call_waiting")}
            label={t("field.call_waiting")}
            description={t("users.callWaitingHint")}
            checked={form.values.call_waiting}
            onChange={(event) => form.set("call_waiting", event.currentTarget.checked)}
          />
          <TextInput
            {...digits(form, "ring_seconds")}
            label={t("field.ring_seconds")}
            description={t("users.ringHint")}
            maxLength={3}
          />
          {form.values.role !== "" && <ExtraRights form={form} />}
        </Stack>
      </More>
    </Stack>
  );
}

/** Whom this person may call outside, and how much. */
function Rights({ form }: { form: Form<UserValues> }) {
  const { t } = useTranslation("console");
  return (
    <Stack gap="lg">
      <Text c="dimmed">{t("users.rightsAbout")}</Text>
      <RightsFields form={form} />
      <Title order={3} fz="md">
        {t("outside:limits.title")}
      </Title>
      <TextInput
        {...digits(form, "concurrent_outside")}
        label={t("field.concurrent_outside")}
        description={t("users.limitHint")}
        maxLength={4}
      />
      <LimitFields form={form} hint={t("users.limitHint")} />
    </Stack>
  );
}

function SignInFields({ form }: { form: Form<UserValues> }) {
  const { t } = useTranslation("console");
  return (
    <>
      <NativeSelect
        id={fieldId("role")}
        label={t("field.role")}
        description={t("users.roleHint")}
        value={form.values.role}
        error={form.errors.get("role")}
        data={[
          { value: "", label: t("role.none") },
          ...ROLES.map((role) => ({ value: role, label: t(`role.${role}`) })),
        ]}
        onChange={(event) => form.set("role", event.currentTarget.value)}
      />
      {form.values.role !== "" && (
        <TextInput
          {...form.text("login")}
          label={t("field.login")}
          description={t("users.loginHint")}
          placeholder={form.values.extension}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
      {(form.errors.has("login") || form.values.join) && (
        <Checkbox
          label={t("users.join")}
          description={t("users.joinHint")}
          checked={form.values.join}
          onChange={(event) => form.set("join", event.currentTarget.checked)}
        />
      )}
    </>
  );
}

function ExtraRights({ form }: { form: Form<UserValues> }) {
  const { t } = useTranslation("console");
  const value = form.values.extra_rights === "" ? [] : form.values.extra_rights.split(",");
  return (
    <Checkbox.Group
      label={t("field.extra_rights")}
      description={t("users.rightsHint")}
      value={value}
      onChange={(rights) => form.set("extra_rights", [...rights].sort().join(","))}
    >
      <Stack gap="sm" mt="sm">
        {RIGHTS.map((right) => (
          <Checkbox key={right} value={right} label={t(`right.${right}`)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

/** Refuses a sign-in name that somebody else has, before anything is saved: the error stands beside its field. */
async function checkLogin(values: UserValues, changed: readonly string[], user: User | null): Promise<void> {
  const wanted = loginAct(values, changed, user?.login != null);
  // Left empty it is the extension, which is looked at with everything else.
  if (wanted.act !== "put" || values.login.trim() === "") return;
  const logins = await api.request<Login[]>("/api/logins");
  const same = (name: string) => name.localeCompare(wanted.body.name, undefined, { sensitivity: "accent" }) === 0;
  // The sign-in of a deleted user gives up its name.
  const other = logins.find((login) => login.active && login.user_id !== user?.id && same(login.name));
  if (other?.user_id != null) throw new ApiError(409, "taken", "This sign-in name is taken already.", "login");
  if (other && user?.login == null && !values.join) {
    throw new ApiError(409, "login-exists", "A sign-in of this name belongs to nobody yet.", "login");
  }
}

/** The sign-in of a saved user; a refusal is told, the user stays saved. */
async function saveLogin(
  user: User | null,
  values: UserValues,
  changed: readonly string[],
  had: boolean,
): Promise<Credentials["login"]> {
  if (user === null) return null;
  const wanted = loginAct(values, changed, had);
  const path = `/api/users/${user.id}/login`;
  try {
    if (wanted.act === "remove") await api.request(path, { method: "DELETE" });
    if (wanted.act !== "put") return null;
    const made = await api.request<{ name: string; password: string | null }>(path, { method: "PUT", body: wanted.body });
    return made.password === null ? null : { name: made.name, password: made.password };
  } catch (error) {
    toastFailed(error);
    return null;
  }
}

function shown(t: (key: string) => string, name: string, value: string | boolean | undefined): string {
  if (typeof value === "boolean") return t(value ? "change.yes" : "change.no");
  if (name === "language" && value) return t(`language.${value}`);
  if (name === "role") return t(`role.${value || "none"}`);
  if (name === "voicemail" && value) return t(`change.${value}`);
  return value ?? "";
}
