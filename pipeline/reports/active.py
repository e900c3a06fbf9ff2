"""Active customers: those who did anything within some days."""

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


def active_customers(
    session: Session, periods: Sequence[int], *, now: datetime
) -> list[ActiveCustomers]:
    """For each number of days: those of the last so many times 24 hours, and of as many before.

    Goes through the profiles of all who did anything since then, once for all periods.
    """
    earliest = now - 2 * timedelta(days=max(periods))
    counts = [sa.func.count().filter(each) for days in periods for each in _conditions(days, now)]
    recent = CustomerActivity.last_at >= earliest
    row = session.execute(sa.select(*counts).where(recent)).one()
    return [ActiveCustomers(*pair) for pair in zip(row[::2], row[1::2], strict=True)]


def _conditions(days: int, now: datetime) -> list[sa.ColumnElement[bool]]:
    period, everything = timedelta(days=days), Profiles(None)
    since = now - period
    return [everything.has_any(since, now), everything.has_any(since - period, since - _TICK)]
