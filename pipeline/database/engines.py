"""Engines: how each database is spoken to."""

import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from pipeline import exact_json
from pipeline.database.failures import sentences
from pipeline.errors import DatabaseError
from pipeline.sql import extend_sqlite

_CONNECT_TIMEOUT_S = 5
#: How long a writer waits for another one on SQLite.
BUSY_TIMEOUT_S = 30
# A rule is many subqueries: compiling them takes longer than they do, and with too little memory
# for one's customers it is asked anew for each customer. A page out of order is not four times as
# dear as the next one, as PostgreSQL takes for granted; at 1.1 it would go to and fro in a table
# rather than sort what it looks for. And a second process is for few (`sql.in_two_processes`): it
# makes a page slower that asks several questions at once.
_SESSION = {
    "jit": "off",
    "work_mem": "64MB",
    "random_page_cost": "1.5",
    "parallel_setup_cost": "5000",
}


def sqlite_engine(url: URL) -> Engine:
    """Of a file, which is created now if it is not there, and never later."""
    with sentences(url, OSError):
        file = Path(str(url.database).removeprefix("file:"))  # as SQLite's own URIs begin
        file.parent.mkdir(parents=True, exist_ok=True)
    _create(url)
    engine = existing_sqlite_engine(url)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        _use_write_ahead_log(connection.cursor())

    return engine


def _create(url: URL) -> None:
    engine = _any_sqlite(url)
    with sentences(url):
        engine.connect().close()
    engine.dispose()


def existing_sqlite_engine(url: URL) -> Engine:
    """Of a file as it is."""
    engine = _any_sqlite(url)

    @sa.event.listens_for(engine, "do_connect")
    def open_only(_dialect: object, _record: object, where: list[str], how: dict[str, Any]) -> None:
        uri = where[0] if how.get("uri") else Path(where[0]).as_uri()
        if "mode" in url.query:
            return
        # Not "ro": such a connection leaves the files of the write-ahead log behind.
        where[0], how["uri"] = f"{uri}{'&' if '?' in uri else '?'}mode=rw", True

    _leave_when_gone(engine)
    return engine


def _leave_when_gone(engine: Engine) -> None:
    """Use no connection to a file that was removed or replaced: what it writes, nobody finds."""

    @sa.event.listens_for(engine, "connect")
    def remember(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA database_list")
        file = Path(cursor.fetchall()[0][2])
        record.info["file"] = file, _identity(file)

    @sa.event.listens_for(engine, "checkout")
    def compare(_connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        file, identity = record.info["file"]
        if _identity(file) != identity:
            raise sa.exc.DisconnectionError(f"{file} is no longer the file that was opened")


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _any_sqlite(url: URL) -> Engine:
    engine = _engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        # The driver's own BEGIN is turned off: it would come too late and be a deferred one.
        connection.isolation_level = None
        extend_sqlite(connection)
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "cache_size=-32768"):
            cursor.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A read transaction that turns into a write fails at once, whatever the timeout; so
        # writers say what they are from the start.
        how = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
        connection.exec_driver_sql(f"PRAGMA query_only={how == 'BEGIN'}")
        connection.exec_driver_sql(str(how))

    return engine


def _use_write_ahead_log(cursor: DBAPICursor) -> None:
    # This one statement does not wait for the lock when processes open a new file at once.
    for seconds in (0.01, 0.1, 1, 5):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(seconds)
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")


def postgresql_engine(url: URL, pool_size: int) -> Engine:
    """Of a server; nothing is asked of it yet."""
    engine = _engine(
        url,
        pool_size=pool_size,
        max_overflow=30,
        pool_pre_ping=True,
        connect_args={"connect_timeout": url.query.get("connect_timeout", _CONNECT_TIMEOUT_S)},
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        # By statements: what comes with the connection, PgBouncer refuses or drops.
        connection.autocommit = True
        connection.cursor().execute(_settings(url))
        connection.autocommit = False

    return engine


def _settings(url: URL) -> str:
    """What each session begins with, but for what the URL says of it."""
    said = " ".join(url.normalized_query.get("options", ()))
    ours = [each for each in _SESSION.items() if not re.search(rf"\b{each[0]}=", said)]
    # The zone is ours in any case: in it moments are read that are written without one.
    return "; ".join(f"SET {name} TO '{value}'" for name, value in [*ours, ("timezone", "utc")])


def _engine(url: URL, **options: Any) -> Engine:
    """With what both have: exact JSON, and no customer's data in the texts of errors."""
    try:
        return sa.create_engine(
            url,
            json_serializer=exact_json.dumps,
            json_deserializer=exact_json.loads,
            hide_parameters=True,
            **options,
        )
    except (sa.exc.ArgumentError, TypeError, ValueError) as error:  # an option in the URL
        raise DatabaseError(f"DATABASE_URL cannot be used: {error}") from None
