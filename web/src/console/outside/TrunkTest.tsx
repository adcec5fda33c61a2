/** "Test": a trunk is tried step by step, and each failure explained. */
import { Alert, Button, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { errorText, Loading, SideSheet, StateBadge } from "../../ui";
import sheet from "../../ui/Sheet.module.css";
import { queryClient } from "../queries";
import { api } from "../session";
import styles from "./outside.module.css";
import type { TestStep, Trunk } from "./types";
import { withPlus } from "./values";

interface Result {
  ok: boolean;
  steps: TestStep[];
}

export function TrunkTest({ trunk, onClose }: { trunk: Trunk; onClose: () => void }) {
  const { t, i18n } = useTranslation("outside");
  const [number, setNumber] = useState("");
  const [result, setResult] = useState<Result | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setResult(null);
    setFailure(null);
    try {
      const place = `/api/trunks/${encodeURIComponent(trunk.id)}/test`;
      setResult(await api.request<Result>(place, { method: "POST", body: { number: withPlus(number) || null } }));
    } catch (error) {
      const gone = error instanceof ApiError && error.status === 404;
      setFailure(gone ? t("trunks.testNotApplied") : errorText(i18n, error));
    } finally {
      setBusy(false);
      void queryClient.invalidateQueries({ queryKey: ["trunk-states"] });
    }
  };
  return (
    <SideSheet title={t("trunks.testTitle", { name: trunk.name })} onClose={onClose} size={480}>
      <form noValidate className={sheet.form} onSubmit={(event) => void run(event)}>
        <Stack gap="lg" className={sheet.main}>
          <Text c="dimmed">{t(trunk.pending ? "trunks.testPending" : "trunks.testAbout")}</Text>
          <TextInput
            label={t("trunks.testNumber")}
            description={t("trunks.testNumberHint")}
            type="tel"
            maxLength={40}
            autoComplete="off"
            data-autofocus
            value={number}
            onChange={(event) => setNumber(event.currentTarget.value)}
          />
          <div aria-live="polite">
            {busy && <Loading />}
            {failure !== null && (
              <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
                {failure}
              </Alert>
            )}
            {result && (
              <ol className={styles.steps}>
                {result.steps.map((step) => (
                  <li key={step.step}>
                    <StateBadge state={step.ok ? "ok" : "problem"} />
                    <div>
                      <Text fw={600}>{t(`trunks.step.${step.step}`, { defaultValue: step.step })}</Text>
                      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                        {t(`trunks.said.${step.code}`, { ...step.values, defaultValue: step.text })}
                      </Text>
                    </div>
                  </li>
                ))}
              </ol>
            )}
          </div>
        </Stack>
        <div className={sheet.foot}>
          <Button type="submit" disabled={busy}>
            {t(result || failure ? "trunks.testAgain" : "trunks.testStart")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common:action.close")}
          </Button>
        </div>
      </form>
    </SideSheet>
  );
}
