"""Windows of time: the last days, longer ago, between two days; each with its label and English."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, SerializeAsAny, WithJsonSchema

from pipeline.rules.english import days_in_words
from pipeline.rules.fields import Days, Part, Required, checked
from pipeline.rules.intervals import Interval

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Window(Part):
    """What all windows share; one field each, whose name tells them apart."""

    label: ClassVar[str]

    def interval(self, now: datetime) -> Interval:
        """The moments that it means at `now`."""
        raise NotImplementedError

    @property
    def is_empty(self) -> bool:
        """Whether no moment can be in it."""
        return False

    def phrase(self) -> str:
        """When, in English, to follow what was done."""
        raise NotImplementedError


class LastDays(Window):
    """At or after now minus so many times 24 hours."""

    label = "in the last … days"
    last_days: Days

    @property
    def period(self) -> timedelta:
        """How long that is."""
        return timedelta(days=self.last_days)

    def interval(self, now: datetime) -> Interval:
        return Interval(now - self.period, None, now)

    def phrase(self) -> str:
        return f"in the last {days_in_words(self.last_days)}"


class OlderThanDays(Window):
    """Before now minus so many times 24 hours."""

    label = "more than … days ago"
    older_than_days: Days

    def interval(self, now: datetime) -> Interval:
        return Interval(None, now - timedelta(days=self.older_than_days), now)

    def phrase(self) -> str:
        days = "a day" if self.older_than_days == 1 else days_in_words(self.older_than_days)
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


def last_day(after: date) -> date:
    """The last day of those that end as `after` begins; before the first of all days is none."""
    return after - min(timedelta(days=1), after - date.min)


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

    @property
    def is_empty(self) -> bool:
        start, end = self.between
        return end <= start

    def phrase(self) -> str:
        first, after = (date.fromisoformat(day) for day in self.between)
        last = last_day(after)
        return f"on {first}" if last == first else f"from {first} to {last}"


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


class Windowed(Part):
    """What rules with a window share; each has the field where it is to be checked."""

    if TYPE_CHECKING:
        window: WindowOrNull

    @property
    def is_never(self) -> bool:
        """Whether no moment can be in the window."""
        return self.window is not None and self.window.is_empty

    def interval(self, now: datetime) -> Interval:
        """The moments that the window means at `now`; no window is ever."""
        return self.window.interval(now) if self.window else Interval(None, None, now)

    def when(self) -> str:
        """When, in English, after a space; nothing for ever."""
        return f" {self.window.phrase()}" if self.window else ""
