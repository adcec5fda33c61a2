/** Links for guests of one conference: made here, shown once, listed, revoked. */
import { Alert, Badge, Button, Checkbox, Group, NativeSelect, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { IconLink, IconLinkOff, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDelete, CopyField, Empty, Failed, Loading, RelativeTime, SideSheet, toastDone, useSlow } from "../../ui";
import { fieldErrors } from "../../ui/errors";
import sheet from "../../ui/Sheet.module.css";
import { queryClient } from "../queries";
import { api } from "../session";
import { expiryOf, PERIODS } from "./expiry";
import styles from "./links.module.css";
import type { GuestLink, NewGuestLink } from "./types";

const QrCode = lazy(() => import("../../ui/QrCode"));

interface Props {
  room: { id: string; name: string };
  onClose: () => void;
}

export function Links({ room, onClose }: Props) {
  const { t } = useTranslation("conference");
  const place = `/api/conferences/${encodeURIComponent(room.id)}/links`;
  const [made, setMade] = useState<NewGuestLink | null>(null);
  const [revoking, setRevoking] = useState<GuestLink | null>(null);
  const [ending, setEnding] = useState(false);
  const query = useQuery({
    queryKey: ["links", room.id],
    queryFn: ({ signal }) => api.request<GuestLink[]>(place, { signal }),
  });
  const refresh = () => void queryClient.invalidateQueries({ queryKey: ["links", room.id] });
  const revoke = async (link: GuestLink) => {
    await api.request(`${place}/${encodeURIComponent(link.id)}${ending ? "?end=true" : ""}`, { method: "DELETE" });
    if (made?.id === link.id) setMade(null);
    refresh();
    toastDone(t("links.revoked"));
  };
  return (
    <SideSheet title={t("links.title", { name: room.name })} onClose={onClose}>
      <Stack gap="xl" className={sheet.main}>
        <Text c="dimmed">{t("links.about")}</Text>
        {made ? (
          <Made made={made} onAnother={() => setMade(null)} />
        ) : (
          <LinkForm
            place={place}
            onMade={(link) => {
              setMade(link);
              refresh();
            }}
          />
        )}
        {query.error ? (
          <Failed error={query.error} onRetry={() => void query.refetch()} />
        ) : query.data === undefined ? (
          <Loading />
        ) : (
          <section>
            <Title order={2} mb="xs">
              {t("links.list")}
            </Title>
            {query.data.length === 0 && <Empty icon={IconLink} title={t("links.none")} />}
            <ul className={styles.list}>
              {query.data.map((link) => (
                <LinkItem key={link.id} link={link} onRevoke={() => setRevoking(link)} />
              ))}
            </ul>
          </section>
        )}
      </Stack>
      {revoking && (
        <ConfirmDelete
          title={t("links.revokeTitle", { label: nameOf(revoking) || t("links.unnamed") })}
          action={t("links.revoke")}
          icon={<IconLinkOff size={18} />}
          onConfirm={() => revoke(revoking)}
          onClose={() => setRevoking(null)}
        >
          <Stack gap="md">
            <Text>{t("links.revokeText")}</Text>
            {revoking.uses > 0 && (
              <Checkbox
                label={t("links.revokeEnd")}
                checked={ending}
                onChange={(event) => setEnding(event.currentTarget.checked)}
              />
            )}
          </Stack>
        </ConfirmDelete>
      )}
    </SideSheet>
  );
}

/** What tells one link from another. */
function nameOf(link: GuestLink): string {
  return [link.label, link.name].filter(Boolean).join(" · ");
}

/** Shown this once: the server keeps no copy. */
function Made({ made, onAnother }: { made: NewGuestLink; onAnother: () => void }) {
  const { t } = useTranslation("conference");
  return (
    <Stack component="section" gap="md" aria-label={t("links.made")}>
      <Alert color="green" icon={<IconLink size={18} />} title={t("links.made")} role="status">
        {t("links.once")}
      </Alert>
      <CopyField label={t("links.link")} value={made.url} />
      <figure className={styles.qr}>
        <Suspense>
          <QrCode text={made.url} label={t("links.qr")} />
        </Suspense>
        <figcaption>{t("links.qrHint")}</figcaption>
      </figure>
      <div>
        <Button variant="default" mih={44} leftSection={<IconPlus size={18} />} onClick={onAnother}>
          {t("links.another")}
        </Button>
      </div>
    </Stack>
  );
}

function LinkForm({ place, onMade }: { place: string; onMade: (link: NewGuestLink) => void }) {
  const { t, i18n } = useTranslation("conference");
  const [label, setLabel] = useState("");
  const [period, setPeriod] = useState<string>("week");
  const [single, setSingle] = useState(false);
  const [lobby, setLobby] = useState(false);
  const [refused, setRefused] = useState<ReadonlyMap<string | null, string>>(new Map());
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  const make = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefused(new Map());
    try {
      const body = { label: label.trim(), expires_at: expiryOf(period, Date.now() / 1000), single_use: single, lobby };
      onMade(await api.request<NewGuestLink>(place, { method: "POST", body }));
    } catch (error) {
      setRefused(fieldErrors(i18n, error, ["label", "expires_at"]));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void make(event)}>
      {refused.get(null) !== undefined && (
        <Alert color="red" role="alert">
          {refused.get(null)}
        </Alert>
      )}
      <TextInput
        label={t("links.label")}
        description={t("links.labelHint")}
        maxLength={80}
        data-autofocus
        value={label}
        error={refused.get("label")}
        onChange={(event) => setLabel(event.currentTarget.value)}
      />
      <NativeSelect
        label={t("links.expires")}
        value={period}
        error={refused.get("expires_at")}
        data={PERIODS.map((value) => ({ value, label: t(`links.period.${value}`) }))}
        onChange={(event) => setPeriod(event.currentTarget.value)}
      />
      <Switch label={t("links.single")} checked={single} onChange={(event) => setSingle(event.currentTarget.checked)} />
      <Switch
        label={t("links.lobby")}
        description={t("links.lobbyHint")}
        checked={lobby}
        onChange={(event) => setLobby(event.currentTarget.checked)}
      />
      <div>
        <Button type="submit" color="green" mih={44} loading={slow} leftSection={<IconPlus size={18} />}>
          {t("links.make")}
        </Button>
      </div>
    </form>
  );
}

function LinkItem({ link, onRevoke }: { link: GuestLink; onRevoke: () => void }) {
  const { t } = useTranslation("conference");
  const { state } = link;
  return (
    <li className={styles.item} data-over={state !== "valid" || undefined}>
      <div className={styles.words}>
        <Text fw={600}>{nameOf(link) || t("links.unnamed")}</Text>
        <Text size="sm" c="dimmed">
          {t("links.madeBy", { who: link.made_by })} <RelativeTime time={link.created_at} />
          {" · "}
          {link.expires_at === null ? (
            t("links.noEnd")
          ) : (
            <>
              {t(state === "expired" ? "links.ended" : "links.ends")} <RelativeTime time={link.expires_at} />
            </>
          )}
        </Text>
        <Group gap="xs" mt={4}>
          <Badge variant="light" tt="none" color={state === "valid" ? "green" : "gray"}>
            {t(`links.state.${state}`)}
          </Badge>
          {link.invitation && (
            <Badge variant="light" tt="none" color="gray">
              {t("links.byMail")}
            </Badge>
          )}
          {link.single_use && (
            <Badge variant="light" tt="none" color="gray">
              {t("links.singleShort")}
            </Badge>
          )}
          {link.lobby && (
            <Badge variant="light" tt="none" color="gray">
              {t("links.lobbyShort")}
            </Badge>
          )}
          {link.uses > 0 && (
            <Text size="sm" c="dimmed">
              {t("links.uses", { count: link.uses })}
            </Text>
          )}
        </Group>
      </div>
      {state === "valid" && (
        <Button
          variant="subtle"
          color="red"
          mih={40}
          leftSection={<IconLinkOff size={18} />}
          aria-label={t("links.revokeWhat", { label: nameOf(link) || t("links.unnamed") })}
          onClick={onRevoke}
        >
          {t("links.revoke")}
        </Button>
      )}
    </li>
  );
}
