/** Orders in a conference from a view: the refusal's sentence is kept until the next one. */
import { useCallback, useState } from "react";
import { ApiError } from "../../../api/client";

export interface Ordered {
  /** Why the last order was not carried out: an id with words of ours, and the server's own sentence. */
  refusal: { id: string; sentence: string } | null;
  /** Resolves to whether it was carried out. */
  order: (run: () => Promise<unknown> | undefined) => Promise<boolean>;
  forget: () => void;
}

export function useOrders(): Ordered {
  const [refusal, setRefusal] = useState<Ordered["refusal"]>(null);
  const order = useCallback(async (run: () => Promise<unknown> | undefined): Promise<boolean> => {
    setRefusal(null);
    try {
      await run();
      return true;
    } catch (error) {
      const known = error instanceof ApiError;
      setRefusal({ id: known ? error.errorId : "unreachable", sentence: error instanceof Error ? error.message : "" });
      return false;
    }
  }, []);
  const forget = useCallback(() => setRefusal(null), []);
  return { refusal, order, forget };
}
