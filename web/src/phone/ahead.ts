/** Loads what a phone is made of, so that it begins at once when it is wanted. */
export async function loadPhoneAhead(): Promise<void> {
  await Promise.allSettled([import("./browser"), import("jssip"), import("./views/FloatingPhone")]);
}
