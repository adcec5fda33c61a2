/** "Apply changes": what changes in words, what keeps it from being applied, and the way back afterwards. */
import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconArrowBackUp, IconCircleCheck, IconUsersGroup } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { ApiError } from "../api/client";
import { ConfirmDelete, errorText, Failed, Loading, RelativeTime, sentenceFor, SideSheet, toastDone, useSlow } from "../ui";
import { Changes } from "./Changes";
import { editAddress, problemField } from "./changeWords";
import { notePending } from "./live";
import { queryClient, refreshConfiguration, useConfiguration } from "./queries";
import { RollBack } from "./RollBack";
import { api, useWho } from "./session";
import styles from "../ui/Sheet.module.css";
import type { Change, Configuration, Problem, Revision } from "./types";

interface Applied {
  revision: number;
  changes: Change[];
  time: number;
}

export default function ApplySheet({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation("console");
  const query = useConfiguration();
  const [applied, setApplied] = useState<Applied | null>(null);
  const [others, setOthers] = useState<Revision[]>([]);
  const [failure, setFailure] = useState<string | null>(null);
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [discarding, setDiscarding] = useState(false);
  const slow = useSlow(busy);
  const { refetch } = query;
  useEffect(() => void refetch(), [refetch]);

  const apply = async (configuration: Configuration) => {
    setBusy(true);
    setFailure(null);
    try {
      const body = { base_revision: configuration.base_revision, comment };
      const made = await api.request<Omit<Applied, "time">>("/api/configuration/apply", { method: "POST", body });
      setApplied({ ...made, time: Date.now() / 1000 });
      notePending({ changed_entries: 0 });
      refreshConfiguration();
    } catch (error) {
      if (error instanceof ApiError && error.errorId === "configuration-stale") {
        const revisions = await api.request<Revision[]>("/api/configuration/revisions?limit=20").catch(() => []);
        setOthers(revisions.filter((revision) => revision.number > configuration.base_revision));
      }
      setFailure(errorText(i18n, error));
      await refetch();
    } finally {
      setBusy(false);
    }
  };
  const discard = async () => {
    queryClient.setQueryData(
      ["configuration"],
      await api.request<Configuration>("/api/configuration/discard", { method: "POST" }),
    );
    notePending({ changed_entries: 0 });
    refreshConfiguration();
    toastDone(t("apply.discarded"));
    onClose();
  };
  // Never what was known before: more may have been saved since, and all of it would be applied.
  const configuration = query.isFetchedAfterMount ? query.data : undefined;
  const ready = configuration !== undefined && configuration.changes.length > 0 && configuration.problems.length === 0;
  return (
    <SideSheet title={t("apply.apply")} onClose={onClose}>
      <Stack gap="lg" className={styles.main} aria-live="polite">
        {applied !== null ? (
          <Done applied={applied} onClose={onClose} />
        ) : configuration === undefined ? (
          query.error ? (
            <Failed error={query.error} onRetry={() => void refetch()} />
          ) : (
            <Loading />
          )
        ) : (
          <>
            {failure !== null && (
              <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
                {failure}
              </Alert>
            )}
            {others.length > 0 && <Others revisions={others} />}
            <Problems problems={configuration.problems} onGo={onClose} />
            {configuration.changes.length === 0 ? (
              <Text c="dimmed">{t("apply.nothingPending")}</Text>
            ) : (
              <>
                <Text c="dimmed">{t("apply.about")}</Text>
                <Changes changes={configuration.changes} />
                <TextInput
                  label={t("apply.comment")}
                  description={t("apply.commentHint")}
                  maxLength={200}
                  value={comment}
                  onChange={(event) => setComment(event.currentTarget.value)}
                />
              </>
            )}
          </>
        )}
      </Stack>
      {applied === null && (
        <div className={styles.foot}>
          <Button disabled={!ready || (busy && !slow)} loading={slow} onClick={() => configuration && void apply(configuration)}>
            {t("apply.apply")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          {configuration !== undefined && configuration.changes.length > 0 && (
            <Button variant="subtle" color="red" ml="auto" onClick={() => setDiscarding(true)}>
              {t("apply.discard")}
            </Button>
          )}
        </div>
      )}
      {discarding && (
        <ConfirmDelete
          title={t("apply.discardTitle")}
          action={t("apply.discard")}
          onConfirm={discard}
          onClose={() => setDiscarding(false)}
        >
          {t("apply.discardText")}
        </ConfirmDelete>
      )}
    </SideSheet>
  );
}

function Problems({ problems, onGo }: { problems: readonly Problem[]; onGo: () => void }) {
  const { t, i18n } = useTranslation("console");
  if (problems.length === 0) return null;
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} title={t("apply.problems", { count: problems.length })}>
      <Stack gap="xs">
        {problems.map((problem) => {
          const address = editAddress(problem.path);
          return (
            <Text key={problem.path + problem.error_id} size="sm">
              {sentenceFor(i18n, problem)}{" "}
              {address !== null && (
                <Anchor component={Link} href={address} onClick={onGo} inherit>
                  {t("apply.goTo", { field: problemField(i18n, problem) })}
                </Anchor>
              )}
            </Text>
          );
        })}
      </Stack>
    </Alert>
  );
}

/** What somebody else applied while one was looking. */
function Others({ revisions }: { revisions: readonly Revision[] }) {
  const { t } = useTranslation("console");
  return (
    <Alert color="amber" icon={<IconUsersGroup size={18} />} title={t("apply.staleTitle")}>
      <Stack gap="md">
        {revisions.map((revision) => (
          <div key={revision.number}>
            <Text size="sm" mb={8}>
              {t("apply.by", { who: revision.author, number: revision.number })} <RelativeTime time={revision.time} />
            </Text>
            <Changes changes={revision.changes} />
          </div>
        ))}
        <Text size="sm">{t("apply.staleText")}</Text>
      </Stack>
    </Alert>
  );
}

function Done({ applied, onClose }: { applied: Applied; onClose: () => void }) {
  const { t } = useTranslation("console");
  const who = useWho();
  const [rolling, setRolling] = useState(false);
  return (
    <>
      <Alert color="green" icon={<IconCircleCheck size={20} />} title={t("apply.done")} role="status">
        {t("apply.by", { who: who.name, number: applied.revision })} <RelativeTime time={applied.time} />
      </Alert>
      <Changes changes={applied.changes} />
      <Group justify="space-between">
        <Button onClick={onClose} mih={44} data-autofocus>
          {t("common:action.close")}
        </Button>
        {applied.revision > 1 && (
          <Button variant="default" leftSection={<IconArrowBackUp size={18} />} mih={44} onClick={() => setRolling(true)}>
            {t("history.rollBack")}
          </Button>
        )}
      </Group>
      {rolling && <RollBack number={applied.revision - 1} onClose={() => setRolling(false)} onDone={onClose} />}
    </>
  );
}
