/** A user's phones: what may register, what is registered now, new secrets; and his sign-in's password. */
import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconDeviceLandlinePhone, IconKey, IconLink, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDelete, Empty, errorText, Failed, Loading, RelativeTime, SideSheet, StateBadge, toastDone } from "../ui";
import { useLive } from "./live";
import { ProvisioningDialog } from "./ProvisioningDialog";
import styles from "./PhonesSheet.module.css";
import { queryClient } from "./queries";
import { api } from "./session";
import sheet from "../ui/Sheet.module.css";
import type { Device, Registration, Secret, User } from "./types";
import type { Credentials } from "./UserForm";

interface Props {
  user: User;
  onClose: () => void;
  onCredentials: (shown: Credentials) => void;
}

type Asked = { act: "revoke" | "reset"; device: Device } | { act: "password" };

export function PhonesSheet({ user, onClose, onCredentials }: Props) {
  const { t, i18n } = useTranslation("console");
  const [label, setLabel] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [setUp, setSetUp] = useState<Device | null>(null);
  const live = useLive();
  const query = useQuery({
    queryKey: ["devices", user.id],
    queryFn: ({ signal }) => api.request<Device[]>(`/api/users/${user.id}/devices`, { signal }),
  });
  const refresh = () => void queryClient.invalidateQueries({ queryKey: ["devices"] });
  const mine = live.registrations?.filter((registration) => registration.user_id === user.id) ?? [];
  const show = (secret: Secret | null, login: Credentials["login"] = null) => {
    refresh();
    onCredentials({ name: user.name, extension: user.extension, secret, login });
  };

  const add = async () => {
    setRefused(null);
    try {
      const body = { label: label.trim() || t("phones.another") };
      show(await api.request<Secret>(`/api/users/${user.id}/devices`, { method: "POST", body }));
      setLabel("");
    } catch (error) {
      setRefused(errorText(i18n, error));
    }
  };
  const carryOut = async (wanted: Asked) => {
    switch (wanted.act) {
      case "revoke":
        await api.request(`/api/devices/${wanted.device.id}`, { method: "DELETE" });
        refresh();
        toastDone(t("phones.revoked", { label: wanted.device.label }));
        return;
      case "reset":
        show(
          await api.request<Secret>(`/api/users/${user.id}/reset-secret`, {
            method: "POST",
            body: { device_id: wanted.device.id },
          }),
        );
        return;
      case "password": {
        const made = await api.request<{ name: string; password: string }>(`/api/users/${user.id}/login/reset-password`, {
          method: "POST",
        });
        show(null, made);
      }
    }
  };
  const devices = query.data?.filter((device) => !device.revoked);
  const browsers = mine.filter((item) => !devices?.some((device) => device.id === item.device_id));
  return (
    <SideSheet title={t("phones.title", { name: user.name })} onClose={onClose}>
      <Stack gap="xl" className={sheet.main}>
        {query.error ? (
          <Failed error={query.error} onRetry={() => void query.refetch()} />
        ) : devices === undefined ? (
          <Loading />
        ) : (
          <section>
            <Text c="dimmed" mb="md">
              {t("phones.about")}
            </Text>
            {devices.length === 0 && <Empty icon={IconDeviceLandlinePhone} title={t("phones.empty")} />}
            <ul className={styles.list}>
              {devices.map((device) => (
                <PhoneItem
                  key={device.id}
                  device={device}
                  registrations={mine.filter((item) => item.device_id === device.id)}
                  onAsk={(act) => setAsked({ act, device })}
                  onSetUp={() => setSetUp(device)}
                />
              ))}
              {browsers.length > 0 && (
                <li className={styles.item}>
                  <div className={styles.head}>
                    <Text fw={600}>{t("phones.inBrowser")}</Text>
                    <StateBadge state="registered" />
                  </div>
                  {browsers.map((item) => (
                    <Text key={item.id} size="sm" c="dimmed">
                      {item.transport.toUpperCase()} · {item.remote}
                    </Text>
                  ))}
                </li>
              )}
            </ul>
            <form
              className={styles.add}
              onSubmit={(event) => {
                event.preventDefault();
                void add();
              }}
            >
              <TextInput
                label={t("phones.label")}
                placeholder={t("phones.labelExample")}
                maxLength={80}
                value={label}
                error={refused}
                onChange={(event) => setLabel(event.currentTarget.value)}
              />
              <Button type="submit" color="green" leftSection={<IconPlus size={18} />}>
                {t("phones.add")}
              </Button>
            </form>
          </section>
        )}
        <section>
          <Title order={2} mb="xs">
            {t("phones.signIn")}
          </Title>
          {user.login ? (
            <Group justify="space-between">
              <Text>
                {user.login} · {t(`role.${user.role ?? "none"}`)}
              </Text>
              <Button
                variant="default"
                mih={44}
                leftSection={<IconKey size={18} />}
                onClick={() => setAsked({ act: "password" })}
              >
                {t("phones.resetPassword")}
              </Button>
            </Group>
          ) : (
            <Text c="dimmed">{t("phones.noSignIn")}</Text>
          )}
        </section>
      </Stack>
      {setUp && <ProvisioningDialog device={setUp} onClose={() => setSetUp(null)} />}
      {asked && (
        <ConfirmDelete
          title={t(`phones.${asked.act}Title`, { what: asked.act === "password" ? user.name : asked.device.label })}
          action={t(`phones.${asked.act}Action`)}
          {...(asked.act === "revoke" ? {} : { icon: <IconKey size={18} />, color: "accent" as const })}
          onConfirm={() => carryOut(asked)}
          onClose={() => setAsked(null)}
        >
          {t(`phones.${asked.act}Text`)}
        </ConfirmDelete>
      )}
    </SideSheet>
  );
}

interface ItemProps {
  device: Device;
  registrations: Registration[];
  onAsk: (act: "revoke" | "reset") => void;
  onSetUp: () => void;
}

function PhoneItem({ device, registrations, onAsk, onSetUp }: ItemProps) {
  const { t } = useTranslation("console");
  const browser = registrations.some((item) => /^wss?$/i.test(item.transport));
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <Text fw={600}>{device.label}</Text>
        <StateBadge state={registrations.length > 0 ? "registered" : "offline"} />
      </div>
      <Text size="sm" c="dimmed">
        {t("phones.userName", { name: device.username })} · {t("phones.secretSet")} <RelativeTime time={device.changed_at} />
      </Text>
      {registrations.map((item) => (
        <Text key={item.id} size="sm" c="dimmed">
          {item.user_agent || t("phones.unknownModel")} · {item.transport.toUpperCase()} · {item.remote}
        </Text>
      ))}
      <Group justify="space-between" mt={8}>
        {/* A browser's phone gets its password by itself. */}
        {browser ? (
          <span />
        ) : (
          <Group gap="xs">
            <Button variant="default" mih={44} leftSection={<IconLink size={18} />} onClick={onSetUp}>
              {t("provisioning.open")}
            </Button>
            <Button variant="default" mih={44} leftSection={<IconKey size={18} />} onClick={() => onAsk("reset")}>
              {t("phones.reset")}
            </Button>
          </Group>
        )}
        <Button variant="subtle" color="red" mih={40} leftSection={<IconTrash size={18} />} onClick={() => onAsk("revoke")}>
          {t("phones.revoke")}
        </Button>
      </Group>
    </li>
  );
}
