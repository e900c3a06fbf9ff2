"""Active customers: those who did anything within some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.rules.intervals import Interval
from pipeline.rules.profile import Profiles

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ActiveCustomers:
    """How many customers did something in a period, and in the period of that length before it."""

    now: int
    before: int


def active_customers(session: Session, days: int, *, now: datetime) -> ActiveCustomers:
    """Those of the last `days` times 24 hours, and of as many before. Cost follows customers."""
    period = timedelta(days=days)
    since = now - period
    lately = Interval(since, None, now)
    before = Interval(since - period, None, since - _TICK)
    counts = (Profiles(None).did(each).number().scalar_subquery() for each in (lately, before))
    return ActiveCustomers(*session.execute(sa.select(*counts)).one())
