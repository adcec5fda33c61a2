/** What few trunks need: connection, order, codecs, the provider's dialect, limits. */
import { NativeSelect, Stack, Switch, Textarea, TextInput, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { fieldId, type Form } from "../../ui";
import { digits, More } from "../fields";
import { Several } from "./ChoiceFields";
import { LimitFields } from "./LimitFields";
import { CODECS, FORMATS, FORWARDERS, IDENTITIES, MORE, type TrunkValues } from "./trunkValues";

interface Props {
  form: Form<TrunkValues>;
}

function Subject({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="md" aria-label={title}>
      <Title order={3} fz="md">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

function Line({ form, name, hint }: Props & { name: keyof TrunkValues & string; hint?: string }) {
  const { t } = useTranslation("outside");
  return (
    <TextInput
      {...form.text(name)}
      label={t(`console:field.${name}`)}
      description={hint}
      maxLength={253}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
    />
  );
}

function Figure({ form, name, hint }: Props & { name: keyof TrunkValues & string; hint?: string }) {
  const { t } = useTranslation("outside");
  return <TextInput {...digits(form, name)} label={t(`console:field.${name}`)} description={hint} maxLength={6} />;
}

interface ChoiceProps extends Props {
  name: "identity" | "forwarder" | "number_format";
  values: readonly string[];
}

function Choice({ form, name, values }: ChoiceProps) {
  const { t } = useTranslation("outside");
  return (
    <NativeSelect
      id={fieldId(name)}
      label={t(`console:field.${name}`)}
      value={form.values[name]}
      error={form.errors.get(name)}
      data={values.map((value) => ({ value, label: t(`trunks.${name}.${value}`) }))}
      onChange={(event) => form.set(name, event.currentTarget.value)}
    />
  );
}

export function TrunkMore({ form }: Props) {
  const { t } = useTranslation("outside");
  const { values } = form;
  return (
    <More label={t("console:form.more")} errors={form.errors} names={MORE}>
      <Stack gap="xl">
        <Subject title={t("trunks.connection")}>
          <Figure form={form} name="port" hint={t("trunks.portHint")} />
          <Line form={form} name="outbound_proxy" hint={t("trunks.proxyHint")} />
          <Line form={form} name="from_domain" hint={t("trunks.domainHint")} />
          <Line form={form} name="auth_username" hint={t("trunks.authHint")} />
          {values.kind === "registration" && <Figure form={form} name="expires" />}
          <Figure form={form} name="check_seconds" hint={t("trunks.checkHint")} />
          {values.kind === "registration" && (
            <Textarea
              {...form.text("addresses")}
              label={t("console:field.addresses")}
              description={t("trunks.furtherHint")}
              rows={3}
            />
          )}
        </Subject>
        <Subject title={t("trunks.several")}>
          <Figure form={form} name="order" hint={t("trunks.orderHint")} />
          <Figure form={form} name="weight" hint={t("trunks.weightHint")} />
          <Figure form={form} name="capacity" hint={t("trunks.noLimit")} />
        </Subject>
        <Subject title={t("trunks.dialect")}>
          <Several
            name="codecs"
            label={t("console:field.codecs")}
            hint={t("trunks.codecsHint")}
            data={CODECS.map((value) => ({ value, label: value }))}
            placeholder={t("destination.choose")}
            nothing={t("destination.none")}
            value={values.codecs}
            error={form.errors.get("codecs")}
            onChange={(codecs) => form.set("codecs", codecs)}
          />
          <Choice form={form} name="number_format" values={FORMATS} />
          <Choice form={form} name="identity" values={IDENTITIES} />
          <Choice form={form} name="forwarder" values={FORWARDERS} />
          <Switch
            id={fieldId("redirects")}
            label={t("console:field.redirects")}
            description={t("trunks.redirectsHint")}
            checked={values.redirects}
            onChange={(event) => form.set("redirects", event.currentTarget.checked)}
          />
        </Subject>
        <Subject title={t("limits.title")}>
          <LimitFields form={form} hint={t("trunks.noLimit")} />
        </Subject>
      </Stack>
    </More>
  );
}
