"""What the profiles answer without events; exactly, also for a `now` in the past.

A row answers for itself when its newest event is not after `now`. Of the others the newest moments
tell as long as they reach back far enough, and else their events. While `now` is now there are none
of those, and that part costs nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from pipeline.models import Activity, Customer, CustomerActivity, Event, PropertyActivity
from pipeline.rules.comparisons import Comparison
from pipeline.rules.intervals import Condition, Interval
from pipeline.rules.paths import Path, steps
from pipeline.sql import (
    MOST_KEPT,
    among,
    json_equals,
    not_by_index,
    nth_newest,
    number_after,
    several_between,
    unpacked,
)


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles for events of a type (None: of any), or for those with one value in them.

    `rows` are the conditions on the table for that value, `events` the same on `Event`. `read` is
    what has them instead of the table: see `through`.
    """

    event_type: str | None
    rows: tuple[Condition, ...] = ()
    events: tuple[Condition, ...] = ()
    read: Any = None

    @property
    def table(self) -> Any:
        """The one that has them; a customer has one such row at most."""
        if self.read is not None:
            return self.read
        if self.rows:
            return PropertyActivity
        return CustomerActivity if self.event_type is None else Activity

    def _nth(self, n: int) -> Any:
        return nth_newest(self.table.newest_at, n)

    def _reaching_back(self, moment: datetime) -> list[Condition]:
        """That no moment of a row is before one, and that it had to leave others out."""
        return [self.table.event_count > MOST_KEPT, self._nth(MOST_KEPT) >= moment]

    def _only_newer(self, moment: datetime) -> list[Condition]:
        """That all moments of a row are after one, and that it had to leave others out."""
        # The number comes first: it decides, where a moment that is not there leaves it open.
        return [self.table.event_count > MOST_KEPT, self._nth(MOST_KEPT) > moment]

    def did(self, interval: Interval) -> among:
        """Who has such an event in an interval."""
        in_interval = interval.bounds(Event.occurred_at)
        if interval.start is None:
            return self.began(interval)
        if interval.end is not None:
            of_type = [] if self.event_type is None else [Event.type == self.event_type]
            events = sa.select(Event.customer_id).where(*of_type, *self.events, *in_interval)
            return among(Customer.id, events)
        start, now = interval.start, interval.now
        return self._as_of(
            now,
            interval.bounds(self.table.last_at),
            [several_between(self.table.newest_at, 1, start, now)],
            [*self._only_newer(now), self.table.first_at <= now],
            lambda events: _are_so_many(1, events(*in_interval)),
            by_row=False,
        )

    def through(self, *conditions: Condition) -> "Profiles":
        """The same, for who goes through all rows that are such, and asks much of each."""
        table = self.table
        figures = (table.event_count, table.first_at, table.last_at)
        nth = (getattr(table, name) for name in table.nth_at.values())
        moments = unpacked(table.newest_at).label("newest_at")
        rows = self._customers(*conditions, by_row=True).add_columns(*figures, *nth, moments)
        # Without an OFFSET PostgreSQL would unpack them wherever they are asked for.
        rows = rows.suffix_with("OFFSET 0", dialect="postgresql")
        return replace(self, read=aliased(table, rows.subquery(), adapt_on_names=True))

    def has_so_many(self, number: int, start: datetime, end: datetime) -> Condition:
        """Whether a row has so many such events, up to `MOST_KEPT`, from `start` to `end`.

        For who goes `through` all rows.
        """
        table, events = self.table, Interval(start, None, end).bounds(Event.occurred_at)
        since = [table.last_at >= start] if number == 1 else self._so_many_since(number, start)
        shown = several_between(table.newest_at, number, start, end)
        looked_up = _are_so_many(number, self._theirs(table.customer_id, *events))
        hidden = sa.and_(*self._reaching_back(start), table.first_at <= end, looked_up)
        return sa.case((table.last_at <= end, sa.and_(*since)), else_=sa.or_(shown, hidden))

    def numbers(
        self, number: int, periods: Sequence[tuple[datetime, datetime]]
    ) -> sa.Select[*tuple[int, ...]]:
        """How many customers have so many such events in each of some periods.

        The rows are gone through once for all of them.
        """
        earliest, latest = min(start for start, _ in periods), max(end for _, end in periods)
        table = self.table
        rows = self.through(self._by_row(table.last_at) >= earliest, table.first_at <= latest)
        counts = (sa.func.count().filter(rows.has_so_many(number, *each)) for each in periods)
        return sa.select(*counts).select_from(rows.table)

    def began(self, interval: Interval) -> among:
        """Whose first such event lies in an interval."""
        begun = self._customers(*interval.bounds(self.table.first_at))
        return among(Customer.id, begun, is_quick=True)

    def did_lately(self, number: int, start: datetime, now: datetime) -> among:
        """Who has so many such events, up to `MOST_KEPT`, or more, from a moment until now."""
        interval = Interval(start, None, now)
        in_interval = interval.bounds(self._by_row(self.table.last_at))
        shown = several_between(self.table.newest_at, number, start, now)
        return self._as_of(
            now,
            [*in_interval, *self._so_many_since(number, start)],
            [shown],
            [*self._reaching_back(start), shown.is_not(sa.true())],
            lambda events: _are_so_many(number, events(*interval.bounds(Event.occurred_at))),
        )

    def _so_many_since(self, number: int, start: datetime) -> list[Condition]:
        """That so many are from `start` on: a column with one of them narrows it down."""
        exact = [self.table.event_count >= number, self._nth(number) >= start]
        nearest = max((n for n in self.table.nth_at if n <= number), default=None)
        if nearest is None:
            return exact
        reached = getattr(self.table, self.table.nth_at[nearest]) >= start
        return [reached] if nearest == number else [reached, *exact]

    def did_so_often(self, comparison: Comparison, number: int, now: datetime) -> among:
        """Who had done it so often at `now`, which is at least once."""
        count, oldest = self.table.event_count, self._nth(MOST_KEPT)
        not_later = self._by_row(self.table.last_at) <= now
        until_then = count - number_after(self.table.newest_at, now)
        return self._as_of(
            now,
            [not_later, comparison.holds(count, number)],
            [sa.or_(count <= MOST_KEPT, oldest <= now), comparison.holds(until_then, number)],
            self._only_newer(now),
            lambda events: comparison.holds(_number(events(Event.occurred_at <= now)), number),
        )

    def _as_of(
        self,
        now: datetime,
        until_now: Sequence[Condition],
        shown: Sequence[Condition],
        hidden: Sequence[Condition],
        recount: Callable[[Callable[..., sa.Select[Any]]], Condition],
        *,
        by_row: bool = True,
    ) -> among:
        """Those who did nothing since, and of the others those whose profile shows it.

        `hidden` are those with more newer events than a profile keeps: their events are recounted.
        """
        later = self.table.last_at > now
        done = self._customers(*until_now, by_row=by_row)
        shown_later, rows = self._customers(later, *shown), self._customers(later, *hidden)

        def alone() -> list[sa.Select[Any]]:
            # In one look at their row.
            looked_up = sa.and_(*hidden, recount(partial(self._theirs, self.table.customer_id)))
            since = sa.and_(later, sa.or_(sa.and_(*shown), looked_up))
            return [self._customers(sa.or_(sa.and_(*until_now), since))]

        # For many, with an OFFSET: PostgreSQL goes through all rows in several processes only where
        # nothing is looked up for each of them.
        few = rows.offset(0).subquery()
        several = sa.select(few.c.customer_id)
        several = several.where(recount(partial(self._theirs, few.c.customer_id)))
        return among(Customer.id, done, shown_later, several, alone=alone, is_quick=True)

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

    def _theirs(self, customer_id: Any, *conditions: Condition) -> sa.Select[Any]:
        """The events that a customer's row counts, found by the customer."""
        theirs = sa.select(Event.occurred_at).where(Event.customer_id == customer_id)
        if self.event_type is not None:
            theirs = theirs.where(not_by_index(Event.type) == self.event_type)
        return theirs.where(*self.events, *conditions).correlate_except(Event)


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


@dataclass(frozen=True, slots=True)
class Lately:
    """That somebody did something so often in the last days, as far as profiles answer it."""

    profiles: Profiles
    number: int
    period: timedelta

    def where(self, now: datetime) -> among:
        """Who did, at a moment."""
        start = now - self.period
        if self.number == 1:
            return self.profiles.did(Interval(start, None, now))
        return self.profiles.did_lately(self.number, start, now)

    def numbers(self, moments: Sequence[datetime]) -> sa.Select[*tuple[int, ...]]:
        """How many did, at each of some moments, from one pass over the profiles."""
        return self.profiles.numbers(self.number, [(at - self.period, at) for at in moments])


def _are_so_many(number: int, events: sa.Select[Any]) -> Condition:
    return events.offset(0).exists() if number == 1 else _number(events) >= number


def _number(events: sa.Select[Any]) -> Any:
    return events.with_only_columns(sa.func.count()).scalar_subquery()


def exists_at(now: datetime) -> Condition:
    """Who exists at `now`: all but those whose first event is later."""
    # Only those with some later event are looked at: while `now` is now, nobody.
    table = CustomerActivity
    unborn = sa.select(table.customer_id).where(table.last_at > now, table.first_at > now)
    return sa.not_(among(Customer.id, unborn, is_quick=True))
