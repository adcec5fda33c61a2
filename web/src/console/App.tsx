/** Who sees what: the sign-in, a new password, the first-start assistant, or the console. */
import { useEffect } from "react";
import { Failed, loaded, Loading } from "../ui";
import { loadPhoneAhead } from "../phone/ahead";
import { followLanguage } from "./language";
import { SessionProvider, useSessionQuery } from "./session";

const SignIn = loaded(() => import("./SignIn"));
const NewPassword = loaded(() => import("./NewPassword"));
const Shell = loaded(() => import("./Shell"));

export function App() {
  const { data: session, error, refetch } = useSessionQuery();
  // At the first start nobody has chosen the system's language yet: the browser's is the better guess.
  const language = session && !session.setup_needed ? session.language : null;
  useEffect(() => void followLanguage(language), [language]);
  useEffect(() => {
    if (session === null) void loadWhatFollows();
  }, [session]);

  if (session === undefined) {
    return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Loading />;
  }
  if (session === null) return <SignIn />;
  return (
    <SessionProvider session={session}>{session.must_change_password ? <NewPassword /> : <Shell />}</SessionProvider>
  );
}

/** While somebody types a password: the console, its first page and the phone. */
async function loadWhatFollows(): Promise<void> {
  await SignIn.ahead();
  await Promise.allSettled([Shell.ahead(), import("./pages/Home"), loadPhoneAhead()]);
}
