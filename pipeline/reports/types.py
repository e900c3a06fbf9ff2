"""Event types: which there are, and how frequent each is. Reads `activity`."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from pipeline.models import Activity
from pipeline.sql import not_by_index


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type in numbers: its events, and the customers who have any."""

    name: str
    events: int
    customers: int


def event_types(session: Session) -> list[EventType]:
    """All event types, the most frequent first."""
    # SQLite would walk the index on the type, which has no counts, and look each row up: that takes
    # twice as long. PostgreSQL knows how few types there are, and counts in several processes.
    name = not_by_index(Activity.type)
    events = sa.cast(sa.func.sum(Activity.event_count), sa.BigInteger)
    query = sa.select(name, events, sa.func.count()).group_by(name).order_by(events.desc(), name)
    return [EventType(*row) for row in session.execute(query)]


def type_names(session: Session) -> Sequence[str]:
    """The names of all event types, in order; one index probe each, however many events."""
    return session.scalars(sa.select(distinct_types().c.type)).all()


def distinct_types() -> sa.Subquery:
    """The event types as rows, each found as the next in the index after the one before."""
    found = sa.select(sa.func.min(Activity.type).label("type")).cte("found", recursive=True)
    later = aliased(Activity)
    following = sa.select(sa.func.min(later.type)).where(later.type > found.c.type)
    found = found.union_all(sa.select(following.scalar_subquery()).where(found.c.type.is_not(None)))
    return sa.select(found.c.type).where(found.c.type.is_not(None)).subquery("types")
