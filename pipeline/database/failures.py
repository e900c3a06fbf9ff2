"""A database's failures in the words of this program."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL

from pipeline.database.addresses import shown
from pipeline.errors import DatabaseError

# What a program does wrong. All else that a database raises is about its own state: locked, full,
# read-only as providers make it when it is nearly full, damaged.
_MISTAKES = (
    sa.exc.DataError,
    sa.exc.IntegrityError,
    sa.exc.NotSupportedError,
    sa.exc.ProgrammingError,
)


@contextmanager
def sentences(url: URL, also: type[Exception] = sa.exc.TimeoutError) -> Iterator[None]:
    """Say a driver's failure in one sentence, without SQL, values or the password."""
    try:
        yield
    except (sa.exc.DatabaseError, sa.exc.TimeoutError, also) as error:
        if isinstance(error, _MISTAKES) and not isinstance(error, also):
            raise
        cause = getattr(error, "orig", None) or error
        reason = str(cause).strip().partition("\n")[0]
        if _is_there(error):
            raise DatabaseError(f"The database at {shown(url)} failed ({reason})") from error
        raise DatabaseError(
            f"The database at {shown(url)} does not answer ({reason});"
            " start it or correct DATABASE_URL"
        ) from error


def _is_there(error: Exception) -> bool:
    """Whether it was a statement that failed, and the connection is still good."""
    return isinstance(error, sa.exc.DBAPIError) and not (
        error.statement is None or error.connection_invalidated
    )
