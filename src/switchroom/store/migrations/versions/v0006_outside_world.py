"""Personal settings, passwords of trunks, and what was used of the limits of calls outside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "personal",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal")),
    )
    op.create_table(
        "trunk_secrets",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trunk_secrets")),
    )
    op.create_table(
        "usage",
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage")),
    )
    op.create_index(op.f("ix_usage_hour"), "usage", ["hour"], unique=False)
    op.create_table(
        "allowed_countries",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("allowed_by", sa.String(length=128), nullable=False),
        sa.Column("allowed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowed_countries")),
    )
