/** Addresses and ports, as `switchroom doctor` finds them; then everything is put into production. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failed, Loading, useSlow } from "../../ui";
import { CheckList } from "../CheckList";
import { checkName } from "../checks";
import { useSystem } from "../queries";

interface Props {
  onBack: () => void;
  /** Null: it is applied; else what keeps it from that. */
  onApply: () => Promise<string | null>;
}

export function CheckStep({ onBack, onApply }: Props) {
  const { t } = useTranslation("console");
  const query = useSystem();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const slow = useSlow(busy);
  const apply = async () => {
    setBusy(true);
    setFailure(await onApply());
    setBusy(false);
  };
  const wrong = query.data?.checks.filter((check) => check.severity !== "ok") ?? [];
  const fine = query.data?.checks.filter((check) => check.severity === "ok") ?? [];
  return (
    <Stack gap="lg">
      {query.error && !query.data ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Loading />
      ) : (
        <>
          <Text>{t("setup.reached", { address: query.data.addresses.phones })}</Text>
          {wrong.length === 0 && (
            <Alert color="green" icon={<IconCircleCheck size={18} />}>
              {t("home.allWell")}
            </Alert>
          )}
          <CheckList checks={wrong} />
          <Text size="sm" c="dimmed">
            {t("setup.fine", { count: fine.length })} {fine.map((check) => checkName(t, check)).join(", ")}
          </Text>
          <div>
            <Button
              variant="default"
              mih={44}
              leftSection={<IconRefresh size={18} />}
              onClick={() => void query.refetch()}
            >
              {t("setup.checkAgain")}
            </Button>
          </div>
        </>
      )}
      {failure !== null && (
        <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
          {failure}
        </Alert>
      )}
      <Group justify="space-between">
        <Button variant="default" size="md" onClick={onBack}>
          {t("setup.back")}
        </Button>
        <Button size="md" loading={slow} onClick={() => void apply()}>
          {t("apply.apply")}
        </Button>
      </Group>
    </Stack>
  );
}
