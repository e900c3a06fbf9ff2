"""Connections, transactions, the schema at start; `pipeline.sql` has the differences in SQL."""

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.orm import Session, sessionmaker

from pipeline import exact_json
from pipeline.errors import DatabaseError
from pipeline.settings import Settings, load_settings
from pipeline.sql import extend_sqlite

T = TypeVar("T")

_CONNECT_TIMEOUT_S = 5
_BUSY_TIMEOUT_S = 30
_ATTEMPTS = 5
# A rule is many subqueries: compiling them takes longer than they do, and with too little memory
# for one's customers it is asked anew for each customer. A page out of order is not four times as
# dear as the next one, as PostgreSQL takes for granted; at 1.1 it would go to and fro in a table
# rather than sort what it looks for. And to start processes takes some 5 ms, five times of what it
# reckons: alone it counts 400,000 customers in 17.
_SESSION = {
    "jit": "off",
    "work_mem": "64MB",
    "random_page_cost": "1.5",
    "parallel_setup_cost": "5000",
}
# Deadlock and serialization failure; and a foreign key that broke because the customer was erased
# between our insert (which found them) and our event's. A second attempt creates them anew.
_TRY_AGAIN = {"40P01", "40001", "23503"}
# What a program does wrong. All else that a database raises is about its own state: locked, full,
# read-only as providers make it when it is nearly full, damaged.
_MISTAKES = (
    sa.exc.DataError,
    sa.exc.IntegrityError,
    sa.exc.NotSupportedError,
    sa.exc.ProgrammingError,
)


# ---------------------------------------------------------------------------------- transactions
@dataclass(frozen=True)
class Database:
    """A database: made by `connect`, its schema up to date, or by `look_at`, as it is."""

    engine: Engine
    _turn: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)
    _write: sessionmaker[Session] = field(init=False, repr=False)
    _read: sessionmaker[Session] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        snapshot = self.engine.execution_options(
            **{"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            if self.kind == "postgresql"
            else {"sqlite_begin": "BEGIN"}
        )
        object.__setattr__(self, "_write", sessionmaker(self.engine, expire_on_commit=False))
        object.__setattr__(self, "_read", sessionmaker(snapshot, expire_on_commit=False))

    @property
    def kind(self) -> str:
        """`"sqlite"` or `"postgresql"`."""
        return self.engine.dialect.name

    @property
    def address(self) -> str:
        """Its URL without the password."""
        return _shown(self.engine.url)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A transaction that commits at the block's end; raises DatabaseError when it cannot."""
        with _sentences(self.engine.url), self._in_turn(), self._write.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only transaction that sees one state of the data, however many queries it runs."""
        with _sentences(self.engine.url), self._read.begin() as session:
            yield session

    def transact(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction of its own, and again when the database asks for it."""
        with _sentences(self.engine.url):
            for _ in range(_ATTEMPTS - 1):
                try:
                    with self._in_turn(), self._write.begin() as session:
                        return work(session)
                except sa.exc.DBAPIError as error:
                    if getattr(error.orig, "pgcode", None) not in _TRY_AGAIN:
                        raise
            with self._in_turn(), self._write.begin() as session:
                return work(session)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """SQLite's one writer at a time: in a queue, where its own waiting is a game of chance."""
        mine = self.kind == "sqlite" and self._turn.acquire(timeout=_BUSY_TIMEOUT_S)
        try:
            yield
        finally:
            if mine:
                self._turn.release()

    def ping(self) -> None:
        """Raise DatabaseError unless the database answers."""
        with self.read() as session:
            session.execute(sa.select(1))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def connect(url: str | None = None) -> Database:
    """Open the database at `url` (default: the settings') and bring its schema up to date.

    Raises DatabaseError when it is down, of an unsupported kind, or newer than this program.
    """
    from pipeline.migrations import upgrade  # Alembic is needed here only, once a process

    target, settings = _target(url)
    engine = _sqlite(target) if target.drivername == "sqlite" else _postgresql(target, settings)
    try:
        with _sentences(target, sa.exc.DBAPIError):
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def look_at(url: str | None = None) -> Database:
    """The database at `url` (default: the settings') as it is: nothing is created or migrated.

    For `read`; it is not asked anything yet. Raises DatabaseError for a URL that cannot be.
    """
    target, settings = _target(url)
    if target.drivername == "sqlite":
        return Database(_existing_sqlite(target))
    return Database(_postgresql(target, settings))


def default() -> Database:
    """The database of the settings, connected once a process; a failure is tried anew."""
    with _connecting:  # callers that come at once share one
        return _connected_once()


def is_connected() -> bool:
    """Whether `default` has its database already, and so returns at once."""
    return _connected_once.cache_info().currsize > 0


_connecting = threading.Lock()
_connected_once = cache(connect)


# --------------------------------------------------------------------------------------- engines
def _target(url: str | None) -> tuple[URL, Settings]:
    settings = load_settings() if url is None else load_settings(database_url=url)
    return _parse(settings.database_url), settings


def _parse(text: str) -> URL:
    try:
        url = make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise DatabaseError(
            "DATABASE_URL is not a URL; expected sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    if "@" in (url.host or ""):  # which would be shown, and has a part of the password
        raise DatabaseError("DATABASE_URL has more than one @; an @ in a password is written %40")
    kind = "postgresql" if url.drivername == "postgres" else url.get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise DatabaseError(
            f"DATABASE_URL names the unsupported database '{kind}';"
            " expected sqlite:///FILE or postgresql://USER@HOST/NAME"
        )
    in_memory = url.database in (None, "", ":memory:", "file::memory:")
    if kind == "sqlite" and (in_memory or url.query.get("mode") == "memory"):
        raise DatabaseError("DATABASE_URL names no file; expected sqlite:///FILE")
    return url.set(drivername="sqlite" if kind == "sqlite" else "postgresql+psycopg2")


def _sqlite(url: URL) -> Engine:
    with _sentences(url, OSError):
        file = Path(str(url.database).removeprefix("file:"))  # as SQLite's own URIs begin
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = _sqlite_as_it_is(url)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        _use_write_ahead_log(connection.cursor())

    return engine


def _existing_sqlite(url: URL) -> Engine:
    engine = _sqlite_as_it_is(url)

    @sa.event.listens_for(engine, "do_connect")
    def open_only(_dialect: object, _record: object, where: list[str], how: dict[str, Any]) -> None:
        uri = where[0] if how.get("uri") else Path(where[0]).as_uri()
        # Not "ro": such a connection leaves the files of the write-ahead log behind.
        where[0], how["uri"] = f"{uri}{'&' if '?' in uri else '?'}mode=rw", True

    return engine


def _sqlite_as_it_is(url: URL) -> Engine:
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S}, **_options())

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


def _postgresql(url: URL, settings: Settings) -> Engine:
    engine = sa.create_engine(
        url,
        pool_size=settings.database_pool_size,
        max_overflow=30,
        pool_pre_ping=True,
        connect_args={"connect_timeout": url.query.get("connect_timeout", _CONNECT_TIMEOUT_S)},
        **_options(),
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


def _options() -> dict[str, Any]:
    """What both have: exact JSON, and no customer's data in the texts of errors."""
    return {
        "json_serializer": exact_json.dumps,
        "json_deserializer": exact_json.loads,
        "hide_parameters": True,
    }


@contextmanager
def _sentences(url: URL, also: type[Exception] = sa.exc.TimeoutError) -> Iterator[None]:
    """Say a driver's failure in one sentence, without SQL, values or the password."""
    try:
        yield
    except (sa.exc.DatabaseError, sa.exc.TimeoutError, also) as error:
        if isinstance(error, _MISTAKES) and not isinstance(error, also):
            raise
        cause = getattr(error, "orig", None) or error
        reason = str(cause).strip().partition("\n")[0]
        if _is_there(error):
            raise DatabaseError(f"The database at {_shown(url)} failed ({reason})") from error
        raise DatabaseError(
            f"The database at {_shown(url)} does not answer ({reason});"
            " start it or correct DATABASE_URL"
        ) from error


def _is_there(error: Exception) -> bool:
    """Whether it was a statement that failed, and the connection is still good."""
    return isinstance(error, sa.exc.DBAPIError) and not (
        error.statement is None or error.connection_invalidated
    )


def _shown(url: URL) -> str:
    plain = url.difference_update_query([name for name in url.query if "password" in name])
    return plain.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)
