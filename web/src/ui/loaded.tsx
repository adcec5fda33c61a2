/** Components that are loaded when they are first wanted, or before (`ahead`). */
import { type ComponentType, useEffect, useState } from "react";
import { again } from "./again";
import { Loading } from "./progress";

export type Loaded<P extends object> = ComponentType<P> & {
  /** Loads it now, so that it is drawn at once when it is wanted. */
  ahead: () => Promise<void>;
};

/**
 * A component of a module of its own. React's `lazy` shows what takes its place for 300 ms at least; this one
 * is shown as soon as it is there. What cannot be loaded is thrown to the error boundary.
 */
export function loaded<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): Loaded<P> {
  let found: ComponentType<P> | null = null;
  const ahead = async (): Promise<void> => {
    found = (await again(load)).default;
  };
  function Wanted(props: P) {
    const [Found, setFound] = useState(() => found);
    const [failure, setFailure] = useState<{ error: unknown } | null>(null);
    useEffect(() => {
      if (Found) return;
      let gone = false;
      ahead().then(
        () => gone || setFound(() => found),
        (error: unknown) => gone || setFailure({ error }),
      );
      return () => {
        gone = true;
      };
    }, [Found]);
    if (failure) throw failure.error;
    return Found ? <Found {...props} /> : <Loading />;
  }
  return Object.assign(Wanted, { ahead });
}
