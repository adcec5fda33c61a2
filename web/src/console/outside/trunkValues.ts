/** A trunk in a form, and what is sent of it. Its password is no part of it: that is kept nowhere. */
import { ApiError } from "../../api/client";
import type { Values } from "../../ui";
import { nullable, wholeOrNull } from "../fields";
import type { Trunk } from "./types";
import { chosen, LIMITS, listText, readList } from "./values";

export const TRUNK_KINDS = ["registration", "address"] as const;
export const TRANSPORTS = ["udp", "tcp", "tls"] as const;
export const CODECS = ["PCMA", "PCMU", "G722", "opus"] as const;
export const IDENTITIES = ["p-asserted-identity", "remote-party-id", "from"] as const;
export const FORWARDERS = ["diversion", "history-info", "none"] as const;
export const FORMATS = ["e164-plus", "e164", "international-00", "national"] as const;

/** Fields under "More". */
export const MORE = [
  "port",
  "outbound_proxy",
  "from_domain",
  "auth_username",
  "expires",
  "check_seconds",
  "order",
  "weight",
  "capacity",
  "codecs",
  "identity",
  "forwarder",
  "number_format",
  "redirects",
  ...LIMITS,
] as const;

export interface TrunkValues extends Values {
  name: string;
  kind: string;
  host: string;
  transport: string;
  srtp: boolean;
  username: string;
  /** One a line. */
  addresses: string;
  /** "these" or "all". */
  where: string;
  countries: string;
  enabled: boolean;
  port: string;
  outbound_proxy: string;
  from_domain: string;
  auth_username: string;
  expires: string;
  check_seconds: string;
  order: string;
  weight: string;
  capacity: string;
  codecs: string;
  identity: string;
  forwarder: string;
  number_format: string;
  redirects: boolean;
  calls_per_hour: string;
  calls_per_day: string;
  minutes_per_hour: string;
  minutes_per_day: string;
}

/** @param country the system's own: where a new trunk may call, until more is chosen */
export function trunkValues(trunk: Trunk | null, country: string | null = null): TrunkValues {
  const text = (value: number | null | undefined) => value?.toString() ?? "";
  const own = country === null ? [] : [country];
  return {
    name: trunk?.name ?? "",
    kind: trunk?.kind ?? "registration",
    host: trunk?.host ?? "",
    transport: trunk?.transport ?? "udp",
    srtp: trunk?.srtp ?? false,
    username: trunk?.username ?? "",
    addresses: (trunk?.addresses ?? []).join("\n"),
    where: trunk && trunk.countries === null ? "all" : "these",
    countries: listText(trunk ? (trunk.countries ?? []) : own),
    enabled: trunk?.enabled ?? true,
    port: text(trunk?.port),
    outbound_proxy: trunk?.outbound_proxy ?? "",
    from_domain: trunk?.from_domain ?? "",
    auth_username: trunk?.auth_username ?? "",
    expires: text(trunk?.expires ?? 300),
    check_seconds: text(trunk?.check_seconds ?? 60),
    order: text(trunk?.order ?? 0),
    weight: text(trunk?.weight ?? 1),
    capacity: text(trunk?.capacity),
    codecs: listText(trunk?.codecs ?? CODECS.slice(0, 3)),
    identity: trunk?.identity ?? IDENTITIES[0],
    forwarder: trunk?.forwarder ?? FORWARDERS[0],
    number_format: trunk?.number_format ?? FORMATS[0],
    redirects: trunk?.redirects ?? false,
    calls_per_hour: text(trunk?.calls_per_hour),
    calls_per_day: text(trunk?.calls_per_day),
    minutes_per_hour: text(trunk?.minutes_per_hour),
    minutes_per_day: text(trunk?.minutes_per_day),
  };
}

export function trunkBody(values: TrunkValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    ...values,
    name: values.name.trim(),
    host: values.host.trim(),
    username: nullable(values.username),
    addresses: values.addresses.split(/[\n,]/).map((line) => line.trim()).filter(Boolean),
    countries: values.where === "all" ? null : readList(values.countries),
    port: wholeOrNull(values.port),
    outbound_proxy: nullable(values.outbound_proxy),
    from_domain: nullable(values.from_domain),
    auth_username: nullable(values.auth_username),
    expires: wholeOrNull(values.expires),
    check_seconds: wholeOrNull(values.check_seconds),
    order: wholeOrNull(values.order),
    weight: wholeOrNull(values.weight),
    capacity: wholeOrNull(values.capacity),
    codecs: readList(values.codecs),
    // Its keys would be sent in clear.
    srtp: values.srtp && values.transport === "tls",
    ...Object.fromEntries(LIMITS.map((name) => [name, wholeOrNull(values[name])])),
  };
  delete all.where;
  const wanted = new Set(names);
  if (wanted.has("where")) wanted.add("countries");
  if (wanted.has("transport")) wanted.add("srtp");
  return chosen(all, [...wanted]);
}

/** Which countries may be called is asked, not guessed: a trunk for none of them is a mistake. */
export function askCountries(values: TrunkValues): void {
  if (values.where === "these" && values.countries === "") {
    throw new ApiError(422, "countries-missing", "Choose which countries may be called by it.", "countries");
  }
}
