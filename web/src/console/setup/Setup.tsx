/** First start: from an empty system to two people talking, in five steps. */
import { Anchor, Button, Group, Stepper, Text } from "@mantine/core";
import { useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText, toastFailed } from "../../ui";
import { Front } from "../Front";
import { refreshConfiguration } from "../queries";
import { api, useWho, type Who } from "../session";
import type { Configuration } from "../types";
import type { Credentials } from "../UserForm";
import { CheckStep } from "./CheckStep";
import { DoneStep } from "./DoneStep";
import { PeopleStep } from "./PeopleStep";
import { SystemStep } from "./SystemStep";

const STEPS = ["system", "people", "check", "done"] as const;

export default function Setup({ onLeave }: { onLeave: () => void }) {
  const { t, i18n } = useTranslation("console");
  const client = useQueryClient();
  const [step, setStep] = useState(0);
  const [credentials, setCredentials] = useState<Credentials[]>([]);
  const [mine, setMine] = useState<string | null>(null);
  const who = useWho();
  const narrow = useMediaQuery("(max-width: 48em)");
  useDocumentTitle(`${t("setup.title")} · Switchroom`);

  const finish = async (): Promise<string | null> => {
    try {
      const configuration = await api.request<Configuration>("/api/configuration");
      const body = { base_revision: configuration.base_revision, comment: t("setup.comment") };
      await api.request("/api/configuration/apply", { method: "POST", body });
      await becomeUser(mine, who);
      sessionStorage.removeItem("switchroom.setup.rows");
      refreshConfiguration();
      setStep(3);
      return null;
    } catch (error) {
      return errorText(i18n, error);
    }
  };
  const leave = () => {
    onLeave();
    void client.invalidateQueries({ queryKey: ["session"] });
    void client.invalidateQueries({ queryKey: ["welcome"] });
  };
  return (
    <Front
      wide
      signedIn
      title={t("setup.title")}
      about={t("setup.about")}
      foot={
        step < 3 && (
          <Group>
            <Text size="sm" c="dimmed">
              {t("setup.laterText")}
            </Text>
            <Anchor component="button" type="button" size="sm" mih={44} onClick={leave}>
              {t("setup.later")}
            </Anchor>
          </Group>
        )
      }
    >
      <Stepper active={step} size="sm" iconSize={32} allowNextStepsSelect={false} orientation={narrow ? "vertical" : "horizontal"}>
        {STEPS.map((name, place) => (
          <Stepper.Step key={name} label={t(`setup.${name}`)} aria-current={place === step ? "step" : undefined} />
        ))}
      </Stepper>
      <div aria-live="polite">
        {step === 0 && <SystemStep onNext={() => setStep(1)} />}
        {step === 1 && (
          <PeopleStep
            onBack={() => setStep(0)}
            onNext={() => setStep(2)}
            onMine={setMine}
            onCredentials={(made) => setCredentials((now) => [...now, made])}
          />
        )}
        {step === 2 && <CheckStep onBack={() => setStep(1)} onApply={finish} />}
        {step === 3 && (
          <>
            <DoneStep credentials={credentials} />
            <Button size="md" mt="lg" onClick={leave}>
              {t("setup.open")}
            </Button>
          </>
        )}
      </div>
    </Front>
  );
}

/** Join one's own sign-in to one's user, who is applied now; without it the console works, but is no phone. */
async function becomeUser(userId: string | null, who: Who): Promise<void> {
  if (userId === null || who.user !== null) return;
  try {
    await api.request(`/api/users/${userId}/login`, { method: "PUT", body: { name: who.name, role: who.role, join: true } });
  } catch (error) {
    toastFailed(error);
  }
}
