/** `tel:` links: a browser may hand them to the phone's page, which shows the number; nobody is called by a link alone. */

/** What the browser is told to open for a link. */
export const TEL_PAGE = "/phone?call=%s";

/** The number in a `tel:` link (RFC 3966), without its parameters; other texts as they are. */
export function numberOf(link: string): string {
  const found = /^\s*(?:web\+)?tel:(?:\/\/)?([^;?]*)/i.exec(link);
  if (!found) return link.trim();
  try {
    return decodeURIComponent(found[1] ?? "");
  } catch {
    return found[1] ?? "";
  }
}
