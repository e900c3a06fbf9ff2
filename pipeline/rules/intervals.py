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

    def bounds(self, moment: Any) -> list[Condition]:
        """The conditions that a column's moment lies in it."""
        begun = [] if self.start is None else [moment >= self.start]
        not_over = [] if self.end is None else [moment < self.end]
        return [*begun, *not_over, moment <= self.now]
