"""Intervals of time, as conditions on a column."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Interval:
    """The moments at or after `start` and before `end`, where given, and never after `now`."""

    start: datetime | None
    end: datetime | None
    now: datetime

    def contains(self, moment: Any) -> Condition:
        """The condition that a column's moment lies in it."""
        return sa.and_(*self.bounds(moment))

    def bounds(self, moment: Any) -> list[Condition]:
        """The same as separate conditions."""
        return [*self.begun(moment), *self.not_over(moment)]

    def begun(self, moment: Any) -> list[Condition]:
        """The conditions that a moment is not before the interval."""
        return [] if self.start is None else [moment >= self.start]

    def not_over(self, moment: Any) -> list[Condition]:
        """The conditions that a moment is not after the interval."""
        return [moment <= self.now] if self.end is None else [moment <= self.now, moment < self.end]
