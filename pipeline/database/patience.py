"""How long a question may take for which somebody waits, so that no other waits for it too."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.errors import TooSlow
from pipeline.sql import kind_of

#: What takes seconds with millions of events is far from it, and nobody waits for longer.
PATIENCE_S = 60
_STEPS = 100_000  # of SQLite's, between two looks at the clock: some milliseconds

# An operator who has set a limit knows better.
_LIMIT = sa.text(
    "SELECT set_config('statement_timeout', :milliseconds, true)"
    " WHERE current_setting('statement_timeout') = '0'"
)


@contextmanager
def limited(session: Session) -> Iterator[None]:
    """Raise TooSlow when a statement in this block takes longer; on SQLite, when all do."""
    try:
        if kind_of(session) == "postgresql":
            session.execute(_LIMIT, {"milliseconds": str(int(PATIENCE_S * 1000))})
            yield
        else:
            with _on_sqlite(session):
                yield
    except sa.exc.DBAPIError as error:
        if not _is_stopped(error.orig):
            raise
        raise TooSlow(
            f"The answer takes longer than {PATIENCE_S} seconds;"
            " ask for fewer conditions or a shorter time"
        ) from error


@contextmanager
def _on_sqlite(session: Session) -> Iterator[None]:
    connection = cast(sqlite3.Connection, session.connection().connection.driver_connection)
    until = monotonic() + PATIENCE_S
    connection.set_progress_handler(lambda: monotonic() > until, _STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _is_stopped(error: BaseException | None) -> bool:
    codes = getattr(error, "pgcode", None), getattr(error, "sqlite_errorcode", None)
    return codes[0] == "57014" or codes[1] == sqlite3.SQLITE_INTERRUPT
