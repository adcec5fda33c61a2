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
  /** Null: the conference's, else the system's. */
  language: string | null;
  /** What became of the last mail: waiting, sent, failed. */
  mail?: string | null;
  problem?: string | null;
}

export interface Appointment {
  id: string;
  title: string;
  /** On the clock of `time_zone`: 2026-11-21T14:00. */
  starts_at: string;
  /** The same as seconds since the epoch. */
  time: number;
  minutes: number;
  time_zone: string;
  note: string;
  cancelled: boolean;
  made_by: string;
  attendees: Attendee[];
  version: string;
}

export interface MailServer {
  /** Empty: no mail is sent. */
  host: string;
  port: number;
  security: "none" | "starttls" | "tls";
  username: string;
  has_password: boolean;
  sender: string;
  public_url: string;
  /** What links begin with while `public_url` is empty. */
  default_url: string;
}

export interface OutboxMail {
  id: string;
  recipient: string;
  subject: string;
  kind: "invitation" | "update" | "cancellation";
  state: "waiting" | "sent" | "failed" | "replaced";
  attempts: number;
  created_at: number;
  error: string;
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
  entrance: "extension" | "server" | "invitation" | "link";
  administrator: boolean;
  joined_at: number;
  /** In the room itself; null: only waited. */
  entered_at: number | null;
  /** Null: is there now. */
  left_at: number | null;
  waited_seconds: number | null;
  seconds: number | null;
  talk_seconds: number;
  reason: string;
}

export interface Invited {
  id: string;
  number: string;
  name: string;
  invited_by: string;
  state: "ringing" | "answered" | "joined" | "refused" | "failed" | "cancelled";
  at: number;
  ended_at: number | null;
  reason: string;
}

export interface Recording {
  id: string;
  conference_id: string;
  conference: string;
  meeting: string;
  started_at: number;
  /** Empty: the conference is always recorded. */
  started_by: string;
  attendance: string | null;
  /** Whose voice; empty: everybody's. */
  participant: string;
  /** Null: it is being recorded. */
  ended_at: number | null;
  seconds: number;
  reason: string;
}

export interface WholeMeeting extends Meeting {
  attendances: Attendance[];
  invitations: Invited[];
  tapes: Recording[];
  may_listen: boolean;
}
