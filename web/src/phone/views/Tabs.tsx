/** Search over all, then the four tabs. */
import { IconCalendarEvent, IconClock, IconDialpad, IconSearch, IconUsers, IconX } from "@tabler/icons-react";
import { Suspense, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "../PhoneContext";
import { useDueCalls } from "./activities/activities";
import { ActivitiesTab } from "./activities/lazy";
import type { OnScreen } from "./activities/screens";
import { Keypad } from "./Keypad";
import { Contacts, SearchResults } from "./People";
import { ListLoading } from "./lists";
import { Recent } from "./Recent";

const TABS = ["keypad", "recent", "contacts", "activities"] as const;
type Tab = (typeof TABS)[number];
const ICONS = { keypad: IconDialpad, recent: IconClock, contacts: IconUsers, activities: IconCalendarEvent };
const REMEMBER = "switchroom.phone.tab";

function remembered(): Tab {
  const known = sessionStorage.getItem(REMEMBER);
  return TABS.find((tab) => tab === known) ?? "keypad";
}

export function Tabs({ onScreen }: { onScreen: OnScreen }) {
  const { t } = useTranslation("phone");
  const due = useDueCalls().data?.calls.length ?? 0;
  const onContact = (id: string | null, number: string): void => onScreen({ name: "contact", id, number });
  const { prefill } = usePhone();
  const [tab, setTab] = useState<Tab>(() => (prefill === "" ? remembered() : "keypad"));
  const [query, setQuery] = useState("");
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const choose = (next: Tab): void => {
    setTab(next);
    setQuery("");
    sessionStorage.setItem(REMEMBER, next);
  };
  const onKey = (event: React.KeyboardEvent): void => {
    // A digit typed while a tab has the focus is meant for the keypad: the key goes to the field that gets the focus.
    if (tab === "keypad" && /^[\d+*#]$/.test(event.key)) {
      panel.current?.querySelector<HTMLElement>(".swp-entry input")?.focus();
      return;
    }
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] ?? tab;
    choose(next);
    list.current?.querySelector<HTMLElement>(`[data-tab=${next}]`)?.focus();
  };
  const searching = query.trim() !== "";
  return (
    <>
      <div className="swp-search">
        <IconSearch size={18} aria-hidden />
        <input
          type="search"
          value={query}
          placeholder={t("search")}
          aria-label={t("search")}
          onChange={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || query === "") return;
            event.preventDefault();
            setQuery("");
          }}
        />
        {query !== "" && (
          <button type="button" className="swp-icon" aria-label={t("clear")} onClick={() => setQuery("")}>
            <IconX size={18} aria-hidden />
          </button>
        )}
      </div>
      <div className="swp-tabs" role="tablist" aria-label={t("phone")} ref={list} onKeyDown={onKey}>
        {TABS.map((name) => {
          const Icon = ICONS[name];
          return (
            <button
              key={name}
              type="button"
              role="tab"
              data-tab={name}
              id={`${id}-${name}`}
              aria-selected={tab === name && !searching}
              aria-controls={`${id}-panel`}
              tabIndex={tab === name ? 0 : -1}
              onClick={() => choose(name)}
            >
              <Icon size={20} aria-hidden />
              <span>{t(`tab.${name}`)}</span>
              {name === "activities" && due > 0 && (
                <b className="swp-count" role="img" aria-label={t("activities.count", { count: due })}>
                  {due}
                </b>
              )}
            </button>
          );
        })}
      </div>
      <div className="swp-panel" role="tabpanel" ref={panel} id={`${id}-panel`} aria-labelledby={`${id}-${tab}`}>
        {searching ? (
          <SearchResults query={query} onContact={onContact} />
        ) : tab === "keypad" ? (
          <Keypad key={prefill} />
        ) : tab === "recent" ? (
          <Recent onContact={onContact} />
        ) : tab === "contacts" ? (
          <Contacts onContact={onContact} />
        ) : (
          <Suspense fallback={<ListLoading />}>
            <ActivitiesTab onScreen={onScreen} />
          </Suspense>
        )}
      </div>
    </>
  );
}
