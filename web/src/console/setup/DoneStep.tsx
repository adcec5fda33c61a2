/** What everybody needs, once; and how two people talk now. */
import { Accordion, Alert, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconKey } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CredentialsBody } from "../CredentialsCard";
import { useUsers } from "../queries";
import { useWho } from "../session";
import type { Credentials } from "../UserForm";
import styles from "./Setup.module.css";

export function DoneStep({ credentials }: { credentials: readonly Credentials[] }) {
  const { t } = useTranslation("console");
  const who = useWho();
  const users = useUsers().data ?? [];
  const [me, other] = users;
  const browserIsPhone = who.user !== null || credentials.some((made) => made.extension === me?.extension && !made.login);
  return (
    <Stack gap="lg">
      <Alert color="green" icon={<IconCircleCheck size={20} />} title={t("setup.ready")}>
        {t("setup.readyText")}
      </Alert>
      <section>
        <Title order={2}>{t("setup.talk")}</Title>
        <ol className={styles.steps}>
          {browserIsPhone && me && <li>{t("setup.browser", { name: me.name, extension: me.extension })}</li>}
          <li>{t("setup.secondPhone", { name: other?.name ?? me?.name ?? "" })}</li>
          <li>{t("setup.call", { extension: other?.extension ?? me?.extension ?? "" })}</li>
          <li>{t("setup.echo")}</li>
        </ol>
      </section>
      {credentials.length > 0 && (
        <section>
          <Title order={2} mb="sm">
            {t("setup.credentials")}
          </Title>
          <Alert color="amber" icon={<IconKey size={18} />} mb="md">
            {t("credentials.once")}
          </Alert>
          <Accordion variant="separated" multiple defaultValue={credentials.map((made) => made.extension)}>
            {credentials.map((made) => (
              <Accordion.Item key={made.extension} value={made.extension}>
                <Accordion.Control>
                  <Text fw={600}>
                    {made.extension} {made.name}
                  </Text>
                </Accordion.Control>
                <Accordion.Panel>
                  <CredentialsBody shown={made} />
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        </section>
      )}
    </Stack>
  );
}
