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
from pipeline.sql import among, not_by_index, nth_newest


def did(event_type: str | None, interval: Interval) -> Condition:
    """Who has an event of a type (None: of any) in an interval."""
    if interval.start is None:
        profiles = _profiles(event_type, *interval.bounds(Activity.first_at))
        return among(Customer.id, profiles, is_quick=event_type is not None)
    in_interval = interval.bounds(Event.occurred_at)
    if interval.end is not None:
        events = sa.select(Event.customer_id)
        return among(Customer.id, events.where(*_of_type(event_type, Event.type), *in_interval))
    newest = _profiles(event_type, *interval.bounds(Activity.last_at))
    earlier = _events_of_later(event_type, interval.now).where(*in_interval).distinct()
    return among(Customer.id, newest, earlier, is_quick=event_type is not None)


def did_lately(event_type: str, number: int, interval: Interval) -> Condition:
    """Who has at least so many events, up to `MOST_KEPT`, of a type in an interval until now."""
    nth = nth_newest(Activity.newest_at, sa.literal_column(str(number)))
    newest = _profiles(event_type, *interval.bounds(Activity.last_at), nth >= interval.start)
    earlier = _events_of_later(event_type, interval.now).where(*interval.bounds(Event.occurred_at))
    recount = earlier.group_by(Event.customer_id).having(sa.func.count() >= number)
    return among(Customer.id, newest, recount, is_quick=True)


def did_so_often(
    event_type: str | None, comparison: Comparison, number: int, now: datetime
) -> Condition:
    """Who had done it so often at `now`, which is at least once."""
    if event_type is None:
        count: Any = sa.func.sum(Activity.event_count)
        profiles = _profiles(None).group_by(Activity.customer_id)
        profiles = profiles.having(sa.func.max(Activity.last_at) <= now)
        profiles = profiles.having(comparison.holds(count, number))
    else:
        often = comparison.holds(Activity.event_count, number)
        profiles = _profiles(event_type, Activity.last_at <= now, often)
    until_now = _events_of_later(event_type, now).where(Event.occurred_at <= now)
    recount = until_now.group_by(Event.customer_id)
    recount = recount.having(comparison.holds(sa.func.count(), number))
    return among(Customer.id, profiles, recount, is_quick=True)


def first_seen(interval: Interval) -> Condition:
    """Whose first event of all lies in an interval."""
    first = sa.func.min(Activity.first_at)
    query = _profiles(None).group_by(Activity.customer_id).having(*interval.bounds(first))
    return among(Customer.id, query)


def exists_at(now: datetime) -> Condition:
    """Who exists at `now`: all but those whose first event is later."""
    # Only those with some later event are looked at: while `now` is now, nobody.
    candidates = _profiles(None, Activity.customer_id.in_(_later(None, now)))
    unborn = candidates.group_by(Activity.customer_id).having(sa.func.min(Activity.first_at) > now)
    return sa.not_(among(Customer.id, unborn))


def _profiles(event_type: str | None, *conditions: Condition) -> sa.Select[uuid.UUID]:
    """The customers with such a profile: each once for each type."""
    return sa.select(Activity.customer_id).where(*_of_type(event_type), *conditions)


def _later(event_type: str | None, now: datetime) -> sa.Select[uuid.UUID]:
    """The customers whose newest such event is after `now`."""
    return _profiles(event_type, Activity.last_at > now)


def _events_of_later(event_type: str | None, now: datetime) -> sa.Select[uuid.UUID]:
    """Such events of the customers whose newest one is after `now`, whenever they were."""
    # By customer, as there are few of these or none.
    of_type = _of_type(event_type, not_by_index(Event.type))
    whose = Event.customer_id.in_(_later(event_type, now))
    return sa.select(Event.customer_id).where(whose, *of_type)


def _of_type(event_type: str | None, column: Any = Activity.type) -> list[Condition]:
    return [] if event_type is None else [column == event_type]
