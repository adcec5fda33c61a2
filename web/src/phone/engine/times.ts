/** How long the phone waits for what, in milliseconds. */
export const LINGER_MS = 2500;
export const LINGER_FAILED_MS = 20_000;
/** The far end is given this time to listen before keys are sent to it. */
export const THEN_MS = 1500;
/** A call without sound is given up after this time; the server gives it up sooner. */
export const RECOVERY_MS = 30_000;
/** After a change of network the old connection is tried this long before sound is renewed on it. */
export const PROBE_MS = 2500;
/** Another tab took the calls over: the server ends ours within this time, else we do. */
export const DRAIN_MS = 12_000;
/** Who lost his conference without a goodbye is brought back for this time: so long the server keeps his place. */
export const RETURN_MS = 60_000;
export const RETURN_AGAIN_MS = 1000;
export const RETURN_LATER_MS = 3000;
/** A call that was led away and rings here again within this time came back. */
export const BACK_MS = 180_000;
/** The server says first that a call is no more, then comes its BYE: it is waited for. */
export const GOODBYE_MS = 800;
