"""The tables of customer records, activities, connectors and webhooks; part of the same database."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from switchroom.store.tables import metadata

stages = Table(
    "stages",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("app", String(16), nullable=False),
    Column("key", String(32), nullable=False),
    Column("name", String(100), nullable=False),
    Column("position", Integer, nullable=False),
    Column("closing", Boolean, nullable=False),
    Index("ix_stages_app", "app", "position"),
)
"""The columns of each application's board."""

records = Table(
    "records",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("app", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("searched", Text, nullable=False),
    Column("stage_id", String(64), ForeignKey("stages.id"), nullable=False),
    Column("position", Double, nullable=False),
    Column(
        "contact_id", String(64), ForeignKey("contacts.id", ondelete="SET NULL"), nullable=True, index=True
    ),
    Column("owner", String(64), nullable=True, index=True),
    Column("description", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    UniqueConstraint("app", "number"),
    Index("ix_records_stage", "stage_id", "position"),
    Index("ix_records_created", "created_at", "id"),
)
"""Opportunities, tasks and tickets. `searched` is the folded title (`crm.contacts.fold`)."""

record_entries = Table(
    "record_entries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("record_id", String(64), ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
    Column("at", Double, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("author", String(64), nullable=True),
    Column("author_name", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("once", String(128), nullable=True, unique=True),
    Index("ix_record_entries_record", "record_id", "at"),
)
"""The chatter of records. `once` names what may stand here only once, such as `call/<id>/<record>`."""

activities = Table(
    "activities",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("due", String(10), nullable=False),
    Column("time", String(5), nullable=False),
    Column("summary", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("assigned_to", String(64), nullable=False),
    Column("record_id", String(64), ForeignKey("records.id", ondelete="CASCADE"), nullable=True, index=True),
    Column(
        "contact_id", String(64), ForeignKey("contacts.id", ondelete="SET NULL"), nullable=True, index=True
    ),
    Column("created_by", String(64), nullable=True),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("state", String(16), nullable=False),
    Column("done_at", Double, nullable=True),
    Column("feedback", Text, nullable=False),
    Column("outcome", String(32), nullable=False),
    Index("ix_activities_assigned", "assigned_to", "state", "due"),
)
"""What is planned, done or cancelled; `due` is an ISO date, in the calendar of who has to do it."""

call_notes = Table(
    "call_notes",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("user_id", String(64), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("app", String(16), nullable=False),
    Column("record_id", String(64), nullable=False),
    Column("activity_id", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""What a person wrote of a call, and on which record it stands; empty: on none."""

connectors = Table(
    "connectors",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("name", String(100), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("settings", Text, nullable=False),
    Column("secret", LargeBinary, nullable=True),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""Other systems of customer records: how each is reached. `secret` is encrypted."""

connector_keys = Table(
    "connector_keys",
    metadata,
    Column("connector_id", String(64), ForeignKey("connectors.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", String(64), primary_key=True),
    Column("login", String(200), nullable=False),
    Column("remote_id", String(64), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""Each person's own key to another system, encrypted."""

connector_acts = Table(
    "connector_acts",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("connector_id", String(64), ForeignKey("connectors.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("act", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Double, nullable=True),
    Column("done_at", Double, nullable=True),
    Column("uncertain", Boolean, nullable=False),
    Column("problem", Text, nullable=False),
    Index("ix_connector_acts_next", "connector_id", "next_at"),
)
"""What is to be written into another system, once: `id` is made of the idempotency key. No `next_at`: it is
over. `uncertain`: a try may have written it."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("url", String(2000), nullable=False),
    Column("events", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""Addresses that are told what happens, each with a secret to sign with (encrypted)."""

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("webhook_id", String(64), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Double, nullable=True),
    Column("delivered_at", Double, nullable=True),
    Column("status", Integer, nullable=True),
    Column("problem", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Index("ix_webhook_deliveries_next", "next_at"),
    Index("ix_webhook_deliveries_webhook", "webhook_id", "created_at"),
)
"""What was or is to be told; no `next_at`: delivered, or given up. `id`: the event's and the webhook's."""

__all__ = [
    "activities",
    "call_notes",
    "connector_acts",
    "connector_keys",
    "connectors",
    "metadata",
    "record_entries",
    "records",
    "stages",
    "webhook_deliveries",
    "webhooks",
]
