/** How mail leaves, in a form. */
import type { Values } from "../../../ui";
import { wholeOrNull } from "../../fields";
import type { MailServer } from "../types";

export const SECURITIES = ["starttls", "tls", "none"] as const;
const PORTS: Record<string, string> = { starttls: "587", tls: "465", none: "25" };

export interface MailValues extends Values {
  host: string;
  port: string;
  security: string;
  username: string;
  /** Empty: the one that is kept. */
  password: string;
  sender: string;
  public_url: string;
}

export function mailValues(server: MailServer): MailValues {
  return {
    host: server.host,
    port: String(server.port),
    security: server.security,
    username: server.username,
    password: "",
    sender: server.sender,
    public_url: server.public_url,
  };
}

export function mailBody(values: MailValues): Record<string, unknown> {
  return {
    host: values.host.trim(),
    port: wholeOrNull(values.port),
    security: values.security,
    username: values.username.trim(),
    ...(values.password !== "" && { password: values.password }),
    sender: values.sender.trim(),
    public_url: values.public_url.trim(),
  };
}

/** The usual port of another encryption, unless one was typed that is not usual. */
export function portFor(security: string, port: string): string {
  return Object.values(PORTS).includes(port) || port === "" ? (PORTS[security] ?? port) : port;
}
