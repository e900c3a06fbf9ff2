"""What there is to choose from: event types, their properties, the values of those.

Types are counted exactly, from the profile. Properties and values are those of a sample, the newest
events of a type, so that the answer takes no longer with many events than with few; what is only in
older ones is missing from it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Activity, Event
from pipeline.rules.paths import Path
from pipeline.sql import Step, typed_text

SAMPLE = 1_000
MOST_VALUES = 50
_DEEPEST = 4

Scalar = str | int | float | Decimal | bool


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type: how many events and customers have it, when the first and the newest was."""

    name: str
    events: int
    customers: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ObservedValue:
    """A value and how many of the sampled events have it."""

    value: Scalar
    events: int


@dataclass(frozen=True, slots=True)
class ObservedProperty:
    """A property, how many of the sampled events have it, its up to 50 most frequent values.

    `path` is as in a rule: a top-level key, or the keys to a nested value.
    """

    path: Path
    events: int
    values: list[ObservedValue]


@dataclass(frozen=True, slots=True)
class ObservedProperties:
    """The properties of the newest events of a type, most frequent first."""

    sampled: int
    properties: list[ObservedProperty]


def event_types(session: Session) -> list[EventType]:
    """All event types, most frequent first."""
    events = sa.cast(sa.func.sum(Activity.event_count), sa.BigInteger)
    query = (
        sa.select(
            Activity.type,
            events,
            sa.func.count(),
            sa.func.min(Activity.first_at),
            sa.func.max(Activity.last_at),
        )
        .group_by(Activity.type)
        .order_by(events.desc(), Activity.type)
    )
    return [EventType(*row) for row in session.execute(query)]


def observed(session: Session, event_type: str, *, newest: int = SAMPLE) -> ObservedProperties:
    """The properties of the newest events of a type and their values."""
    events = recent_properties(session, event_type, newest=newest)
    found: dict[tuple[Step, ...], _Tally] = {}
    for properties in events:
        for path, value in _walk(properties):
            found.setdefault(path, _Tally()).add(value)
    by_frequency = sorted(found.items(), key=lambda item: (-item[1].events, str(item[0])))
    return ObservedProperties(len(events), [tally.of(path) for path, tally in by_frequency])


def recent_properties(
    session: Session, event_type: str, *, newest: int = SAMPLE
) -> list[dict[str, Any]]:
    """The properties of the newest events of a type."""
    query = sa.select(Event.properties).where(Event.type == event_type)
    return [*session.scalars(query.order_by(Event.occurred_at.desc()).limit(newest))]


class _Tally:
    """Counts the values of one property."""

    def __init__(self) -> None:
        self.events = 0
        self._counts = Counter[str]()
        self._values: dict[str, Scalar] = {}

    def add(self, value: Any) -> None:
        self.events += 1
        if isinstance(value, Scalar):
            key = typed_text(value)
            self._counts[key] += 1
            self._values.setdefault(key, value)

    def of(self, path: tuple[Step, ...]) -> ObservedProperty:
        top = self._counts.most_common(MOST_VALUES)
        values = [ObservedValue(self._values[key], count) for key, count in top]
        (first, *rest) = path
        return ObservedProperty([*path] if rest else str(first), self.events, values)


def _walk(properties: dict[str, Any], above: tuple[Step, ...] = ()) -> Iterator[tuple[Any, Any]]:
    for key, value in properties.items():
        path = (*above, key)
        if value is not None:
            yield path, value
        if isinstance(value, dict) and len(path) < _DEEPEST:
            yield from _walk(value, path)
