"""Where a database is: its URL, checked, and as it may be shown."""

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from pipeline.errors import DatabaseError


def parsed(text: str) -> URL:
    """The URL of a database of a kind that is supported; raises DatabaseError."""
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


def shown(url: URL) -> str:
    """A URL without its password."""
    plain = url.difference_update_query([name for name in url.query if "password" in name])
    return plain.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)
