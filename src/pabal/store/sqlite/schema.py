"""The schema's numbered files, and who may work with which.

The database carries its version and the oldest code that may open it; code that is too old or too
new for a database says so and touches nothing.
"""

from __future__ import annotations

from importlib.resources import files

import apsw

from pabal.model.errors import PabalError

VERSION = 1
#: The oldest code (by the schema version it knows) that may still use a database of VERSION.
OLDEST_CODE = 1


class SchemaRefused(PabalError):
    """The data folder was written by another version of Pabal."""


def prepare(connection: apsw.Connection) -> None:
    """Make the tables of an empty database, check those of any other; under the write lock.

    Raises: SchemaRefused.
    """
    if connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is None:
        _create(connection)
    else:
        check(connection)


def check(connection: apsw.Connection) -> None:
    """Raises: SchemaRefused."""
    settings = _settings(connection)
    version, oldest_code = int(settings.get("schema_version", 0)), int(settings.get("oldest_code", 0))
    if version < VERSION:
        raise SchemaRefused(f"the database has schema {version}, this is {VERSION}: run pabal store upgrade")
    if oldest_code > VERSION:
        raise SchemaRefused(
            f"the database has schema {version} and needs a newer Pabal (this one knows schema {VERSION})"
        )


def _settings(connection: apsw.Connection) -> dict[str, str]:
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'setting'").fetchone() is None:
        raise SchemaRefused("the database is not one of Pabal's: it has no table named setting")
    return {str(name): str(value) for name, value in connection.execute("SELECT name, value FROM setting")}


def _create(connection: apsw.Connection) -> None:
    with connection:  # one savepoint, so one commit: all or nothing
        for number in range(1, VERSION + 1):
            connection.execute(files(__package__).joinpath(f"schema_{number:04d}.sql").read_text("utf-8")).fetchall()
        connection.executemany(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)",
            [("schema_version", str(VERSION)), ("oldest_code", str(OLDEST_CODE))],
        )
