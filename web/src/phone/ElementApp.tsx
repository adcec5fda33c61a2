/** The phone inside a custom element: a bearer token instead of a cookie, an icon with a panel, events for the page. */
import { MantineProvider, useComputedColorScheme } from "@mantine/core";
import { IconPhoneOff, IconX } from "@tabler/icons-react";
import { QueryClient, QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import type { i18n } from "i18next";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { I18nextProvider, useTranslation } from "react-i18next";
import { ApiClient, ApiError } from "../api/client";
import type { CallEventDetail } from "../element";
import { theme } from "../ui/theme";
import { plainNumber } from "./after";
import { askAgain } from "./changes";
import { duration, foreground, live, ringingHere } from "./engine/calls";
import type { PhoneEngine } from "./engine/engine";
import type { Call } from "./engine/model";
import { Missing } from "./Missing";
import type { Controls, ElementOptions } from "./mount";
import { PhoneButton } from "./PhoneButton";
import { usePhone } from "./PhoneContext";
import { PhoneProvider } from "./PhoneProvider";
import type { Match, Opened } from "./records";
import { Alone } from "./PhonePage";
import { SignInForm, type SignInValues } from "./SignInForm";
import { type SiteTrouble, useSiteSignIn } from "./siteSignIn";
import { ListLoading } from "./views/lists";
import { Empty } from "./views/parts";

interface ElementAppProps {
  host: HTMLElement;
  options: ElementOptions;
  words: i18n;
  onControls: (controls: Controls | null) => void;
}

/** A number that the page asked for is called if somebody signs in within this time. */
const PATIENCE_MS = 120_000;
/** Whoever is signed out at once after signing in is not signed in again without a pause. */
const SIGN_IN_AGAIN_MS = 5000;

interface Session {
  user: { id: string } | null;
}

export function ElementApp({ host, options, words, onControls }: ElementAppProps) {
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: 1 } } }));
  return (
    <I18nextProvider i18n={words}>
      <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesSelector=":host" getRootElement={() => host}>
        <QueryClientProvider client={queries}>
          <Schemed>
            <SignedPhone key={options.server} options={options} onControls={onControls} />
          </Schemed>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>
  );
}

/** Styles look for the colour scheme on an element around them: the host is out of their sight. */
function Schemed({ children }: { children: ReactNode }) {
  return <div data-mantine-color-scheme={useComputedColorScheme("light")}>{children}</div>;
}

/** Where the token lies: for this visit, or for as long as it is valid. */
function tokenStore(server: string) {
  const key = `switchroom.token:${server}`;
  return {
    load: (): string | null => sessionStorage.getItem(key) ?? localStorage.getItem(key),
    save: (token: string, stay: boolean): void => (stay ? localStorage : sessionStorage).setItem(key, token),
    forget: (): void => {
      sessionStorage.removeItem(key);
      localStorage.removeItem(key);
    },
  };
}

function clientOf(server: string, token: string, onSignedOut: () => void): ApiClient {
  return new ApiClient(server, { kind: "bearer", token }, onSignedOut);
}

function SignedPhone({ options, onControls }: { options: ElementOptions; onControls: (controls: Controls | null) => void }) {
  const { server, inline, links, number, statement } = options;
  const store = useMemo(() => tokenStore(server), [server]);
  // What was kept of another person is not used where the page says who is before it.
  const [token, setToken] = useState(() => (statement ? null : store.load()));
  const [user, setUser] = useState<{ id: string } | null | undefined>(undefined);
  const take = useCallback(
    (given: string) => {
      store.save(given, false);
      setToken(given);
    },
    [store],
  );
  const { trouble, again } = useSiteSignIn(server, statement, store.load, take);
  const forget = useCallback(() => {
    store.forget();
    setToken(null);
    setUser(undefined);
    again(SIGN_IN_AGAIN_MS);
  }, [store, again]);
  const api = useMemo(() => clientOf(server, token ?? "", forget), [server, token, forget]);
  useEffect(() => {
    if (token === null) return;
    let timer = 0;
    const ask = (): void => {
      api.request<Session>("/api/session").then(
        (session) => setUser(session.user),
        (error: unknown) => {
          if (error instanceof ApiError && error.status > 0) forget();
          else timer = window.setTimeout(ask, 2000);
        },
      );
    };
    ask();
    return () => window.clearTimeout(timer);
  }, [api, token, forget]);
  const signIn = async ({ name, password, code, stay }: SignInValues): Promise<void> => {
    const body = { name, password, ...(code && { code }) };
    const answer = await new ApiClient(server, { kind: "bearer", token: "" }).request<{ token: string }>("/api/login", { method: "POST", body });
    store.save(answer.token, stay);
    setToken(answer.token);
  };
  const signOut = (): void => {
    void api.request("/api/session", { method: "DELETE" }).finally(forget);
  };
  const { tell } = options;
  const form = statement ? <SigningIn trouble={trouble} again={again} /> : <SignInForm signIn={signIn} stay />;
  const onOpen = useCallback((what: Opened) => !tell("switchroom-open-record", what), [tell]);
  return (
    <PhoneProvider api={api} user={user ?? null} onSignIn={forget} floating={!inline} links={links} prefill={number} {...(!statement && { onSignOut: signOut })} onOpen={onOpen}>
      <Hold options={options} onControls={onControls} />
      {inline ? (
        <div className="swp">{token === null ? form : user === undefined ? <Missing /> : <Alone />}</div>
      ) : token === null ? (
        <SignInFromIcon>{form}</SignInFromIcon>
      ) : (
        <PhoneButton />
      )}
    </PhoneProvider>
  );
}

/** The page signs its people in: until it did, or why it could not. */
function SigningIn({ trouble, again }: { trouble: SiteTrouble; again: () => void }) {
  const { t } = useTranslation("phone");
  if (trouble === null) return <ListLoading />;
  return (
    <Empty icon={<IconPhoneOff aria-hidden />} title={t(`site.${trouble}`)}>
      <button type="button" className="swp-link" onClick={() => again()}>
        {t("tryAgain")}
      </button>
    </Empty>
  );
}

/** Nobody is signed in: the icon opens the sign-in form. */
function SignInFromIcon({ children }: { children: ReactNode }) {
  const { t } = useTranslation("phone");
  const { open, setOpen } = usePhone();
  return (
    <>
      <PhoneButton always />
      {open && (
        <div className="swp swp-floating" role="dialog" aria-label={t("phone")} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
          <div className="swp-sheet-head">
            <button type="button" className="swp-icon" aria-label={t("dismiss")} title={t("dismiss")} onClick={() => setOpen(false)}>
              <IconX size={20} aria-hidden />
            </button>
          </div>
          {children}
        </div>
      )}
    </>
  );
}

/** Gives the element its methods, and the page its events. */
function Hold({ options, onControls }: { options: ElementOptions; onControls: (controls: Controls | null) => void }) {
  const { phone, setOpen } = usePhone();
  const queries = useQueryClient();
  const tell = useRef(options.tell);
  useEffect(() => {
    tell.current = options.tell;
  }, [options]);
  const asked = useRef<{ number: string; at: number } | null>(null);
  useEffect(() => {
    if (phone) return;
    onControls({
      call: (number) => {
        asked.current = { number, at: Date.now() };
        setOpen(true);
        return Promise.resolve(false);
      },
      hangUp: () => undefined,
      show: setOpen,
      refresh: () => undefined,
    });
  }, [phone, onControls, setOpen]);
  useEffect(() => {
    if (!phone) return;
    const { engine, api } = phone;
    const wanted = asked.current;
    asked.current = null;
    if (wanted && Date.now() - wanted.at < PATIENCE_MS) callWhenReady(engine, wanted.number);
    onControls({
      call: (number) => {
        setOpen(true);
        return engine.call(number);
      },
      hangUp: () => {
        const ringing = ringingHere(engine.state.calls);
        const front = foreground(engine.state.calls);
        if (front) void engine.do({ do: "hang-up", call: front.id });
        else if (ringing) void engine.do({ do: "reject", call: ringing.id });
      },
      show: setOpen,
      refresh: () => {
        // The server asks the other systems anew; then the list is had again wherever it is shown.
        const asked = api.request("/api/phone/activities?fresh=true").catch(() => undefined);
        void asked.then(() => askAgain(queries, ["phone", "activities"]));
      },
    });
    let before: readonly Call[] = [];
    const end = engine.subscribe(() => {
      const now = engine.state.calls;
      for (const call of now) {
        const old = before.find((one) => one.id === call.id);
        report(old, call, tell.current);
        if (stateOf(old) !== stateOf(call)) pop(stateOf(call), call, matchOf(api, call), tell.current);
      }
      before = now;
    });
    tell.current("ready", null);
    return () => {
      onControls(null);
      end();
    };
  }, [phone, onControls, setOpen, queries]);
  return null;
}

type Stage = CallEventDetail["state"];

function stateOf(call: Call | undefined): Stage | null {
  if (!call) return null;
  return !live(call) ? "ended" : call.answeredAt !== null ? "answered" : "ringing";
}

const matches = new Map<string, Promise<Match>>();

/** Asked once for a call. */
function matchOf(api: ApiClient, call: Call): Promise<Match> {
  const nobody: Match = { contact: null, records: [] };
  const number = plainNumber(call.number);
  if (!number.startsWith("+")) return Promise.resolve(nobody);
  const known = matches.get(call.id) ?? api.request<Match>(`/api/phone/match?number=${encodeURIComponent(number)}`).catch(() => nobody);
  if (live(call)) matches.set(call.id, known);
  else matches.delete(call.id);
  return known;
}

/** Tells the page around who is on the line, so that it can show them. */
function pop(state: Stage | null, call: Call, match: Promise<Match>, tell: ElementOptions["tell"]): void {
  if (state === null) return;
  const { id, direction, number, name } = call;
  void match.then(({ contact, records }) => tell("switchroom-call", { id, state, direction, number: plainNumber(number), name: name ?? contact?.name ?? null, contact, records }));
}

/** What was asked for before there was a phone is called as soon as it is registered. */
function callWhenReady(engine: PhoneEngine, number: string): void {
  const end = engine.subscribe(() => {
    if (engine.state.link.state !== "registered") return;
    end();
    void engine.call(number);
  });
}

function report(before: Call | undefined, call: Call, tell: ElementOptions["tell"]): void {
  const { id, direction, number, name, ending } = call;
  const detail = { id, direction, number, name, seconds: duration(call, Date.now()), failure: ending?.failure?.id ?? null };
  if (!before && call.state === "incoming") tell("incoming", detail);
  if (call.answeredAt !== null && (before?.answeredAt ?? null) === null) tell("answered", detail);
  if (call.state === "ended" && before?.state !== "ended") tell("ended", detail);
}
