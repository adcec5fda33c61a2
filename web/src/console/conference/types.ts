/** What the API gives of conferences beyond the configuration. Times are seconds since the epoch. */
export interface GuestLink {
  id: string;
  label: string;
  created_at: number;
  made_by: string;
  expires_at: number | null;
  single_use: boolean;
  lobby: boolean;
  uses: number;
  used_at: number | null;
  state: "valid" | "expired" | "revoked" | "used";
  /** Made for somebody who was invited by mail. */
  invitation: boolean;
  /** Of whom it was made for. */
  name: string;
}

export interface NewGuestLink extends GuestLink {
  /** Shown this once. */
  url: string;
}

export interface Attendee {
  name: string;
  email: string;
  /** Null: the system's. */
  language: string | null;
  /** What became of the last mail: waiting, sent, failed. */
  mail?: string;
  problem?: string | null;
}

export interface Appointment {
  id: string;
  title: string;
  /** On the clock of `time_zone`: 2026-11-21T14:00. */
  starts_at: string;
  minutes: number;
  time_zone: string;
  note: string;
  cancelled: boolean;
  attendees: Attendee[];
  version?: string;
}

export interface MailServer {
  host: string;
  port: number;
  security: "starttls" | "tls" | "none";
  username: string;
  has_password: boolean;
  sender: string;
  public_url: string;
}

export interface Meeting {
  id: string;
  conference_id: string;
  name: string;
  started_at: number;
  ended_at: number | null;
  people: number;
  talk_seconds: number;
  recordings: number;
}

export interface Attendance {
  id: string;
  name: string;
  extension: string;
  user_id: string | null;
  guest: string | null;
  entrance: string;
  joined_at: number;
  entered_at: number | null;
  left_at: number | null;
  talk_seconds: number;
  administrator: boolean;
  reason: string;
}

export interface MeetingInvitation {
  id: string;
  number: string;
  name: string;
  invited_by: string;
  state: string;
  at: number;
  reason: string;
}

export interface Recording {
  id: string;
  conference_id: string;
  conference: string;
  meeting: string;
  started_at: number;
  started_by: string;
  /** Whose voice; empty: everybody's. */
  participant: string;
  ended_at: number | null;
  seconds: number;
  reason: string;
}

export interface WholeMeeting extends Meeting {
  attendances: Attendance[];
  invitations: MeetingInvitation[];
  tapes: Recording[];
}
