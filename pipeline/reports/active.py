"""Active customers: those who did anything within some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import CustomerActivity, Event
from pipeline.rules import Condition
from pipeline.sql import MOST_KEPT, nth_newest


@dataclass(frozen=True, slots=True)
class ActiveCustomers:
    """How many customers did something in a period, and in the period of that length before it."""

    now: int
    before: int


def active_customers(session: Session, days: int, *, now: datetime) -> ActiveCustomers:
    """Those of the last `days` times 24 hours, and of as many before. Cost follows customers."""
    since = now - timedelta(days=days)
    lately = _number(CustomerActivity.last_at >= since)
    before = _number(*_did_between(since - timedelta(days=days), since))
    return ActiveCustomers(*session.execute(sa.select(lately, before)).one())


def _number(*conditions: Condition) -> sa.ScalarSelect[int]:
    profiles = sa.select(sa.func.count()).select_from(CustomerActivity)
    return profiles.where(*conditions).scalar_subquery()


def _did_between(start: datetime, end: datetime) -> list[Condition]:
    """Whose profile shows an event in a period, or hides one behind so many newer ones."""

    def is_in(moment: Any) -> Condition:
        return sa.and_(moment >= start, moment < end)

    profile = CustomerActivity
    newest = (nth_newest(profile.newest_at, sa.literal(n)) for n in range(1, MOST_KEPT + 1))
    theirs = sa.exists().where(Event.customer_id == profile.customer_id, is_in(Event.occurred_at))
    are_all_later = nth_newest(profile.newest_at, sa.literal(MOST_KEPT)) >= end
    shows = sa.or_(is_in(profile.first_at), *map(is_in, newest), sa.and_(are_all_later, theirs))
    return [profile.last_at >= start, profile.first_at < end, shows]
