"""Storing events with their customers and their part of the profiles.

PostgreSQL does it in one statement, which spares round trips; SQLite, which has none, is spared
everything but plain inserts.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline.events.incoming import NewEvent, unique
from pipeline.events.packing import Packed, unpack
from pipeline.events.storing import postgresql, sqlite
from pipeline.events.storing.stored import Stored
from pipeline.sql import kind_of

__all__ = ["Stored", "store", "store_each", "store_packed"]


def store(session: Session, events: Sequence[NewEvent], *, now: datetime) -> Stored:
    """Store those events whose key is new, their customers and their part of the profiles."""
    if kind_of(session) == "sqlite":
        return sqlite.store(session, events, now)
    return postgresql.store(session, events, now)


def store_packed(session: Session, events: Packed, *, now: datetime) -> Stored:
    """As `store`, with events that were packed, perhaps by another process."""
    if kind_of(session) == "sqlite":
        return sqlite.store(session, unpack(events), now)
    return postgresql.store_packed(session, events, now)


def store_each(session: Session, events: Sequence[NewEvent], *, now: datetime) -> list[bool]:
    """Store some events as `store` does; for each in turn, whether it was new."""
    first = unique(events)
    on = sqlite if kind_of(session) == "sqlite" else postgresql
    new = set(on.store_naming(session, [*first.values()], now))
    return [event.id in new and first[event.id] is event for event in events]
