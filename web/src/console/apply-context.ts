/** Opens "Apply changes" from anywhere. */
import { createContext, useContext } from "react";

export const ApplyContext = createContext<() => void>(() => undefined);

export function useApply(): () => void {
  return useContext(ApplyContext);
}
