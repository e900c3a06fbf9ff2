"""What `activity`, the profile, answers without events; exactly, also for a `now` in the past."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.models import Activity, Customer, Event
from pipeline.rules.comparisons import Comparison
from pipeline.rules.rule import Condition
from pipeline.rules.windows import Interval

_SAME = (Event.customer_id == Activity.customer_id, Event.type == Activity.type)


def did(event_type: str | None, interval: Interval) -> Condition:
    """Who has an event of a type (None: of any) in an interval."""
    conditions = [*_of_type(event_type), *_reaches(interval)]
    return Customer.id.in_(sa.select(Activity.customer_id).where(*conditions))


def did_so_often(
    event_type: str | None, comparison: Comparison, number: int, now: datetime
) -> Condition:
    """Who has ever done it, and so often at `now`."""
    until_now = sa.select(sa.func.count()).where(*_SAME, Event.occurred_at <= now)
    count: Any = sa.case(
        (Activity.last_at <= now, Activity.event_count), else_=until_now.scalar_subquery()
    )
    query = sa.select(Activity.customer_id).where(*_of_type(event_type), Activity.first_at <= now)
    if event_type is None:
        query = query.group_by(Activity.customer_id)
        return Customer.id.in_(query.having(comparison.holds(sa.func.sum(count), number)))
    return Customer.id.in_(query.where(comparison.holds(count, number)))


def first_seen(interval: Interval) -> Condition:
    """Whose first event of all lies in an interval."""
    first = sa.func.min(Activity.first_at)
    query = sa.select(Activity.customer_id).group_by(Activity.customer_id)
    return Customer.id.in_(query.having(interval.contains(first)))


def exists_at(now: datetime) -> Condition:
    """Who exists at `now`: all but those whose first event is later."""
    first = sa.func.min(Activity.first_at)
    query = sa.select(Activity.customer_id).group_by(Activity.customer_id)
    return Customer.id.not_in(query.having(first > now))


def _of_type(event_type: str | None) -> list[Condition]:
    return [] if event_type is None else [Activity.type == event_type]


def _reaches(interval: Interval) -> list[Condition]:
    """The conditions that some event of a row's lies in the interval."""
    if interval.start is None:
        return interval.not_over(Activity.first_at)
    # The newest event answers while it is not after the interval, and so does the first when it is
    # not before; only otherwise do those between them matter.
    between = sa.exists().where(*_SAME, *interval.bounds(Event.occurred_at))
    if interval.end is None:
        # The first one's time is not in the index, and is not worth leaving it while `now` is now.
        return [
            *interval.begun(Activity.last_at),
            sa.or_(Activity.last_at <= interval.now, between),
        ]
    return [
        *interval.begun(Activity.last_at),
        *interval.not_over(Activity.first_at),
        sa.or_(
            sa.and_(*interval.not_over(Activity.last_at)),
            sa.and_(*interval.begun(Activity.first_at)),
            between,
        ),
    ]
