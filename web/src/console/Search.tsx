/** Ctrl+K: people, conferences and pages from anywhere. */
import { Kbd, Modal, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconCards, IconPhone, IconSearch, IconUser, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import type { PageEntry } from "./pages";
import { usePhone } from "../phone";
import { useConferences, useUsers } from "./queries";
import { useFocusBack } from "../ui";
import { found } from "./search-match";
import styles from "./Search.module.css";
import { api, useWho } from "./session";

interface Hit {
  key: string;
  icon: ReactNode;
  title: string;
  detail: string;
  run: () => void;
}

interface Person {
  kind: string;
  id: string;
  name: string;
  extension: string | null;
  company?: string | null;
  numbers: { e164: string; shown: string }[];
}

interface Found {
  id: string;
  app: string;
  number: number;
  title: string;
  contact: { name: string; company: string } | null;
}

const MOST = 8;

export default function Search({ onClose, pages }: { onClose: () => void; pages: PageEntry[] }) {
  const { t } = useTranslation("console");
  useFocusBack();
  const who = useWho();
  const [, go] = useLocation();
  const { call } = usePhone();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const users = useUsers(who.may("users")).data;
  const rooms = useConferences(who.may("conferences")).data;
  const asked = text.trim();
  const people = useQuery({
    queryKey: ["people", asked],
    enabled: who.may("phone") && who.user !== null && asked.length > 0,
    queryFn: ({ signal }) =>
      api.request<Person[]>(`/api/phone/people?limit=${MOST}&q=${encodeURIComponent(asked)}`, { signal }),
  }).data;

  const records = useQuery({
    queryKey: ["records", "search", asked],
    enabled: who.may("records") && asked.length > 0,
    queryFn: ({ signal }) =>
      api.request<{ records: Found[] }>(`/api/records?limit=${MOST}&q=${encodeURIComponent(asked)}`, { signal }),
  }).data?.records;

  const hits = useMemo((): Hit[] => {
    const open = (address: string) => () => {
      go(address);
      onClose();
    };
    const dial = (number: string) => () => {
      call(number);
      onClose();
    };
    const shown: Hit[] = [];
    for (const page of pages) {
      if (page.address.includes(":")) continue;
      const title = t(`menu.${page.key}`);
      if (asked === "" || found(asked, title)) {
        shown.push({ key: page.key, icon: <page.icon size={20} />, title, detail: t("search.page"), run: open(page.address) });
      }
    }
    if (asked === "") return shown;
    const matching = (users ?? []).filter((user) => found(asked, user.name, user.extension, user.email));
    for (const user of matching.slice(0, MOST)) {
      const detail = `${user.extension} · ${t("search.user")}`;
      const address = `/users?edit=${user.id}`;
      shown.push({ key: user.id, icon: <IconUser size={20} />, title: user.name, detail, run: open(address) });
    }
    for (const room of (rooms ?? []).filter((room) => found(asked, room.name, room.extension)).slice(0, MOST)) {
      const detail = `${room.extension} · ${t("search.conference")}`;
      const address = `/conferences?edit=${room.id}`;
      shown.push({ key: room.id, icon: <IconUsersGroup size={20} />, title: room.name, detail, run: open(address) });
    }
    for (const record of records ?? []) {
      const detail = [`${t(`search.${record.app}`)} #${record.number}`, record.contact?.name || record.contact?.company];
      shown.push({
        key: record.id,
        icon: <IconCards size={20} />,
        title: record.title,
        detail: detail.filter(Boolean).join(" · "),
        run: open(`/records/${record.app}/${encodeURIComponent(record.id)}`),
      });
    }
    for (const person of people ?? []) {
      const number = person.extension ?? person.numbers[0]?.e164;
      if (!number) continue;
      const detail = t("search.call", { number: person.extension ?? person.numbers[0]?.shown });
      const key = `call ${person.kind} ${person.id}`;
      shown.push({ key, icon: <IconPhone size={20} />, title: person.name, detail, run: dial(number) });
    }
    return shown;
  }, [asked, pages, users, rooms, people, records, t, go, onClose, call]);

  const index = Math.min(at, Math.max(0, hits.length - 1));
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      size={560}
      yOffset="12vh"
      padding={0}
      aria-label={t("search.open")}
    >
      <TextInput
        data-autofocus
        size="lg"
        variant="unstyled"
        className={styles.input}
        leftSection={<IconSearch size={20} />}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        role="combobox"
        aria-expanded
        aria-controls="search-hits"
        aria-activedescendant={hits[index] ? `hit-${index}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            const step = event.key === "ArrowDown" ? 1 : -1;
            setAt((index + step + hits.length) % Math.max(1, hits.length));
          } else if (event.key === "Enter") {
            event.preventDefault();
            hits[index]?.run();
          }
        }}
      />
      <div id="search-hits" role="listbox" aria-label={t("search.hits")} className={styles.hits}>
        {hits.map((hit, place) => (
          <UnstyledButton
            key={hit.key}
            id={`hit-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === index}
            className={styles.hit}
            onMouseMove={() => setAt(place)}
            onClick={hit.run}
          >
            {hit.icon}
            <span className={styles.title}>{hit.title}</span>
            <Text component="span" size="sm" c="dimmed">
              {hit.detail}
            </Text>
          </UnstyledButton>
        ))}
        {hits.length === 0 && (
          <Text c="dimmed" p="lg" ta="center">
            {t("search.nothing", { text: asked })}
          </Text>
        )}
      </div>
      <div className={styles.foot}>
        <Kbd>↑</Kbd> <Kbd>↓</Kbd> {t("search.choose")} <Kbd>Enter</Kbd> {t("search.go")} <Kbd>Esc</Kbd> {t("search.leave")}
      </div>
    </Modal>
  );
}
