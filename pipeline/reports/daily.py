"""Events per day. Counts in the index on type and time, without touching an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.models import Event
from pipeline.sql import Timestamp, json_rows, kind_of, timestamp_text

#: What `each_day` has of each period.
PERIOD: dict[str, sa.types.TypeEngine[Any]] = {
    "type": sa.String(),
    "position": sa.Integer(),
    "starts_at": Timestamp(),
    "ends_at": Timestamp(),
}


@dataclass(frozen=True, slots=True)
class DailyEvents:
    """Events day by day: a number a day for each type, and for all others together.

    The most frequent type comes first, and the others are those that come after the last.
    """

    events: dict[str, list[int]]
    others: list[int]
    other_types: int


def daily_events(
    session: Session,
    types: Sequence[str],
    days: Sequence[datetime],
    *,
    at_most: int,
    now: datetime,
) -> DailyEvents:
    """How many events of these types each day had, for so many of the types one by one.

    `days` are the moments at which days begin, in order; a day ends where the next begins, the
    last with `now`. So a day is what it is to the reader, with its 23 or 25 hours now and then.
    """
    counts: dict[str, list[int]] = {name: [0] * len(days) for name in types}
    rows = session.execute(_counts(kind_of(session)), {"rows": each_day(types, days, now)})
    for name, position, number in rows:
        counts[name][position] = number
    ranked = sorted(counts, key=lambda name: (-sum(counts[name]), name))
    first, rest = ranked[:at_most], ranked[at_most:]
    others = [sum(counts[name][position] for name in rest) for position in range(len(days))]
    return DailyEvents({name: counts[name] for name in first}, others, len(rest))


def each_day(types: Sequence[str | None], days: Sequence[datetime], now: datetime) -> str:
    """A `PERIOD` for each type and day, as JSON for one parameter."""
    ends = [*days[1:], now]
    return exact_json.dumps(
        [
            (name, position, timestamp_text(starts_at), timestamp_text(ends_at))
            for name in types
            for position, (starts_at, ends_at) in enumerate(zip(days, ends, strict=True))
        ]
    )


def _counts(kind: str) -> sa.Select[Any]:
    # One count a day and type: each is a walk along the index. Grouping all events of all days
    # by day takes three to five times as long on either database.
    period = json_rows(kind, PERIOD).cte("period").c
    events = sa.select(sa.func.count()).where(
        Event.type == period.type,
        Event.occurred_at >= period.starts_at,
        Event.occurred_at < period.ends_at,
    )
    return sa.select(period.type, period.position, events.scalar_subquery())
