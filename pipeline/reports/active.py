"""Active customers: those who did anything within some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Activity, Event
from pipeline.reports.types import type_names


@dataclass(frozen=True, slots=True)
class ActiveCustomers:
    """How many customers did something in a period, and in the period of that length before it."""

    now: int
    before: int


def active_customers(session: Session, days: int, *, now: datetime) -> ActiveCustomers:
    """Those of the last `days` times 24 hours, and of as many before.

    The newest event of each type tells for the period that ends now, so `activity` answers; what
    was before only the events know. Cost follows the events of that period, index alone.
    """
    since = now - timedelta(days=days)
    types = type_names(session)
    lately = sa.select(sa.func.count(Activity.customer_id.distinct())).where(
        Activity.type.in_(types), Activity.last_at >= since
    )
    earlier = sa.select(sa.func.count(Event.customer_id.distinct())).where(
        Event.type.in_(types),
        Event.occurred_at >= since - timedelta(days=days),
        Event.occurred_at < since,
    )
    row = session.execute(sa.select(lately.scalar_subquery(), earlier.scalar_subquery())).one()
    return ActiveCustomers(*row)
