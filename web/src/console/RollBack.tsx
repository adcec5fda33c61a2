/** Back to an earlier revision: what that would change, then the act. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconArrowBackUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText, Loading, sentenceFor, toastDone, toastFailed, useFocusBack, useSlow } from "../ui";
import { Changes } from "./Changes";
import { refreshConfiguration } from "./queries";
import { api } from "./session";
import type { Difference } from "./types";

interface Props {
  number: number;
  onClose: () => void;
  onDone?: () => void;
}

export function RollBack({ number, onClose, onDone }: Props) {
  const { t, i18n } = useTranslation("console");
  useFocusBack();
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  const { data, error } = useQuery({
    queryKey: ["revisions", number, "difference"],
    gcTime: 0,
    queryFn: ({ signal }) => api.request<Difference>(`/api/configuration/revisions/${number}/difference`, { signal }),
  });
  const rollBack = async () => {
    setBusy(true);
    try {
      await api.request(`/api/configuration/revisions/${number}/roll-back`, { method: "POST" });
      refreshConfiguration();
      toastDone(t("history.rolledBack", { number }));
      onClose();
      onDone?.();
    } catch (refused) {
      toastFailed(refused);
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size={520}
      centered
      title={t("history.rollBackTo", { number })}
    >
      <Stack gap="lg">
        {error ? (
          <Alert color="red" icon={<IconAlertTriangle size={18} />}>
            {errorText(i18n, error)}
          </Alert>
        ) : data === undefined ? (
          <Loading />
        ) : data.changes.length === 0 ? (
          <Text c="dimmed">{t("history.same")}</Text>
        ) : (
          <>
            <Text c="dimmed">{t("history.rollBackAbout")}</Text>
            <Changes changes={data.changes} />
            {data.problems.map((problem) => (
              <Alert key={problem.path} color="red" icon={<IconAlertTriangle size={18} />}>
                {sentenceFor(i18n, problem)}
              </Alert>
            ))}
          </>
        )}
        <Group justify="space-between">
          <Button variant="default" onClick={onClose} mih={44} data-autofocus>
            {t("common:action.cancel")}
          </Button>
          <Button
            leftSection={<IconArrowBackUp size={18} />}
            disabled={!data || data.changes.length === 0 || data.problems.length > 0}
            loading={slow}
            mih={44}
            onClick={() => void rollBack()}
          >
            {t("history.rollBack")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
