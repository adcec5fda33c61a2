/** Sites that may show the phone: Odoo with our add-on, or any page with the element, each with a secret to sign with. */
import { Button, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconKey, IconPhone, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, ConfirmDelete, CopyField, Empty, Failed, FormSheet, Loading, RelativeTime, SideSheet, toastFailed, useForm } from "../../ui";
import { api } from "../session";
import { Entry } from "./Entry";

interface Site {
  id: string;
  origin: string;
  enabled: boolean;
  used_at: number | null;
}

type NewSite = Site & { secret: string };

const SITES = ["sites"];

export function SitesCard() {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<NewSite | null>(null);
  const [asked, setAsked] = useState<{ act: "renew" | "remove"; site: Site } | null>(null);
  const query = useQuery({ queryKey: SITES, queryFn: ({ signal }) => api.request<Site[]>("/api/sites", { signal }) });
  const found = query.data;
  const changed = () => client.invalidateQueries({ queryKey: SITES });
  const enable = (site: Site, enabled: boolean) => {
    api.request(`/api/sites/${site.id}`, { method: "PATCH", body: { enabled } }).then(changed, toastFailed);
  };
  const carryOut = async () => {
    if (asked?.act === "renew") setMade(await api.request<NewSite>(`/api/sites/${asked.site.id}/secret`, { method: "POST" }));
    else if (asked) await api.request(`/api/sites/${asked.site.id}`, { method: "DELETE" });
    await changed();
  };
  const add = (
    <Button leftSection={<IconPlus size={18} />} mih={44} variant={found?.length ? "default" : "filled"} onClick={() => setAdding(true)}>
      {t("sites.add")}
    </Button>
  );
  return (
    <Card title={t("sites.title")}>
      {query.error ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : found === undefined ? (
        <Loading />
      ) : found.length === 0 ? (
        <Empty icon={IconPhone} title={t("sites.none")} action={add}>
          {t("sites.noneText")}
        </Empty>
      ) : (
        <Stack gap={0}>
          {found.map((site) => (
            <Entry
              key={site.id}
              acts={
                <>
                  <Switch
                    checked={site.enabled}
                    label={t("sites.enabled")}
                    aria-label={t("sites.enabledWhich", { origin: site.origin })}
                    onChange={(event) => enable(site, event.currentTarget.checked)}
                  />
                  <Button variant="default" mih={44} onClick={() => setAsked({ act: "renew", site })}>
                    {t("sites.renew")}
                  </Button>
                  <Button variant="subtle" color="red" mih={44} onClick={() => setAsked({ act: "remove", site })}>
                    {t("sites.remove")}
                  </Button>
                </>
              }
            >
              <Text fw={600}>{site.origin}</Text>
              <Text size="sm" c="dimmed" component="div">
                {site.used_at === null ? t("sites.unused") : <>{t("sites.used")} <RelativeTime time={site.used_at} /></>}
              </Text>
            </Entry>
          ))}
          <div style={{ paddingTop: 16 }}>{add}</div>
        </Stack>
      )}
      {adding && <SiteForm onMade={setMade} onClose={() => setAdding(false)} />}
      {made && (
        <SideSheet title={t("sites.secretTitle")} onClose={() => setMade(null)} size={480}>
          <Stack gap="lg" p="lg">
            <Text>{t("sites.secretText", { origin: made.origin })}</Text>
            <CopyField label={t("sites.server")} value={window.location.origin} />
            <CopyField label={t("sites.secret")} value={made.secret} secret />
            <div>
              <Button mih={44} onClick={() => setMade(null)}>
                {t("sites.noted")}
              </Button>
            </div>
          </Stack>
        </SideSheet>
      )}
      {asked && (
        <ConfirmDelete
          title={t(`sites.${asked.act}Title`, { origin: asked.site.origin })}
          action={t(`sites.${asked.act}`)}
          {...(asked.act === "renew" && { icon: <IconKey size={18} />, color: "accent" as const })}
          onConfirm={carryOut}
          onClose={() => setAsked(null)}
        >
          {t(`sites.${asked.act}Text`)}
        </ConfirmDelete>
      )}
    </Card>
  );
}

function SiteForm({ onMade, onClose }: { onMade: (site: NewSite) => void; onClose: () => void }) {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const form = useForm("site.new", { origin: "" });
  const save = async () => {
    const good = await form.submit(async () => {
      onMade(await api.request<NewSite>("/api/sites", { method: "POST", body: { origin: form.values.origin } }));
      await client.invalidateQueries({ queryKey: SITES });
    });
    if (!good) return;
    form.forget();
    onClose();
  };
  return (
    <FormSheet title={t("sites.add")} form={form} saveLabel={t("sites.allow")} onSave={() => void save()} onClose={onClose}>
      <Text c="dimmed">{t("sites.what")}</Text>
      <TextInput {...form.text("origin")} label={t("sites.origin")} description={t("sites.originHint")} placeholder="https://odoo.example.com" maxLength={256} autoComplete="off" data-autofocus />
    </FormSheet>
  );
}
