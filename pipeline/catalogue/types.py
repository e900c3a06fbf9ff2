"""Event types: which there are, and how frequent each is. Reads `activity`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from pipeline.models import Activity
from pipeline.sql import kind_of, not_by_index


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type in numbers: its events, and the customers who have any."""

    name: str
    events: int
    customers: int


def event_types(session: Session) -> list[EventType]:
    """All event types, the most frequent first."""
    found = (_one_by_one() if kind_of(session) == "postgresql" else _together()).subquery().c
    query = sa.select(found.type, found.events, found.customers)
    query = query.order_by(found.events.desc(), found.type)
    return [EventType(*row) for row in session.execute(query)]


_NUMBERS = (
    sa.cast(sa.func.sum(Activity.event_count), sa.BigInteger).label("events"),
    sa.func.count().label("customers"),
)


def _one_by_one() -> sa.Select[Any]:
    # The index by type has the numbers, and PostgreSQL does not see that it saves half the time.
    types = distinct_types()
    numbers = sa.select(*_NUMBERS).where(Activity.type == types.c.type).lateral()
    return sa.select(types.c.type, *numbers.c).join(numbers, sa.true())


def _together() -> sa.Select[Any]:
    # SQLite's index by type has no numbers: it would walk it and look each row up.
    type_ = not_by_index(Activity.type).label("type")
    return sa.select(type_, *_NUMBERS).group_by(type_)


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
