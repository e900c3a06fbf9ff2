"""How much customers do: all their events, and who did anything within some days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.rules.profile import Profiles

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ActiveCustomers:
    """How many customers did something in a period, and in the period of that length before it."""

    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Engagement:
    """How many customers and events there are, and how many were active in each of some periods."""

    customers: int
    events: int
    active: list[ActiveCustomers]


def engagement(session: Session, periods: Sequence[int], *, now: datetime) -> Engagement:
    """All customers and events, and for each number of days who was active in the last so many.

    A day is 24 hours. Goes through the profiles once for all of it: they are far fewer than the
    events.
    """
    everything = Profiles(None).through()
    events = sa.func.coalesce(sa.func.sum(everything.table.event_count), 0)
    conditions = (each for days in periods for each in _conditions(everything, days, now))
    active = [sa.func.count().filter(each) for each in conditions]
    customers, number, *row = session.execute(sa.select(sa.func.count(), events, *active)).one()
    pairs = zip(row[::2], row[1::2], strict=True)
    return Engagement(customers, int(number), [ActiveCustomers(*pair) for pair in pairs])


def _conditions(everything: Profiles, days: int, now: datetime) -> list[sa.ColumnElement[bool]]:
    period = timedelta(days=days)
    since = now - period
    return [
        everything.has_so_many(1, since, now),
        everything.has_so_many(1, since - period, since - _TICK),
    ]
