"""The clock, for those who pass it in."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
