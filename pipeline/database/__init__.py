"""Connections, transactions, the schema at start; `pipeline.sql` has the differences in SQL."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.orm import Session, sessionmaker

from pipeline.database.addresses import parsed, shown
from pipeline.database.engines import (
    BUSY_TIMEOUT_S,
    existing_sqlite_engine,
    postgresql_engine,
    sqlite_engine,
)
from pipeline.database.failures import sentences
from pipeline.database.once import Once
from pipeline.database.patience import limited

T = TypeVar("T")

_ATTEMPTS = 5
# Deadlock and serialization failure; and a foreign key that broke because the customer was erased
# between our insert (which found them) and our event's. A second attempt creates them anew.
_TRY_AGAIN = {"40P01", "40001", "23503"}


class Database:
    """A database: made by `connect`, its schema up to date, or by `look_at`, as it is."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turn = threading.Lock()
        snapshot = engine.execution_options(
            **{"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            if self.kind == "postgresql"
            else {"sqlite_begin": "BEGIN"}
        )
        self._write = sessionmaker(engine, expire_on_commit=False)
        self._read = sessionmaker(snapshot, expire_on_commit=False)

    @property
    def kind(self) -> str:
        """`"sqlite"` or `"postgresql"`."""
        return self.engine.dialect.name

    @property
    def address(self) -> str:
        """Its URL without the password."""
        return shown(self.engine.url)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A transaction that commits at the block's end; raises DatabaseError when it cannot."""
        with sentences(self.engine.url), self._in_turn(), self._write.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only transaction that sees one state of the data, however many queries it runs."""
        with sentences(self.engine.url), self._read.begin() as session:
            yield session

    @contextmanager
    def answer(self) -> Iterator[Session]:
        """`read`, for a question that somebody waits for; raises TooSlow when it takes too long."""
        with self.read() as session, limited(session):
            yield session

    def transact(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction of its own, and again when the database asks for it."""
        with sentences(self.engine.url):
            return self._attempt(work, _ATTEMPTS)

    def _attempt(self, work: Callable[[Session], T], attempts: int) -> T:
        try:
            with self._in_turn(), self._write.begin() as session:
                return work(session)
        except sa.exc.DBAPIError as error:
            if attempts == 1 or getattr(error.orig, "pgcode", None) not in _TRY_AGAIN:
                raise
        return self._attempt(work, attempts - 1)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """SQLite's one writer at a time: in a queue, where its own waiting is a game of chance."""
        mine = self.kind == "sqlite" and self._turn.acquire(timeout=BUSY_TIMEOUT_S)
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

    target, pool_size = _target(url)
    is_file = target.drivername == "sqlite"
    engine = sqlite_engine(target) if is_file else postgresql_engine(target, pool_size)
    try:
        with sentences(target, sa.exc.DBAPIError):
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def look_at(url: str | None = None) -> Database:
    """The database at `url` (default: the settings') as it is: nothing is created or migrated.

    For `read`; it is not asked anything yet. Raises DatabaseError for a URL that cannot be.
    """
    target, pool_size = _target(url)
    if target.drivername == "sqlite":
        return Database(existing_sqlite_engine(target))
    return Database(postgresql_engine(target, pool_size))


def default() -> Database:
    """The database of the settings, connected once a process; a failure is tried anew."""
    return _of_settings()


def is_connected() -> bool:
    """Whether `default` has its database already, and so returns at once."""
    return _of_settings.is_made


_of_settings = Once(connect)


def _target(url: str | None) -> tuple[URL, int]:
    """Where it is, and how many connections a process keeps open."""
    from pipeline.settings import load_settings  # whose library only who connects needs

    settings = load_settings() if url is None else load_settings(database_url=url)
    return parsed(settings.database_url), settings.database_pool_size
