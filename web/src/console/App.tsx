/** Who sees what: the sign-in, a new password, the first-start assistant, or the console. */
import { lazy, Suspense, useEffect } from "react";
import { Failed, Loading } from "../ui";
import { followLanguage } from "./language";
import { SessionProvider, useSessionQuery } from "./session";

const SignIn = lazy(() => import("./SignIn"));
const NewPassword = lazy(() => import("./NewPassword"));
const Shell = lazy(() => import("./Shell"));

export function App() {
  const { data: session, error, refetch } = useSessionQuery();
  // At the first start nobody has chosen the system's language yet: the browser's is the better guess.
  const language = session && !session.setup_needed ? session.language : null;
  useEffect(() => void followLanguage(language), [language]);

  if (session === undefined) {
    return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Loading />;
  }
  return (
    <Suspense fallback={<Loading />}>
      {session === null ? (
        <SignIn />
      ) : (
        <SessionProvider session={session}>
          {session.must_change_password ? <NewPassword /> : <Shell />}
        </SessionProvider>
      )}
    </Suspense>
  );
}
