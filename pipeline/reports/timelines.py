"""One customer's events, filtered and cut by the database. Cost follows their events alone."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Activity, Event
from pipeline.reports.daily import PERIOD, each_day
from pipeline.rules import Condition
from pipeline.sql import json_rows, kind_of


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are meant: those of any of `types` (all, when there is none), within a time.

    From `since` on and before `until`, where given.
    """

    types: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None

    def where(self) -> list[Condition]:
        """The conditions on `Event`."""
        conditions: list[Condition] = []
        if self.types:
            conditions.append(Event.type.in_(self.types))
        if self.since:
            conditions.append(Event.occurred_at >= self.since)
        if self.until:
            conditions.append(Event.occurred_at < self.until)
        return conditions


ALL = EventFilter()


@dataclass(frozen=True, slots=True)
class CustomerDays:
    """A customer's events day by day: a number a day for each type, and for all others together.

    `active` is how many of the days had any.
    """

    events: dict[str, list[int]]
    others: list[int]
    active: int


def activity_by_type(session: Session, customer_id: uuid.UUID) -> Sequence[Activity]:
    """What a customer did, type by type, the most frequent first."""
    theirs = sa.select(Activity).where(Activity.customer_id == customer_id)
    return session.scalars(theirs.order_by(Activity.event_count.desc(), Activity.type)).all()


def find_events(
    session: Session,
    customer_id: uuid.UUID,
    among: EventFilter = ALL,
    *,
    limit: int,
    offset: int = 0,
) -> Sequence[Event]:
    """Some of a customer's events, newest first."""
    query = sa.select(Event).where(Event.customer_id == customer_id, *among.where())
    query = query.order_by(Event.occurred_at.desc(), Event.id.desc())
    return session.scalars(query.limit(limit).offset(offset)).all()


def count_events(session: Session, customer_id: uuid.UUID, among: EventFilter = ALL) -> int:
    """How many events `find_events` has for the same filter."""
    query = sa.select(sa.func.count()).select_from(Event)
    return session.scalars(query.where(Event.customer_id == customer_id, *among.where())).one()


def customer_days(
    session: Session,
    customer_id: uuid.UUID,
    types: Sequence[str],
    days: Sequence[datetime],
    *,
    now: datetime,
) -> CustomerDays:
    """What a customer did on each of these days, by these types and of any other.

    `days` are the moments at which days begin, in order; a day ends where the next begins, the
    last with `now`. So a day is what it is to the reader, with its 23 or 25 hours now and then.
    """
    periods = each_day([None, *types], days, now)
    counts: dict[str | None, list[int]] = {name: [0] * len(days) for name in (None, *types)}
    query = _daily(kind_of(session), customer_id)
    for name, position, events in session.execute(query, {"rows": periods}):
        counts[name][position] = events
    events = {name: counts[name] for name in types}
    others = [
        number - sum(of_types)
        for number, *of_types in zip(counts[None], *events.values(), strict=True)
    ]
    return CustomerDays(events, others, sum(map(bool, counts[None])))


def _daily(kind: str, customer_id: uuid.UUID) -> sa.Select[Any]:
    # A count for each day and type is a short walk along the index on customer and time. For a
    # join PostgreSQL expects few events of any one customer, and compares each with each day.
    period = json_rows(kind, PERIOD).cte("period").c
    events = sa.select(sa.func.count()).where(
        Event.customer_id == customer_id,
        Event.occurred_at >= period.starts_at,
        Event.occurred_at < period.ends_at,
        sa.or_(period.type.is_(None), Event.type == period.type),
    )
    return sa.select(period.type, period.position, events.scalar_subquery())
