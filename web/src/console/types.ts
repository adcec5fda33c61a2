/** What the API gives, as docs/openapi.json describes it. Times are seconds since the epoch. */
import type { Room as LiveRoom, RoomParticipant } from "../api/room";
import type { CallRights, Hours, Limits } from "./outside/types";

export interface Session {
  name: string;
  role: string;
  rights: string[];
  user: { id: string; extension: string; name: string; language: string | null; time_zone: string | null } | null;
  language: string | null;
  /** IANA name: where one's days begin and end. */
  time_zone: string;
  csrf: string;
  expires_at: number;
  totp: boolean;
  must_change_password: boolean;
  setup_needed: boolean;
}

export interface Welcome {
  name: string;
  language: string;
  version: string;
  sign_in: { password: boolean; openid: { id: string; name: string }[] };
  secure: boolean;
  secure_url?: string | null;
}

/** A place where one is signed in. */
export interface OpenSession {
  id: string;
  kind: string;
  label: string;
  source: string;
  created_at: number;
  used_at: number;
  expires_at: number;
  current: boolean;
}

/** Somebody who may sign in. */
export interface Login {
  name: string;
  role: string;
  extra_rights: string[];
  user_id: string | null;
  active: boolean;
  totp: boolean;
  openid: boolean;
  must_change_password: boolean;
  signed_in_at: number | null;
}

export interface Pending {
  changed_entries: number;
  base_revision?: number;
  draft_version?: number;
}

export interface User extends Limits {
  id: string;
  extension: string;
  name: string;
  email: string | null;
  language: string | null;
  call_waiting: boolean;
  ring_seconds: number | null;
  voicemail: boolean;
  /** "GSM number": E.164. */
  mobile: string | null;
  /** Id of the incoming number that is shown outside; null: the default. */
  outgoing_number: string | null;
  rights: CallRights;
  concurrent_outside: number | null;
  pending: boolean;
  role: string | null;
  login: string | null;
  extra_rights: string[];
  version: string;
}

export interface Secret {
  device_id: string;
  username: string;
  secret: string;
  realm: string;
  provisioning_url?: string | null;
}

export interface Conference {
  id: string;
  name: string;
  /** Null: it is reached by the conference server only. */
  extension: string | null;
  access_code: string | null;
  administrator: string | null;
  wait_for_administrator: boolean;
  /** "Conference ID": keyed by callers of the conference server. */
  dial_in_id: string | null;
  lobby: boolean;
  links_skip_code: boolean;
  administrator_code: string | null;
  end_when_administrator_leaves: boolean;
  confirm_invitees: boolean;
  tones: boolean;
  tones_always: boolean;
  names: "none" | "recorded" | "spoken";
  announce_count: boolean;
  noise_suppression: boolean;
  recording: "off" | "on_request" | "always";
  record_participants: boolean;
  max_participants: number | null;
  max_minutes: number | null;
  lone_minutes: number | null;
  language: string | null;
  pending: boolean;
  version: string;
}

/** One extension for many conferences. */
export interface ConferenceServer {
  /** What keeps it from being deleted, in the order to go. */
  blocked_by: { kind: string; id: string; name: string }[];
  extension: string;
  max_rooms: number;
  max_participants: number;
  language: string | null;
  pending: boolean;
  version: string;
}

export interface Settings extends Limits {
  name: string;
  country: string;
  language: string;
  time_zone: string;
  ring_seconds: number;
  max_call_seconds: number;
  /** Null: recordings are kept for ever. */
  recording_days: number | null;
  first_orbit: string;
  orbits: number;
  parked_seconds: number;
  /** Id of an incoming number. */
  default_number: string | null;
  outgoing_rules: { prefix: string; number: string }[];
  rules_override_users: boolean;
  concurrent_outside: number;
  night: Hours | null;
  night_countries: string[];
  new_country_asks: boolean;
  emergency_callback: string | null;
  emergency_notice: string[];
  pending: boolean;
  version: string;
}

export interface Device {
  id: string;
  user_id: string;
  username: string;
  label: string;
  revoked: boolean;
  created_at: number;
  changed_at: number;
}

export interface Registration {
  id: string;
  user_id: string;
  username: string;
  device_id: string | null;
  contact: string;
  transport: string;
  remote: string;
  user_agent: string;
  expires_at: number;
}

export interface Party {
  extension: string;
  name: string;
  user_id: string | null;
}

export interface Call {
  id: string;
  state: string;
  started_at: number;
  answered_at: number | null;
  caller: Party;
  dialled: string;
  callee: Party | null;
  conference_id: string | null;
  codec: string;
}

export type Participant = RoomParticipant;
export type Room = LiveRoom;

export interface SeenProblem {
  kind: string;
  subject: string;
  text: string;
  time: number;
  count: number;
  can_allow: boolean;
  /** Of a refused call outside: what may be allowed; "": nothing. */
  allow: string;
  /** The sentence of `text`, for other languages, and what stands in it. */
  code: string;
  values: Record<string, string>;
}

/** One difference; revisions of older times have path, kind and message only. */
export interface Change {
  path: string;
  kind: string;
  message: string;
  part?: string;
  id?: string;
  field?: string | null;
  name?: string;
  extension?: string;
  old?: string | number | boolean | null;
  new?: string | number | boolean | null;
  consequence?: string | null;
  consequence_id?: string | null;
  consequence_count?: number | null;
}

export interface Difference {
  revision: number;
  applied_revision: number;
  changes: Change[];
  problems: Problem[];
}

export interface Problem {
  path: string;
  field: string;
  error_id: string;
  message: string;
  values?: Record<string, string>;
}

export interface Configuration {
  base_revision: number;
  applied_revision: number;
  draft: { base_revision: number; version: number; author: string; time: number };
  changes: Change[];
  problems: Problem[];
}

export interface Revision {
  number: number;
  author: string;
  time: number;
  comment: string;
  changes: Change[];
}

export interface CallRecord {
  id: string;
  journey: string;
  kind: string;
  direction: string;
  state: string;
  /** How long it was talked; null while it goes on. */
  seconds: number | null;
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  dialled: string;
  caller_extension: string | null;
  caller_user: string | null;
  caller_display: string | null;
  callee_extension: string | null;
  callee_user: string | null;
  callee_display: string | null;
  conference_id: string | null;
  end_cause: string | null;
  codec: string | null;
  quality: { party?: string; codec?: string; loss?: number; jitter?: number; mos?: number }[];
}

export interface AuditEntry {
  id: number;
  time: number;
  who: string;
  action: string;
  subject: string;
  detail: string;
}

export interface Check {
  id: string;
  name: string;
  ok: boolean;
  severity: "ok" | "warning" | "problem";
  message: string;
  /** What to do; empty when all is well. */
  cure: string;
  /** What was found, by its name in the translations. */
  code: string;
  values: Record<string, string | number>;
}

export interface SystemState {
  version: string;
  revision: number;
  started_at: number;
  addresses: { phones: string; advertised: string | null; own: string[]; hosts: string[] };
  ports: Record<string, number | string>;
  certificate: {
    source: "own" | "authority";
    names: string[];
    expires_at: number;
    fingerprint: string;
    authority_fingerprint: string | null;
    trust: string[];
  } | null;
  prompts: Record<string, { recorded: number; synthesized: number }>;
  languages: string[];
  database: string;
  checks: Check[];
}
