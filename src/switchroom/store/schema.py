"""Brings a database's tables up to date, when the program starts."""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy import Connection, inspect, text

HEAD = "0010"
"""The newest migration. Kept here so that a start with an up-to-date database need not load Alembic."""
_LOCK = 0x5357_4452
"""PostgreSQL's advisory lock held while migrating."""


class SchemaError(Exception):
    """The database can not be used by this version of the program."""


def version(connection: Connection) -> str | None:
    """The migration the database stands at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(connection: Connection) -> str | None:
    """Run the missing migrations in the connection's transaction; the version found before.

    Raises `SchemaError` when the database was written by a newer version of the program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    before = version(connection)
    if before == HEAD:
        return before
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(files("switchroom.store") / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaError(
            f"The database is at version {before}, which this program does not know ({error}). "
            "It was used by a newer Switchroom: install that one again, or restore a backup."
        ) from error
    return before
