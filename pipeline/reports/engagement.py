"""How much customers do: all their events, and who did anything within some days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import CustomerActivity
from pipeline.rules.profile import Profiles

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ActiveCustomers:
    """How many customers did something in a period, and in the period of that length before it."""

    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Engagement:
    """How many events there are, and how many were active in each of some periods."""

    events: int
    active: list[ActiveCustomers]


def engagement(session: Session, periods: Sequence[int], *, now: datetime) -> Engagement:
    """All events, and for each number of days who was active in the last so many times 24 hours.

    Goes through the profiles once for all of it: they are far fewer than the events.
    """
    events = sa.func.coalesce(sa.func.sum(CustomerActivity.event_count), 0)
    active = [sa.func.count().filter(each) for days in periods for each in _conditions(days, now)]
    number, *row = session.execute(sa.select(events, *active)).one()
    pairs = zip(row[::2], row[1::2], strict=True)
    return Engagement(int(number), [ActiveCustomers(*pair) for pair in pairs])


def _conditions(days: int, now: datetime) -> list[sa.ColumnElement[bool]]:
    period, everything = timedelta(days=days), Profiles(None)
    since = now - period
    return [
        everything.has_so_many(1, since, now),
        everything.has_so_many(1, since - period, since - _TICK),
    ]
