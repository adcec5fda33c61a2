/** Filters of a list that the server gives: what to look for and from when to when, kept in the address bar. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Address } from "../ui";
import styles from "./Filters.module.css";

const CALM = 300;

/** A day of the reader's calendar as 2026-11-21, `back` days before today. */
export function dayAgo(back: number, now = new Date()): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - back);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

interface FiltersProps {
  address: Address;
  from: string;
  /** Address of the same list as CSV; none: there is no such file. */
  csv?: string;
  children?: ReactNode;
}

export function Filters({ address, from, csv, children }: FiltersProps) {
  const { t } = useTranslation("console");
  const [text, setText] = useState(address.get("q"));
  const look = useDebouncedCallback((q: string) => address.set({ q, after: null }), CALM);
  return (
    <search className={styles.filters}>
      <TextInput
        label={t("filter.text")}
        className={styles.text}
        leftSection={<IconSearch size={18} />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          look(event.currentTarget.value);
        }}
      />
      <Days address={address} from={from} />
      {children}
      {csv !== undefined && (
        <Button component="a" href={csv} download variant="subtle" color="gray" mih={44} leftSection={<IconDownload size={18} />}>
          CSV
        </Button>
      )}
    </search>
  );
}

/** The server's query for what the address bar says; without a day it is all of them. */
export function asking(get: (name: string) => string, names: readonly string[], limit: number): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit) });
  const from = get("from");
  if (from && from !== "all") query.set("from", from);
  for (const name of names) if (get(name)) query.set(name, get(name));
  return query;
}

/** From which day to which. */
export function Days({ address, from }: { address: Address; from: string }) {
  const { t } = useTranslation("console");
  return (
    <>
      <TextInput
        type="date"
        label={t("filter.from")}
        value={from}
        max={address.get("to") || undefined}
        onChange={(event) => address.set({ from: event.currentTarget.value || "all", after: null })}
      />
      <TextInput
        type="date"
        label={t("filter.to")}
        value={address.get("to")}
        min={from || undefined}
        onChange={(event) => address.set({ to: event.currentTarget.value, after: null })}
      />
    </>
  );
}

interface ChoiceProps {
  address: Address;
  name: string;
  label: string;
  all: string;
  options: readonly { value: string; label: string }[];
}

export function Choice({ address, name, label, all, options }: ChoiceProps) {
  return (
    <NativeSelect
      label={label}
      value={address.get(name)}
      data={[{ value: "", label: all }, ...options]}
      onChange={(event) => address.set({ [name]: event.currentTarget.value, after: null })}
    />
  );
}
