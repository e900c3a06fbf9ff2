"""What `activity`, the profile, answers without events; exactly, also for a `now` in the past.

A row answers for itself when its newest event is not after `now`. For the others events are asked;
while `now` is now there are none of those, and that part costs nothing.
"""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.models import Activity, Customer, Event
from pipeline.rules.comparisons import Comparison
from pipeline.rules.intervals import Condition, Interval
from pipeline.sql import among, not_by_index


def did(event_type: str | None, interval: Interval) -> Condition:
    """Who has an event of a type (None: of any) in an interval."""
    rows = sa.select(Activity.customer_id).where(*_of_type(event_type))
    if interval.start is None:
        return among(Customer.id, rows.where(*interval.bounds(Activity.first_at)))
    in_interval = interval.bounds(Event.occurred_at)
    if interval.end is not None:
        events = sa.select(Event.customer_id)
        return among(Customer.id, events.where(*_of_type(event_type, Event.type), *in_interval))
    earlier = _events_of_later(event_type, interval.now).where(*in_interval).distinct().subquery()
    answers = sa.or_(Activity.last_at <= interval.now, earlier.c.customer_id.is_not(None))
    joined = rows.outerjoin(earlier, earlier.c.customer_id == Activity.customer_id)
    return among(Customer.id, joined.where(Activity.last_at >= interval.start, answers))


def did_so_often(
    event_type: str | None, comparison: Comparison, number: int, now: datetime
) -> Condition:
    """Who had done it so often at `now`, which is at least once."""
    until_now = _events_of_later(event_type, now).where(Event.occurred_at <= now)
    count = sa.func.count().label("events")
    recount = until_now.add_columns(count).group_by(Event.customer_id).subquery()
    rows = (
        sa.select(Activity.customer_id)
        .outerjoin(recount, recount.c.customer_id == Activity.customer_id)
        .where(*_of_type(event_type))
    )
    if event_type is not None:
        own: Any = sa.case((Activity.last_at <= now, Activity.event_count), else_=recount.c.events)
        return among(Customer.id, rows.where(comparison.holds(own, number)))
    total: Any = sa.case(
        (sa.func.max(Activity.last_at) <= now, sa.func.sum(Activity.event_count)),
        else_=sa.func.max(recount.c.events),
    )
    rows = rows.group_by(Activity.customer_id).having(comparison.holds(total, number))
    return among(Customer.id, rows)


def first_seen(interval: Interval) -> Condition:
    """Whose first event of all lies in an interval."""
    first = sa.func.min(Activity.first_at)
    query = sa.select(Activity.customer_id).group_by(Activity.customer_id)
    return among(Customer.id, query.having(*interval.bounds(first)))


def exists_at(now: datetime) -> Condition:
    """Who exists at `now`: all but those whose first event is later."""
    # Only those with some later event are looked at: while `now` is now, nobody.
    candidates = sa.select(Activity.customer_id).where(Activity.customer_id.in_(_later(None, now)))
    unborn = candidates.group_by(Activity.customer_id).having(sa.func.min(Activity.first_at) > now)
    return sa.not_(among(Customer.id, unborn))


def _later(event_type: str | None, now: datetime) -> sa.Select[uuid.UUID]:
    """The customers whose newest such event is after `now`."""
    return sa.select(Activity.customer_id).where(*_of_type(event_type), Activity.last_at > now)


def _events_of_later(event_type: str | None, now: datetime) -> sa.Select[uuid.UUID]:
    """Such events of the customers whose newest one is after `now`, whenever they were."""
    # By customer, as there are few of these or none.
    of_type = _of_type(event_type, not_by_index(Event.type))
    whose = Event.customer_id.in_(_later(event_type, now))
    return sa.select(Event.customer_id).where(whose, *of_type)


def _of_type(event_type: str | None, column: Any = Activity.type) -> list[Condition]:
    return [] if event_type is None else [column == event_type]
