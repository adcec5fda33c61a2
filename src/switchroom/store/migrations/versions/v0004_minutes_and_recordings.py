"""Minutes of conferences: meetings, who attended, who was invited, what was recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    _meetings()
    _attendances()
    _invitations()
    _recordings()


def _meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conference_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    op.create_index("ix_meetings_started_at", "meetings", ["started_at", "id"], unique=False)
    op.create_index(
        "ix_meetings_conference_id", "meetings", ["conference_id", "started_at", "id"], unique=False
    )


def _attendances() -> None:
    op.create_table(
        "attendances",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("meeting", sa.String(length=64), nullable=False),
        sa.Column("conference_id", sa.String(length=64), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("extension", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        sa.Column("guest", sa.String(length=64), nullable=True),
        sa.Column("entrance", sa.String(length=16), nullable=False),
        sa.Column("joined_at", sa.Double(), nullable=False),
        sa.Column("entered_at", sa.Double(), nullable=True),
        sa.Column("left_at", sa.Double(), nullable=True),
        sa.Column("talk_seconds", sa.Double(), nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("muted_by", sa.String(length=255), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
    )
    op.create_index(op.f("ix_attendances_meeting"), "attendances", ["meeting"], unique=False)
    op.create_index(op.f("ix_attendances_left_at"), "attendances", ["left_at"], unique=False)


def _invitations() -> None:
    op.create_table(
        "conference_invitations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conference_id", sa.String(length=64), nullable=False),
        sa.Column("meeting", sa.String(length=64), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("invited_by", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("call", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conference_invitations")),
    )
    op.create_index(
        op.f("ix_conference_invitations_meeting"), "conference_invitations", ["meeting"], unique=False
    )


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("conference_id", sa.String(length=64), nullable=False),
        sa.Column("meeting", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("started_by", sa.String(length=255), nullable=False),
        sa.Column("attendance", sa.String(length=255), nullable=True),
        sa.Column("participant", sa.String(length=255), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    op.create_index(op.f("ix_recordings_meeting"), "recordings", ["meeting"], unique=False)
    op.create_index("ix_recordings_started_at", "recordings", ["started_at", "id"], unique=False)
    op.create_index(
        "ix_recordings_conference_id", "recordings", ["conference_id", "started_at", "id"], unique=False
    )


def downgrade() -> None:
    """Not possible: the minutes would be lost."""
    raise NotImplementedError
