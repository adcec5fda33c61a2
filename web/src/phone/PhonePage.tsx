/** The page of the phone alone: sign-in with the cookie of its own server, then the phone. */
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiClient, ApiError } from "../api/client";
import { Missing } from "./Missing";
import { usePhone } from "./PhoneContext";
import { PhoneProvider } from "./PhoneProvider";
import { SignInForm, type SignInValues } from "./SignInForm";
import { numberOf } from "./telLink";
import { PhoneEffects } from "./views/effects";
import { PhoneView } from "./views/PhoneView";

interface Session {
  user: { id: string } | null;
  csrf: string;
}

function byCookie(api: ApiClient, csrf: string): void {
  api.credentials = { kind: "cookie", csrf };
}

type SignedIn = { state: "asking" } | { state: "nobody" } | { state: "somebody"; session: Session };

export function PhonePage({ api }: { api: ApiClient }) {
  const { t } = useTranslation("phone");
  const [who, setWho] = useState<SignedIn>({ state: "asking" });
  const enter = useCallback(
    (session: Session) => {
      byCookie(api, session.csrf);
      setWho({ state: "somebody", session });
    },
    [api],
  );
  const leave = useCallback(() => setWho({ state: "nobody" }), []);
  const [linked] = useState(() => numberOf(new URLSearchParams(window.location.search).get("call") ?? ""));
  useEffect(() => {
    let timer = 0;
    const ask = (): void => {
      api.request<Session>("/api/session").then(enter, (error: unknown) => {
        if (error instanceof ApiError && error.status > 0) leave();
        else timer = window.setTimeout(ask, 2000);
      });
    };
    ask();
    return () => window.clearTimeout(timer);
  }, [api, enter, leave]);
  const signIn = async ({ name, password, code }: SignInValues): Promise<void> => {
    enter(await api.request<Session>("/api/session", { method: "POST", body: { name, password, ...(code && { code }) } }));
  };
  const signOut = (): void => {
    void api.request("/api/session", { method: "DELETE" }).finally(leave);
  };
  return (
    <div className="swp-alone">
      <main className="swp swp-page">
        <h1 className="swp-hidden">{t("phone")}</h1>
        {who.state === "nobody" ? (
          <SignInForm signIn={signIn} />
        ) : (
          <PhoneProvider api={api} user={who.state === "somebody" ? who.session.user : null} onSignIn={leave} onSignOut={signOut} floating={false} prefill={linked}>
            {who.state === "somebody" && <Alone />}
          </PhoneProvider>
        )}
      </main>
    </div>
  );
}

/** The phone when it fills what it is given. */
export function Alone() {
  const { phone } = usePhone();
  if (!phone) return <Missing />;
  return (
    <>
      <PhoneEffects />
      <PhoneView />
    </>
  );
}
