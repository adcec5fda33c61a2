"""The database's tables. Times are seconds since the epoch (UTC); what has structure is JSON text.

A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

installation = Table(
    "installation",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts fixed when the system was installed (the realm, the encrypted nonce key), and change counters."""

revisions = Table(
    "revisions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("author", String(128), nullable=False),
    Column("time", Double, nullable=False),
    Column("comment", Text, nullable=False, default=""),
    Column("changes", Text, nullable=False, default="[]"),
)
"""Every applied configuration; the highest number is in force."""

draft = Table(
    "draft",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("author", String(128), nullable=False),
    Column("time", Double, nullable=False),
)
"""One row: how often the draft was changed, and by whom last."""

draft_entries = Table(
    "draft_entries",
    metadata,
    Column("part", String(32), primary_key=True),
    Column("entry_id", String(64), primary_key=True),
    Column("document", Text, nullable=True),
)
"""What the draft has otherwise than the applied configuration; no document means: removed."""

devices = Table(
    "devices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False, index=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("label", String(128), nullable=False),
    Column("credential", LargeBinary, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""What registers, with its digest HA1s (RFC 7616, MD5 and SHA-256) encrypted."""

logins = Table(
    "logins",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("name_key", String(256), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False, default=False),
    Column("role", String(32), nullable=False),
    Column("extra_rights", Text, nullable=False, default="[]"),
    Column("user_id", String(64), nullable=True, unique=True),
    Column("language", String(8), nullable=True),
    Column("totp_secret", LargeBinary, nullable=True),
    Column("totp_pending", LargeBinary, nullable=True),
    Column("totp_step", Integer, nullable=False, default=0),
    Column("recovery_codes", LargeBinary, nullable=True),
    Column("openid_issuer", String(255), nullable=True),
    Column("openid_subject", String(255), nullable=True),
    Column("created_at", Double, nullable=False),
    Column("signed_in_at", Double, nullable=True),
    UniqueConstraint("openid_issuer", "openid_subject"),
)
"""Who may sign in. Passwords are argon2id hashes (empty: none); TOTP secrets and recovery codes encrypted.

`name_key` is the name as it is compared: letter case and width do not count. `totp_step` is the time step of
the last code that was used.
"""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("login_id", String(64), ForeignKey("logins.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("label", String(128), nullable=False),
    Column("source", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
)
"""Cookies and bearer tokens of people (kinds "cookie", "session") and programs (kind "token").

Only the token's SHA-256 is kept. `expires_at` moves on with use, up to `ends_at`.
"""

browser_devices = Table(
    "browser_devices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("session_id", String(64), ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False,
           index=True),
    Column("user_id", String(64), nullable=False, index=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("tab", String(64), nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)  # fmt: skip
"""Browser tabs that may register, for as long as their session lasts and they renew. Secrets are computed."""

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("company", String(200), nullable=False),
    Column("email", String(254), nullable=False),
    Column("note", Text, nullable=False),
    Column("sorting", String(200), nullable=False),
    Column("searched", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Index("ix_contacts_sorting", "sorting", "id"),
)
"""The address book. `sorting` and `searched` are folded: no accents, no capitals (`crm.contacts.fold`)."""

contact_numbers = Table(
    "contact_numbers",
    metadata,
    Column("contact_id", String(64), ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("label", String(40), nullable=False),
    Column("e164", String(24), nullable=False, index=True),
    Column("keys", String(24), nullable=False),
)
"""Numbers of contacts; `keys` are pressed once answered."""

bindings = Table(
    "bindings",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("user_id", String(64), nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("document", Text, nullable=False),
)

dialogs = Table(
    "dialogs",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("time", Double, nullable=False),
    Column("document", Text, nullable=False),
)

call_records = Table(
    "call_records",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("journey", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("direction", String(16), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("answered_at", Double, nullable=True),
    Column("ended_at", Double, nullable=True),
    Column("dialled", String(64), nullable=False, default=""),
    Column("caller_extension", String(64), nullable=True),
    Column("caller_user", String(64), nullable=True),
    Column("caller_display", String(255), nullable=True),
    Column("callee_extension", String(64), nullable=True),
    Column("callee_user", String(64), nullable=True),
    Column("callee_display", String(255), nullable=True),
    Column("conference_id", String(64), nullable=True),
    Column("end_cause", String(64), nullable=True),
    Column("sip_status", Integer, nullable=True),
    Column("codec", String(32), nullable=True),
    Column("quality", Text, nullable=True),
    Index("ix_call_records_started_at", "started_at", "id"),
    Index("ix_call_records_caller_user", "caller_user", "started_at", "id"),
    Index("ix_call_records_callee_user", "callee_user", "started_at", "id"),
)
"""One row a call segment: written when it starts, completed when it ends. Not ended: running."""

meetings = Table(
    "meetings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conference_id", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double, nullable=True),
    Index("ix_meetings_started_at", "started_at", "id"),
    Index("ix_meetings_conference_id", "conference_id", "started_at", "id"),
)
"""One gathering in a conference. Not ended: going on."""

attendances = Table(
    "attendances",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("meeting", String(64), nullable=False, index=True),
    Column("conference_id", String(64), nullable=False),
    Column("call", String(64), nullable=False),
    Column("extension", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("user_id", String(64), nullable=True),
    Column("guest", String(64), nullable=True),
    Column("entrance", String(16), nullable=False),
    Column("joined_at", Double, nullable=False),
    Column("entered_at", Double, nullable=True),
    Column("left_at", Double, nullable=True, index=True),
    Column("talk_seconds", Double, nullable=False),
    Column("administrator", Boolean, nullable=False),
    Column("muted_by", String(255), nullable=True),
    Column("reason", String(64), nullable=False),
)
"""Who was in a meeting, from when to when."""

conference_invitations = Table(
    "conference_invitations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conference_id", String(64), nullable=False),
    Column("meeting", String(64), nullable=True, index=True),
    Column("number", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("invited_by", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", Double, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("ended_at", Double, nullable=True),
    Column("call", String(64), nullable=True),
)
"""Who was called into a conference, and what became of it."""

recordings = Table(
    "recordings",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("conference_id", String(64), nullable=False),
    Column("meeting", String(64), nullable=False, index=True),
    Column("path", String(255), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("started_by", String(255), nullable=False),
    Column("attendance", String(255), nullable=True),
    Column("participant", String(255), nullable=False),
    Column("ended_at", Double, nullable=True),
    Column("seconds", Double, nullable=False),
    Column("reason", String(64), nullable=False),
    Index("ix_recordings_started_at", "started_at", "id"),
    Index("ix_recordings_conference_id", "conference_id", "started_at", "id"),
)
"""Sound files of meetings, in the folder of recordings; the mix, or one participant's voice."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("time", Double, nullable=False, index=True),
    Column("who", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("detail", Text, nullable=False),
)
"""Who did what that acts at once: secrets, revocations, logins, hang-ups, applied revisions."""

guest_links = Table(
    "guest_links",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conference_id", String(64), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("label", String(200), nullable=False),
    Column("expires_at", Double, nullable=True),
    Column("single_use", Boolean, nullable=False),
    Column("lobby", Boolean, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("revoked_at", Double, nullable=True),
    Column("uses", Integer, nullable=False),
    Column("used_at", Double, nullable=True),
    Column("language", String(8), nullable=True),
    Column("name", String(200), nullable=False),
    Column("invitation", Boolean, nullable=False),
)
"""Addresses that bring a guest to a conference. Only the token's SHA-256 is kept."""

guest_visits = Table(
    "guest_visits",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("link_id", String(64), ForeignKey("guest_links.id", ondelete="CASCADE"), nullable=False,
           index=True),
    Column("conference_id", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("skip_code", Boolean, nullable=False),
    Column("administrator", Boolean, nullable=False),
    Column("lobby", Boolean, nullable=False),
    Column("language", String(8), nullable=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("username", String(64), nullable=False, unique=True),
)  # fmt: skip
"""Guests who are here: `hash` is the SHA-256 of the bearer; the SIP secret is computed, never stored."""

mail_server = Table(
    "mail_server",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("host", String(255), nullable=False),
    Column("port", Integer, nullable=False),
    Column("security", String(16), nullable=False),
    Column("username", String(255), nullable=False),
    Column("password", LargeBinary, nullable=True),
    Column("sender", String(254), nullable=False),
    Column("public_url", String(300), nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""One row: how mail leaves, and where guests reach the system. The password is encrypted."""

mails = Table(
    "mails",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("recipient", String(254), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reference", String(64), nullable=True, index=True),
    Column("content", LargeBinary, nullable=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("next_at", Double, nullable=False),
    Column("ended_at", Double, nullable=True),
    Column("error", Text, nullable=False),
    Index("ix_mails_state", "state", "next_at"),
    Index("ix_mails_created_at", "created_at", "id"),
)
"""Mail to be sent, and what became of it. The message is encrypted, and forgotten once it is sent."""

appointments = Table(
    "appointments",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conference_id", String(64), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    Column("starts_at", Double, nullable=False),
    Column("local_start", String(32), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("organizer_name", String(200), nullable=False),
    Column("organizer_email", String(254), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("cancelled_at", Double, nullable=True),
)
"""Planned dates of conferences. `local_start` is what was typed; `starts_at` what it means."""

appointment_attendees = Table(
    "appointment_attendees",
    metadata,
    Column("appointment_id", String(64), ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("email", String(254), nullable=False),
    Column("name", String(200), nullable=False),
    Column("language", String(8), nullable=False),
    Column("link_id", String(64), nullable=False),
    Index("ix_appointment_attendees_email", "appointment_id", "email", unique=True),
)
"""Who is invited to an appointment, each by a guest link of his own."""

personal = Table(
    "personal",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("document", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""What users set themselves (forwardings, Follow Me, do not disturb), by the user's id."""

trunk_secrets = Table(
    "trunk_secrets",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""Passwords of trunks, encrypted, by the trunk's id."""

usage = Table(
    "usage",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("subject", String(80), nullable=False),
    Column("hour", Integer, nullable=False, index=True),
    Column("calls", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
)
"""Calls outside of a user (`users/<id>`) or over a trunk (`trunks/<id>`) in one hour (since the epoch); `id`
is `<subject>/<hour>`."""

allowed_countries = Table(
    "allowed_countries",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("allowed_by", String(128), nullable=False),
    Column("allowed_at", Double, nullable=False),
)
"""Countries (ISO 3166 code) that were called, or that an administrator let be called, once."""

voicemails = Table(
    "voicemails",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("mailbox", String(64), nullable=False),
    Column("call", String(64), nullable=False),
    Column("caller_number", String(64), nullable=False),
    Column("caller_name", String(255), nullable=False),
    Column("caller_user", String(64), nullable=True),
    Column("path", String(255), nullable=False),
    Column("began", Double, nullable=False),
    Column("seconds", Double, nullable=True),
    Column("heard_at", Double, nullable=True),
    Column("archived_at", Double, nullable=True),
    Column("mail", String(16), nullable=False),
)
"""Messages left in mailboxes; the sound is in the folder of voicemail. No `seconds`: being recorded."""

voicemail_greetings = Table(
    "voicemail_greetings",
    metadata,
    Column("id", String(96), primary_key=True),
    Column("mailbox", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("path", String(255), nullable=False),
    Column("seconds", Double, nullable=False),
    Column("text", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""What callers of a mailbox hear; `id` is `<mailbox>/<kind>`. `text`: what was spoken; empty: recorded."""

voicemail_keys = Table(
    "voicemail_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("pin_hash", Text, nullable=True),
    Column("ask_pin", Boolean, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""How a mailbox is opened by phone, by its id. The PIN is an argon2id hash."""

provisioning_links = Table(
    "provisioning_links",
    metadata,
    Column("device_id", String(64), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True, index=True),
    Column("vendor", String(16), nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("expires_at", Double, nullable=False),
)
"""Under what link a device may fetch its settings, once; of the link itself only its hash."""

sites = Table(
    "sites",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("origin", String(128), nullable=False, unique=True),
    Column("secret", LargeBinary, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("used_at", Double, nullable=True),
)
"""Sites of others that may show the phone and sign their people in; `secret` is encrypted."""

site_statements = Table(
    "site_statements",
    metadata,
    Column("mac", String(64), primary_key=True),
    Column("expires_at", Double, nullable=False, index=True),
)
"""Statements of sites that signed somebody in: kept until nobody would believe them a second time."""
