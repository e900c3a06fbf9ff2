"""Active customers: those who did anything within some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import CustomerActivity, Event
from pipeline.rules import Condition
from pipeline.sql import MOST_KEPT, nth_newest

_PROFILE = CustomerActivity


@dataclass(frozen=True, slots=True)
class ActiveCustomers:
    """How many customers did something in a period, and in the period of that length before it."""

    now: int
    before: int


def active_customers(session: Session, days: int, *, now: datetime) -> ActiveCustomers:
    """Those of the last `days` times 24 hours, and of as many before. Cost follows customers."""
    since = now - timedelta(days=days)
    lately = _number(_PROFILE.last_at >= since)
    before = _number_between(since - timedelta(days=days), since)
    return ActiveCustomers(*session.execute(sa.select(lately, before)).one())


def _number_between(start: datetime, end: datetime) -> sa.ColumnElement[int]:
    """Those whose profile shows an event in a period, and those with events behind newer ones."""

    def is_in(moment: Any) -> Condition:
        return sa.and_(moment >= start, moment < end)

    newest = [nth_newest(_PROFILE.newest_at, sa.literal(n + 1)) for n in range(MOST_KEPT)]
    shown = sa.or_(is_in(_PROFILE.first_at), *map(is_in, newest))
    # Each OFFSET keeps PostgreSQL from what it would rather do: to look events up for all profiles
    # in one process, and to read all events of the period.
    hiding = sa.select(_PROFILE.customer_id).where(_PROFILE.first_at < start, newest[-1] >= end)
    few = hiding.offset(0).subquery()
    hidden = sa.select(Event.customer_id).where(
        Event.customer_id == few.c.customer_id, is_in(Event.occurred_at)
    )
    number = sa.select(sa.func.count()).select_from(few).where(hidden.offset(0).exists())
    showing = _number(_PROFILE.last_at >= start, _PROFILE.first_at < end, shown)
    return showing + number.scalar_subquery()


def _number(*conditions: Condition) -> sa.ScalarSelect[int]:
    profiles = sa.select(sa.func.count()).select_from(_PROFILE)
    return profiles.where(*conditions).scalar_subquery()
