/** One number after another, each called at once (S1-10, S1-11). */
import { Button } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomOrders } from "../../api/room";
import { errorText, useSlow } from "../../ui";
import { NumberField } from "./NumberField";
import styles from "./invite.module.css";

export function InviteForm({ orders, onInvited }: { orders: RoomOrders; onInvited?: () => void }) {
  const { t, i18n } = useTranslation("conference");
  const input = useRef<HTMLInputElement>(null);
  const [number, setNumber] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  const invite = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (number.trim() === "") {
      setRefused(t("invite.missing"));
      input.current?.focus();
      return;
    }
    setBusy(true);
    setRefused(null);
    try {
      await orders.invite(number.trim());
      setNumber("");
      onInvited?.();
    } catch (error) {
      setRefused(errorText(i18n, error));
    } finally {
      setBusy(false);
      input.current?.focus();
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void invite(event)}>
      <NumberField
        inputRef={input}
        value={number}
        error={refused}
        onChange={(value) => {
          setNumber(value);
          setRefused(null);
        }}
      />
      <Button type="submit" color="green" leftSection={<IconUserPlus size={18} />} loading={slow}>
        {t("invite.invite")}
      </Button>
    </form>
  );
}
