"""Windows of time: the last days, longer ago, between two days; each with its label and English."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from pydantic import BeforeValidator, Field, SerializeAsAny, WithJsonSchema

from pipeline.rules.english import days_in_words
from pipeline.rules.fields import Days, Part, Required, checked
from pipeline.rules.rule import Condition

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


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


class Window(Part):
    """What all windows share; one field each, whose name tells them apart."""

    label: ClassVar[str]

    def interval(self, now: datetime) -> Interval:
        """The moments that it means at `now`."""
        raise NotImplementedError

    def phrase(self) -> str:
        """When, in English, to follow what was done."""
        raise NotImplementedError


class LastDays(Window):
    """At or after now minus so many times 24 hours."""

    label = "in the last … days"
    last_days: Days

    def interval(self, now: datetime) -> Interval:
        return Interval(now - timedelta(days=self.last_days), None, now)

    def phrase(self) -> str:
        return f"in the last {days_in_words(self.last_days)}"


class OlderThanDays(Window):
    """Before now minus so many times 24 hours."""

    label = "more than … days ago"
    older_than_days: Days

    def interval(self, now: datetime) -> Interval:
        return Interval(None, now - timedelta(days=self.older_than_days), now)

    def phrase(self) -> str:
        days = "1 day" if self.older_than_days == 1 else days_in_words(self.older_than_days)
        return f"more than {days} ago"


def _two_days(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("must be a list of two dates such as 2026-06-15")
    return [_day(each) for each in value]


def _day(value: object) -> str:
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value).isoformat()
    raise ValueError("must be a list of two dates such as 2026-06-15")


class Between(Window):
    """From the start of the first day (UTC) to the start of the second, the end exclusive."""

    label = "between … and …"
    between: Annotated[
        list[str],
        BeforeValidator(_two_days),
        WithJsonSchema(
            {
                "type": "array",
                "items": {"type": "string", "format": "date"},
                "minItems": 2,
                "maxItems": 2,
            }
        ),
        Required,
    ]

    def interval(self, now: datetime) -> Interval:
        start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in self.between)
        return Interval(start, end, now)

    def phrase(self) -> str:
        start, end = self.between
        return f"from {start} until before {end}"


WINDOWS: dict[str, type[Window]] = {
    "lastDays": LastDays,
    "olderThanDays": OlderThanDays,
    "between": Between,
}


def _window(value: object) -> Window | None:
    if value is None or isinstance(value, Window):
        return value
    if not isinstance(value, Mapping):
        raise ValueError("must be a JSON object or null")
    given = [window for name, window in WINDOWS.items() if name in value]
    if len(given) != 1:
        raise ValueError(f"must have exactly one of: {', '.join(WINDOWS)}")
    return checked(given[0], value)


def _schema() -> dict[str, Any]:
    forms = (window.model_json_schema() for window in WINDOWS.values())
    return {"anyOf": [*forms, {"type": "null"}]}


WindowOrNull = Annotated[
    SerializeAsAny[Window] | None,
    BeforeValidator(_window),
    WithJsonSchema(_schema()),
    Field(default=None),
]


def interval(window: Window | None, now: datetime) -> Interval:
    """The moments that a window means at `now`; no window is ever."""
    return window.interval(now) if window else Interval(None, None, now)
