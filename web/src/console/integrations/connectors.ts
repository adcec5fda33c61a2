/** Other systems of customer records, as the API gives them. */

export interface Connector {
  id: string;
  kind: "odoo";
  name: string;
  url: string;
  database: string;
  ca: string;
  enabled: boolean;
  changed_at: number;
  version: string | null;
  people: number;
}

export interface ConnectorStep {
  step: string;
  state: "ok" | "failed" | "missing" | "skipped";
  error_id: string | null;
  message: string | null;
}

export interface ConnectorTest {
  works: boolean;
  version: string | null;
  steps: ConnectorStep[];
}

/** One's own: a system that one may give one's key for. */
export interface MyConnector {
  id: string;
  kind: "odoo";
  name: string;
  url: string;
  login: string | null;
  changed_at: number | null;
  waiting: number;
  failed: number;
}

export interface KeyState {
  login: string | null;
  state: "none" | "good" | "refused" | "unreachable";
  error_id: string | null;
  message: string | null;
}

/** Something that is still to be written into another system, or that it refused. */
export interface WaitingAct {
  id: string;
  kind: "done" | "change" | "cancel" | "schedule" | "log" | "forget";
  text: string;
  created_at: number;
  next_at: number | null;
  problem: string | null;
}

export const CONNECTORS = ["connectors"];
export const MY_CONNECTORS = ["my-connectors"];

export interface ConnectorValues extends Record<string, string | boolean> {
  name: string;
  url: string;
  database: string;
  ca: string;
  enabled: boolean;
  login: string;
  key: string;
}

export function connectorValues(connector: Connector | null): ConnectorValues {
  return {
    name: connector?.name ?? "Odoo",
    url: connector?.url ?? "",
    database: connector?.database ?? "",
    ca: connector?.ca ?? "",
    enabled: connector?.enabled ?? true,
    login: "",
    key: "",
  };
}

/** What is kept; somebody's login and key are for the test only. */
export function connectorBody(values: ConnectorValues) {
  const url = values.url.trim();
  return {
    kind: "odoo",
    name: values.name.trim(),
    url: url === "" || url.includes("://") ? url : `https://${url}`,
    database: values.database.trim(),
    ca: values.ca.trim(),
    enabled: values.enabled,
  };
}

/** The id of a new one: odoo, odoo-2, ... */
export function freeId(taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? "odoo" : `odoo-${number}`;
    if (!taken.includes(id)) return id;
  }
}
