"""Runs the migrations on the connection given by `store.schema.upgrade`, or writes SQL or a new migration."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from switchroom.store.crm_tables import metadata

connection = context.config.attributes.get("connection")
if not isinstance(connection, Connection):
    raise SystemExit("run through switchroom.store.schema.upgrade(connection)")

context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
