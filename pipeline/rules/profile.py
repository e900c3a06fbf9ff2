"""What `activity`, the profile, answers without events; exactly, also for a `now` in the past.

A row answers for itself when its newest event is not after `now`. For the others events are asked;
while `now` is now there are none of those, and that part costs nothing.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from pipeline.models import Activity, Customer, Event
from pipeline.rules.comparisons import Comparison
from pipeline.rules.intervals import Condition, Interval
from pipeline.sql import among


def did(event_type: str | None, interval: Interval) -> Condition:
    """Who has an event of a type (None: of any) in an interval."""
    rows = sa.select(Activity.customer_id).where(*_of_type(event_type))
    if interval.start is None:
        return among(Customer.id, rows.where(*interval.bounds(Activity.first_at)))
    events = sa.select(Event.customer_id).where(
        *_of_type(event_type, Event), *interval.bounds(Event.occurred_at)
    )
    if interval.end is not None:
        return among(Customer.id, events)
    later = _with_later_events(event_type, interval.now)
    earlier = events.join(later, later.c.customer_id == Event.customer_id).distinct().subquery()
    newest_or_earlier = sa.or_(Activity.last_at <= interval.now, earlier.c.customer_id.is_not(None))
    return among(
        Customer.id,
        rows.outerjoin(earlier, earlier.c.customer_id == Activity.customer_id).where(
            Activity.last_at >= interval.start, newest_or_earlier
        ),
    )


def did_so_often(
    event_type: str | None, comparison: Comparison, number: int, now: datetime
) -> Condition:
    """Who had done it so often at `now`, which is at least once."""
    later = _with_later_events(event_type, now)
    recount = (
        sa.select(Event.customer_id, sa.func.count().label("until_now"))
        .join(later, later.c.customer_id == Event.customer_id)
        .where(*_of_type(event_type, Event), Event.occurred_at <= now)
        .group_by(Event.customer_id)
        .subquery()
    )
    rows = (
        sa.select(Activity.customer_id)
        .outerjoin(recount, recount.c.customer_id == Activity.customer_id)
        .where(*_of_type(event_type))
    )
    if event_type is not None:
        count = _either(Activity.last_at <= now, Activity.event_count, recount.c.until_now)
        return among(Customer.id, rows.where(comparison.holds(count, number)))
    count = _either(
        sa.func.max(Activity.last_at) <= now,
        sa.func.sum(Activity.event_count),
        sa.func.max(recount.c.until_now),
    )
    rows = rows.group_by(Activity.customer_id).having(comparison.holds(count, number))
    return among(Customer.id, rows)


def first_seen(interval: Interval) -> Condition:
    """Whose first event of all lies in an interval."""
    first = sa.func.min(Activity.first_at)
    query = sa.select(Activity.customer_id).group_by(Activity.customer_id)
    return among(Customer.id, query.having(*interval.bounds(first)))


def exists_at(now: datetime) -> Condition:
    """Who exists at `now`: all but those whose first event is later."""
    other = aliased(Activity)
    earlier = sa.exists().where(other.customer_id == Activity.customer_id, other.first_at <= now)
    # What begins later ends later, which has an index; while `now` is now, nothing does.
    later = sa.select(Activity.customer_id).where(Activity.last_at > now, Activity.first_at > now)
    return sa.not_(among(Customer.id, later.where(sa.not_(earlier))))


def _with_later_events(event_type: str | None, now: datetime) -> sa.Subquery:
    """The customers whose newest such event is after `now`."""
    query = sa.select(Activity.customer_id).where(*_of_type(event_type), Activity.last_at > now)
    return query.distinct().subquery()


def _of_type(event_type: str | None, table: Any = Activity) -> list[Condition]:
    return [] if event_type is None else [table.type == event_type]


def _either(condition: Condition, then: Any, otherwise: Any) -> Any:
    return sa.case((condition, then), else_=otherwise)
