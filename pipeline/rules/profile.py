"""What the profiles answer without events; exactly, also for a `now` in the past.

A row answers for itself when its newest event is not after `now`. For the others its events are
asked; while `now` is now there are none of those, and that part costs nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.models import Activity, Customer, CustomerActivity, Event, PropertyActivity
from pipeline.rules.comparisons import Comparison
from pipeline.rules.intervals import Condition, Interval
from pipeline.rules.paths import Path, steps
from pipeline.sql import among, json_equals, not_by_index, nth_newest


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles for events of a type (None: of any), or for those with one value in them.

    `rows` are the conditions on the table for that value, `events` the same on `Event`.
    """

    event_type: str | None
    rows: tuple[Condition, ...] = ()
    events: tuple[Condition, ...] = ()

    @property
    def table(self) -> Any:
        """The one that has them; a customer has one such row at most."""
        if self.rows:
            return PropertyActivity
        return CustomerActivity if self.event_type is None else Activity

    def did(self, interval: Interval) -> Condition:
        """Who has such an event in an interval."""
        in_interval = interval.bounds(Event.occurred_at)
        if interval.start is None:
            return self.began(interval)
        if interval.end is not None:
            of_type = [] if self.event_type is None else [Event.type == self.event_type]
            events = sa.select(Event.customer_id).where(*of_type, *self.events, *in_interval)
            return among(Customer.id, events)
        newest = self._customers(*interval.bounds(self.table.last_at))
        theirs = self._theirs(*in_interval).exists()
        earlier = self._customers(self.table.last_at > interval.now, theirs)
        return among(Customer.id, newest, earlier, is_quick=True)

    def began(self, interval: Interval) -> Condition:
        """Whose first such event lies in an interval."""
        begun = self._customers(*interval.bounds(self.table.first_at))
        return among(Customer.id, begun, is_quick=True)

    def did_lately(self, number: int, interval: Interval) -> Condition:
        """Who has so many such events, up to `MOST_KEPT`, or more, in an interval until now."""
        nth = nth_newest(self.table.newest_at, sa.literal(number))
        enough = [self.table.event_count >= number, nth >= interval.start]
        in_interval = interval.bounds(self._by_row(self.table.last_at))
        newest = self._customers(*in_interval, *enough, by_row=True)
        recount = _number(self._theirs(*interval.bounds(Event.occurred_at)))
        earlier = self._customers(self.table.last_at > interval.now, recount >= number)
        return among(Customer.id, newest, earlier, is_quick=True)

    def did_so_often(self, comparison: Comparison, number: int, now: datetime) -> Condition:
        """Who had done it so often at `now`, which is at least once."""
        often = comparison.holds(self.table.event_count, number)
        recounted = comparison.holds(_number(self._theirs(Event.occurred_at <= now)), number)
        not_later = self._by_row(self.table.last_at) <= now
        counted = self._customers(not_later, often, by_row=True)
        earlier = self._customers(self.table.last_at > now, recounted)
        return among(Customer.id, counted, earlier, is_quick=True)

    def _customers(self, *conditions: Condition, by_row: bool = False) -> sa.Select[Any]:
        """Whose profile is such; `by_row` for conditions on more than the index has."""
        rows = sa.select(self.table.customer_id).where(*self.rows, *conditions)
        if self.event_type is None:
            return rows
        column = self._by_row(self.table.type) if by_row else self.table.type
        return rows.where(column == self.event_type)

    def _by_row(self, column: Any) -> Any:
        # To look up each row of the index takes SQLite ten times as long as to read all in order.
        return column if self.rows else not_by_index(column)

    def _theirs(self, *conditions: Condition) -> sa.Select[Any]:
        """The events that a row counts, found by their customer."""
        row = self.table
        same = [Event.customer_id == row.customer_id]
        if self.event_type is not None:
            same.append(not_by_index(Event.type) == row.type)
        return sa.select(Event.id).where(*same, *self.events, *conditions).correlate(row)


@dataclass(frozen=True, slots=True)
class Equality:
    """That events of a type have a value at a path."""

    event_type: str
    path: Path
    value: Any

    def profiles(self, property_id: int) -> Profiles:
        """Those of just these events, when the path is that of a tracked property."""
        rows = (PropertyActivity.property_id == property_id, PropertyActivity.value == self.value)
        events = (json_equals(Event.properties, self.value, *steps(self.path)),)
        return Profiles(self.event_type, rows, events)


def _number(events: sa.Select[Any]) -> Any:
    return events.with_only_columns(sa.func.count()).scalar_subquery()


def exists_at(now: datetime) -> Condition:
    """Who exists at `now`: all but those whose first event is later."""
    # Only those with some later event are looked at: while `now` is now, nobody.
    table = CustomerActivity
    unborn = sa.select(table.customer_id).where(table.last_at > now, table.first_at > now)
    return sa.not_(among(Customer.id, unborn, is_quick=True))
