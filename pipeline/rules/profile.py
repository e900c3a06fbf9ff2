"""What `activity`, the profile, answers without events; exactly, also for a `now` in the past.

A row answers for itself when its newest event is not after `now`. For the others its events are
asked; while `now` is now there are none of those, and that part costs nothing.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.models import Activity, Customer, Event
from pipeline.rules.comparisons import Comparison
from pipeline.rules.intervals import Condition, Interval
from pipeline.sql import among, not_by_index, nth_newest


def did(event_type: str | None, interval: Interval) -> Condition:
    """Who has an event of a type (None: of any) in an interval."""
    # A customer has one row for each type.
    is_quick = event_type is not None
    in_interval = interval.bounds(Event.occurred_at)
    if interval.start is None:
        profiles = _profiles(event_type, *interval.bounds(Activity.first_at))
        return among(Customer.id, profiles, is_quick=is_quick)
    if interval.end is not None:
        of_type = [] if event_type is None else [Event.type == event_type]
        return among(Customer.id, sa.select(Event.customer_id).where(*of_type, *in_interval))
    newest = _profiles(event_type, *interval.bounds(Activity.last_at))
    earlier = _profiles(event_type, Activity.last_at > interval.now, _events(*in_interval).exists())
    return among(Customer.id, newest, earlier, is_quick=is_quick)


def did_lately(event_type: str, number: int, interval: Interval) -> Condition:
    """Who has at least so many events, up to `MOST_KEPT`, of a type in an interval until now."""
    nth = nth_newest(Activity.newest_at, sa.literal(number))
    newest = _profiles(event_type, *interval.bounds(Activity.last_at), nth >= interval.start)
    recount = _number(_events(*interval.bounds(Event.occurred_at)))
    earlier = _profiles(event_type, Activity.last_at > interval.now, recount >= number)
    return among(Customer.id, newest, earlier, is_quick=True)


def did_so_often(
    event_type: str | None, comparison: Comparison, number: int, now: datetime
) -> Condition:
    """Who had done it so often at `now`, which is at least once."""
    if event_type is None:
        return _did_anything_so_often(comparison, number, now)
    often = comparison.holds(Activity.event_count, number)
    recounted = comparison.holds(_number(_events(Event.occurred_at <= now)), number)
    counted = _profiles(event_type, Activity.last_at <= now, often)
    earlier = _profiles(event_type, Activity.last_at > now, recounted)
    return among(Customer.id, counted, earlier, is_quick=True)


def _did_anything_so_often(comparison: Comparison, number: int, now: datetime) -> Condition:
    often = comparison.holds(sa.func.sum(Activity.event_count), number)
    counted = _profiles(None).group_by(Activity.customer_id)
    counted = counted.having(sa.func.max(Activity.last_at) <= now, often)
    later = _profiles(None, Activity.last_at > now)
    recount = sa.select(Event.customer_id).where(
        Event.customer_id.in_(later), Event.occurred_at <= now
    )
    earlier = recount.group_by(Event.customer_id)
    earlier = earlier.having(comparison.holds(sa.func.count(), number))
    return among(Customer.id, counted, earlier, each_once=True)


def first_seen(interval: Interval) -> Condition:
    """Whose first event of all lies in an interval."""
    until = Interval(None, interval.end, interval.now)
    seen = _anything(*until.bounds(Activity.first_at))
    if interval.start is None:
        return seen
    return sa.and_(seen, sa.not_(_anything(Activity.first_at < interval.start)))


def exists_at(now: datetime) -> Condition:
    """Who exists at `now`: all but those whose first event is later."""
    # Only those with some later event are looked at: while `now` is now, nobody.
    later = _profiles(None, Activity.last_at > now)
    candidates = _profiles(None, Activity.customer_id.in_(later))
    unborn = candidates.group_by(Activity.customer_id).having(sa.func.min(Activity.first_at) > now)
    return sa.not_(among(Customer.id, unborn, each_once=True))


def _profiles(event_type: str | None, *conditions: Condition) -> sa.Select[Any]:
    """The customers with such a profile: each once for each type."""
    of_type = [] if event_type is None else [Activity.type == event_type]
    return sa.select(Activity.customer_id).where(*of_type, *conditions)


def _anything(*conditions: Condition) -> Condition:
    """Who has such a profile of any type."""
    return among(Customer.id, _profiles(None, *conditions).distinct(), each_once=True)


def _events(*conditions: Condition) -> sa.Select[Any]:
    """The events that a row of `activity` counts, found by their customer."""
    theirs = Event.customer_id == Activity.customer_id
    of_type = not_by_index(Event.type) == Activity.type
    return sa.select(Event.id).where(theirs, of_type, *conditions).correlate(Activity)


def _number(events: sa.Select[Any]) -> Any:
    return events.with_only_columns(sa.func.count()).scalar_subquery()
