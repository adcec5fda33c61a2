"""Logins get a role's rights, a user, TOTP and OpenID Connect; sessions an id, sliding expiry, a source."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision. Sessions begin anew: everybody signs in once more."""
    op.drop_index(op.f("ix_sessions_login_id"), table_name="sessions")
    op.drop_table("sessions")
    _extend_logins()
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("login_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["login_id"], ["logins.id"], name=op.f("fk_sessions_login_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_login_id"), "sessions", ["login_id"], unique=False)


def _extend_logins() -> None:
    with op.batch_alter_table("logins") as logins:
        logins.add_column(sa.Column("name_key", sa.String(length=256), nullable=True))
        logins.add_column(sa.Column("extra_rights", sa.Text(), nullable=False, server_default="[]"))
        logins.add_column(sa.Column("user_id", sa.String(length=64), nullable=True))
        logins.add_column(sa.Column("language", sa.String(length=8), nullable=True))
        logins.add_column(
            sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        logins.add_column(sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
        logins.add_column(sa.Column("totp_pending", sa.LargeBinary(), nullable=True))
        logins.add_column(sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
        logins.add_column(sa.Column("recovery_codes", sa.LargeBinary(), nullable=True))
        logins.add_column(sa.Column("openid_issuer", sa.String(length=255), nullable=True))
        logins.add_column(sa.Column("openid_subject", sa.String(length=255), nullable=True))
        logins.add_column(sa.Column("signed_in_at", sa.Double(), nullable=True))
    table = sa.table("logins", sa.column("id", sa.String), sa.column("name", sa.String),
                     sa.column("name_key", sa.String))  # fmt: skip
    taken: set[str] = set()
    connection = op.get_bind()
    for row in connection.execute(sa.select(table.c.id, table.c.name)).all():
        key = unicodedata.normalize("NFKC", row.name).casefold()
        key = key if key not in taken else f"{key}~{row.id}"
        taken.add(key)
        connection.execute(sa.update(table).where(table.c.id == row.id).values(name_key=key[:256]))
    with op.batch_alter_table("logins") as logins:
        logins.alter_column("name_key", existing_type=sa.String(length=256), nullable=False)
        logins.drop_constraint(op.f("uq_logins_name"), type_="unique")
        logins.create_unique_constraint(op.f("uq_logins_name_key"), ["name_key"])
        logins.create_unique_constraint(op.f("uq_logins_user_id"), ["user_id"])
        logins.create_unique_constraint(op.f("uq_logins_openid_issuer"), ["openid_issuer", "openid_subject"])


def downgrade() -> None:
    """Not possible: what roles may do would be forgotten."""
    raise NotImplementedError
