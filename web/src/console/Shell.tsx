/** The console's frame: menu by rights, what waits to be applied, search, phone, and the running call under the header. */
import { ActionIcon, Badge, Burger, Button, Group, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useIsFetching, useIsMutating } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Route, Switch, useLocation } from "wouter";
import { withWords } from "../i18n";
import { BusyLine, loaded } from "../ui";
import { useAhead } from "./ahead";
import { ApplyContext } from "./apply-context";
import { CrashGuard } from "./CrashGuard";
import { followLive, useLive } from "./live";
import { Logo } from "./Logo";
import { Menu } from "./Menu";
import { NotHere } from "./NotHere";
import { pagesFor } from "./pages";
import { CallBar, PhoneButton, PhoneProvider } from "../phone";
import { usePhoneState } from "../phone/PhoneContext";
import { refreshConfiguration, useConfiguration, useWelcome } from "./queries";
import { api, useWho } from "./session";
import styles from "./Shell.module.css";

const MobileMenu = lazy(() => import("./MobileMenu"));
const Search = lazy(() => import("./Search"));
const ApplySheet = lazy(() => import("./ApplySheet"));
const Setup = loaded(() => withWords("outside", () => import("./setup/Setup")));

export default function Shell() {
  const { t } = useTranslation("console");
  const who = useWho();
  const [location, navigate] = useLocation();
  const [menuOpen, menu] = useDisclosure(false);
  const [searching, search] = useDisclosure(false);
  const [applying, apply] = useDisclosure(false);
  const [later, setLater] = useState(() => sessionStorage.getItem("switchroom.setup") === "later");
  const pages = pagesFor(who);
  const busy = useIsFetching() + useIsMutating() > 0;
  const content = useRef<HTMLElement>(null);
  const listens = who.may("live") || who.may("live_conferences");
  useHotkeys([["mod+K", search.open]], []);
  useEffect(() => {
    followLive(listens);
    return () => followLive(false);
  }, [listens]);
  usePendingRefresh();
  useAhead(pages);

  const openHere = useCallback(
    ({ url }: { url: string }) => {
      const here = /^\/(?!\/)/.test(url);
      if (here) navigate(url);
      return here;
    },
    [navigate],
  );
  if (who.setup_needed && who.may("settings") && !later) {
    return (
      <Setup
        onLeave={() => {
          sessionStorage.setItem("switchroom.setup", "later");
          setLater(true);
        }}
      />
    );
  }
  return (
    <PhoneProvider api={api} user={who.user} onSignIn={api.onSignedOut} onOpen={openHere}>
      <SignedOutElsewhere />
      <ApplyContext value={apply.open}>
        <a href="#content" className={styles.skip} onClick={() => content.current?.focus()}>
          {t("shell.skip")}
        </a>
        <BusyLine busy={busy} />
        <header className={styles.header}>
          <Burger opened={menuOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label={t("shell.menu")} />
          <Brand />
          <UnstyledButton className={styles.search} onClick={search.open} visibleFrom="md">
            <IconSearch size={18} aria-hidden />
            <span>{t("search.open")}</span>
            <kbd>Ctrl K</kbd>
          </UnstyledButton>
          <Group gap="sm" ml="auto" wrap="nowrap">
            <ActionIcon hiddenFrom="md" onClick={search.open} aria-label={t("search.open")}>
              <IconSearch size={22} />
            </ActionIcon>
            {who.may("apply") && <PendingButton onOpen={apply.open} />}
            <PhoneButton />
          </Group>
        </header>
        <div className={styles.navbar}>
          <Menu pages={pages} location={location} onGo={menu.close} />
        </div>
        <div className={styles.main}>
          <div className={styles.bar}>
            <CallBar />
          </div>
          <main id="content" ref={content} tabIndex={-1} className={styles.content}>
            <CrashGuard key={location}>
              <Switch>
                {pages.map((page) => (
                  <Route key={page.key} path={page.address} component={page.page} />
                ))}
                <Route path="/setup">
                  <Setup onLeave={() => window.location.assign("/")} />
                </Route>
                <Route>
                  <NotHere location={location} />
                </Route>
              </Switch>
            </CrashGuard>
          </main>
        </div>
        <Suspense>
          {menuOpen && <MobileMenu pages={pages} location={location} onClose={menu.close} />}
          {searching && <Search onClose={search.close} pages={pages} />}
          {applying && <ApplySheet onClose={apply.close} />}
        </Suspense>
      </ApplyContext>
    </PhoneProvider>
  );
}

/** Somebody saved or applied: lists show it without being asked. */
function usePendingRefresh(): void {
  const { pending, appliedRevision, draftVersion } = useLive();
  const seen = useRef("");
  const mark = `${pending?.changed_entries ?? ""} ${appliedRevision ?? ""} ${draftVersion ?? ""}`;
  useEffect(() => {
    if (seen.current !== "" && seen.current !== mark) refreshConfiguration();
    seen.current = mark.trim() === "" ? "" : mark;
  }, [mark]);
}

/** The phone heard that the session has ended: the sign-in page, without waiting for a click. */
function SignedOutElsewhere() {
  const { link } = usePhoneState();
  const ended = "failure" in link && link.failure?.id === "signed-out";
  useEffect(() => {
    if (ended) api.onSignedOut();
  }, [ended]);
  return null;
}

function Brand() {
  const name = useWelcome().data?.name ?? "Switchroom";
  return (
    <Link href="/" className={styles.brand}>
      <Logo />
      <Text component="span" className={styles.brandName} truncate>
        {name}
      </Text>
    </Link>
  );
}

function PendingButton({ onOpen }: { onOpen: () => void }) {
  const { t } = useTranslation("console");
  const live = useLive();
  const known = live.pending?.changed_entries;
  const configuration = useConfiguration(known === undefined);
  const count = known ?? new Set(configuration.data?.changes.map((c) => c.path.split("/").slice(0, 2).join("/"))).size;
  return (
    <Group gap="sm" wrap="nowrap">
      <Text size="sm" c={count > 0 ? "inherit" : "dimmed"} visibleFrom="xs" aria-live="polite" className={styles.pending}>
        {count > 0 ? t("apply.pending", { count }) : t("apply.nothingPending")}
      </Text>
      <Button
        onClick={onOpen}
        disabled={count === 0}
        mih={44}
        rightSection={
          count > 0 && (
            <Badge circle variant="white" hiddenFrom="xs" aria-hidden>
              {count}
            </Badge>
          )
        }
      >
        <span className={styles.long}>{t("apply.apply")}</span>
        <span className={styles.short}>{t("apply.short")}</span>
      </Button>
    </Group>
  );
}
