/** The world outside as the API gives it (docs/openapi.json): trunks, numbers, groups, mailboxes, where calls are led. */

/** What every entry of the configuration has. */
export interface Entry {
  id: string;
  pending: boolean;
  version: string;
}

export interface Destination {
  kind: string;
  /** Id of a user, conference, ring group or mailbox; a number; else empty. */
  target: string;
}

/** Hours of some days of the week: 0 is Monday, "HH:MM". */
export interface Hours {
  days: number[];
  begins: string;
  ends: string;
}

export interface CallRights {
  national: boolean;
  mobile: boolean;
  /** ISO 3166 codes of countries abroad. */
  countries: string[];
  premium: boolean;
}

/** Null: none, or as the system. */
export interface Limits {
  calls_per_hour: number | null;
  calls_per_day: number | null;
  minutes_per_hour: number | null;
  minutes_per_day: number | null;
}

export interface IncomingNumber extends Entry {
  e164: string;
  shown: string;
  label: string;
  trunk: string | null;
  destination: Destination;
  schedule: Hours[];
  otherwise: Destination | null;
  language: string | null;
}

export interface Trunk extends Entry, Limits {
  name: string;
  kind: string;
  host: string;
  port: number | null;
  transport: string;
  username: string | null;
  auth_username: string | null;
  from_domain: string | null;
  outbound_proxy: string | null;
  srtp: boolean;
  addresses: string[];
  order: number;
  weight: number;
  capacity: number | null;
  codecs: string[];
  identity: string;
  forwarder: string;
  number_format: string;
  expires: number;
  check_seconds: number;
  redirects: boolean;
  /** Null: anywhere. */
  countries: string[] | null;
  enabled: boolean;
  has_secret: boolean;
}

/** How a trunk that is applied is doing. Times are seconds since the epoch. */
export interface TrunkNow {
  id: string;
  enabled: boolean;
  /** Calls that run by it. */
  calls: number;
  /** Null: it does not register, or the answer is awaited. */
  registered: boolean | null;
  /** Null: it is not asked. */
  reachable: boolean | null;
  since: number | null;
  /** In words; empty: nothing is wrong. */
  failure: string;
  /** The same as the end of a key of `trunks.said`, and what stands in it. */
  failure_code: string;
  failure_values: Record<string, string>;
}

export interface TestStep {
  step: string;
  ok: boolean;
  text: string;
  /** Of SIP; 0: there was none. */
  status: number;
  /** The same as `text`, as the end of a key of `trunks.said`, and what stands in it. */
  code: string;
  values: Record<string, string>;
}

export interface RingGroup extends Entry {
  extension: string;
  name: string;
  members: string[];
  in_turn: boolean;
  ring_seconds: number;
  otherwise: Destination | null;
}

export interface UserGroup extends Entry {
  name: string;
  members: string[];
  rights: CallRights;
  pickup: boolean;
}

export interface Mailbox extends Entry {
  name: string;
  extension: string | null;
  /** Whose box it is; null: a box of its own. */
  user: string | null;
  email: string | null;
  attach: boolean;
  after_mail: string;
  language: string | null;
}

export interface Forward {
  destination: Destination;
  seconds: number;
}

/** A user's own settings; they act at once. */
export interface Forwardings {
  always: Destination | null;
  follow_me: Forward[];
  follow_me_on: boolean;
  no_answer: Forward[];
  no_answer_voicemail: boolean;
  busy: Forward[];
  busy_voicemail: boolean;
  confirm_outside: boolean;
  do_not_disturb: boolean;
  hide_number: boolean;
}

export interface ForwardingsOf extends Forwardings {
  user: string;
  /** There is a mailbox, so that it can be chosen. */
  voicemail: boolean;
}
