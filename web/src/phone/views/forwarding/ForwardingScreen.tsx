/** One's own forwardings (B3-03 to B3-07, D2-06). Each act is in force at once. */
import { Switch } from "@mantine/core";
import { IconAlertTriangle, IconChevronLeft, IconTrash } from "@tabler/icons-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/client";
import { ListFailed, ListLoading } from "../lists";
import { AddDestination, useDestinationName } from "./destination";
import { ForwardList } from "./ForwardList";
import { type Forwardings, useForwardings } from "./forwardings";

export function ForwardingScreen({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { set, change, error, isError, refetch } = useForwardings();
  return (
    <section className="swp-sheet" aria-label={t("menu.forwarding")}>
      <div className="swp-sheet-head">
        <button type="button" className="swp-icon" aria-label={t("back")} title={t("back")} onClick={onBack}>
          <IconChevronLeft size={22} aria-hidden />
        </button>
        <h2>{t("menu.forwarding")}</h2>
      </div>
      <div className="swp-form">
        {error && <Refused error={error} />}
        {!set ? isError ? <ListFailed onAgain={() => void refetch()} /> : <ListLoading /> : <Settings set={set} voicemail={set.voicemail} change={change} />}
      </div>
    </section>
  );
}

function Refused({ error }: { error: Error }) {
  const { t, i18n } = useTranslation("phone");
  const problem = error instanceof ApiError ? error.problems[0] : undefined;
  const id = problem?.error_id ?? (error instanceof ApiError ? error.errorId : "");
  const key = `forwarding.problem.${id}`;
  return (
    <div className="swp-problem" role="alert">
      <IconAlertTriangle size={20} aria-hidden />
      <div>
        <strong>{t("forwarding.notSaved")}</strong>
        <p>{i18n.exists(`phone:${key}`) ? t(key) : (problem?.message ?? error.message)}</p>
      </div>
    </div>
  );
}

interface SettingsProps {
  set: Forwardings;
  voicemail: boolean;
  change: (patch: Partial<Forwardings>) => void;
}

function Settings({ set, voicemail, change }: SettingsProps) {
  const { t } = useTranslation("phone");
  const alone = set.follow_me.length === 0;
  const silent = set.always !== null ? t("forwarding.alwaysWins") : set.follow_me_on ? t("forwarding.followWins") : null;
  return (
    <>
      <Switch label={t("dnd.long")} description={t("dnd.hint")} checked={set.do_not_disturb} onChange={(event) => change({ do_not_disturb: event.currentTarget.checked })} />
      <Group title={t("forwarding.always")} hint={t("forwarding.alwaysHint")}>
        <Always set={set} voicemail={voicemail} change={change} />
      </Group>
      <Group title={t("forwarding.followMe")} hint={t("forwarding.followMeHint")}>
        <Switch
          label={t("forwarding.followMeOn")}
          description={alone ? t("forwarding.followMeFirst") : undefined}
          disabled={alone}
          checked={set.follow_me_on && !alone}
          onChange={(event) => change({ follow_me_on: event.currentTarget.checked })}
        />
        <ForwardList label={t("forwarding.followMe")} list={set.follow_me} onChange={(follow_me) => change({ follow_me })} />
      </Group>
      <Group title={t("forwarding.noAnswer")} hint={silent ?? t("forwarding.noAnswerHint")}>
        <ForwardList label={t("forwarding.noAnswer")} list={set.no_answer} onChange={(no_answer) => change({ no_answer })} />
        <LastResort voicemail={voicemail} checked={set.no_answer_voicemail} onChange={(no_answer_voicemail) => change({ no_answer_voicemail })} />
      </Group>
      <Group title={t("forwarding.busy")} hint={silent ?? t("forwarding.busyHint")}>
        <ForwardList label={t("forwarding.busy")} list={set.busy} onChange={(busy) => change({ busy })} />
        <LastResort voicemail={voicemail} checked={set.busy_voicemail} onChange={(busy_voicemail) => change({ busy_voicemail })} />
      </Group>
      <Group title={t("forwarding.outside")}>
        <Switch
          label={t("forwarding.confirm")}
          description={t("forwarding.confirmHint")}
          checked={set.confirm_outside}
          onChange={(event) => change({ confirm_outside: event.currentTarget.checked })}
        />
        <Switch
          label={t("forwarding.hide")}
          description={t("forwarding.hideHint")}
          checked={set.hide_number}
          onChange={(event) => change({ hide_number: event.currentTarget.checked })}
        />
      </Group>
    </>
  );
}

function Group({ title, hint, children }: { title: string; hint?: string; children: React.ReactNode }) {
  const id = useId();
  return (
    <div className="swp-group" role="group" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {hint && <p className="swp-note">{hint}</p>}
      {children}
    </div>
  );
}

/** B3-05. */
function LastResort({ voicemail, checked, onChange }: { voicemail: boolean; checked: boolean; onChange: (on: boolean) => void }) {
  const { t } = useTranslation("phone");
  return (
    <Switch
      label={t("forwarding.lastResort")}
      description={voicemail ? undefined : t("forwarding.noVoicemail")}
      disabled={!voicemail && !checked}
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

function Always({ set, voicemail, change }: SettingsProps) {
  const { t } = useTranslation("phone");
  const nameOf = useDestinationName();
  const [adding, setAdding] = useState(false);
  if (set.always !== null) {
    const name = nameOf(set.always);
    return (
      <div className="swp-forward">
        <strong>{name}</strong>
        <button type="button" className="swp-icon" aria-label={t("forwarding.remove", { name })} title={t("forwarding.remove", { name })} onClick={() => change({ always: null })}>
          <IconTrash size={20} aria-hidden />
        </button>
      </div>
    );
  }
  if (adding) {
    return (
      <AddDestination
        onAdd={(always) => {
          change({ always });
          setAdding(false);
        }}
        onCancel={() => setAdding(false)}
      />
    );
  }
  return (
    <div className="swp-strip-acts">
      <button type="button" className="swp-link swp-add" onClick={() => setAdding(true)}>
        {t("forwarding.alwaysChoose")}
      </button>
      {voicemail && <ToVoicemail change={change} />}
    </div>
  );
}

function ToVoicemail({ change }: { change: (patch: Partial<Forwardings>) => void }) {
  const { t } = useTranslation("phone");
  const { set } = useForwardings();
  if (!set) return null;
  return (
    <button type="button" className="swp-link swp-add" onClick={() => change({ always: { kind: "voicemail", target: set.user } })}>
      {t("forwarding.alwaysVoicemail")}
    </button>
  );
}
