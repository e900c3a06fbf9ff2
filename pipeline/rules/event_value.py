"""Kind `event_value`: what a property of somebody's events adds up to."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import Any

import sqlalchemy as sa

from pipeline.models import Customer, Event
from pipeline.rules.comparisons import COMPARISONS, Comparison
from pipeline.rules.english import quoted
from pipeline.rules.fields import Number, Path, one_of
from pipeline.rules.intervals import Condition
from pipeline.rules.occurrence import Occurrence
from pipeline.rules.paths import in_words, steps
from pipeline.rules.rule import Evidence, Mention, Rule
from pipeline.rules.windows import Windowed, WindowOrNull
from pipeline.sql import (
    EXACT,
    Step,
    among,
    json_average_sign,
    json_number,
    json_scalar,
    json_sign,
    json_sum_sign,
    sign_of,
)
from pipeline.sql import Number as AnyNumber


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A way to make one number of many values: its menu label, its SQL, its English.

    `sign(properties, number, path)` is -1, 0 or 1 for the aggregate minus a number, and NULL when
    there is nothing to aggregate; a sign needs no division and loses no digit. For one customer's
    explanation, `values(properties, path)` is a column of what `total` makes the number of.
    """

    name: str
    label: str
    sign: Callable[[Any, AnyNumber, list[Step]], Any]
    words: str
    total: Callable[[list[Decimal]], Decimal]
    values: Callable[[Any, list[Step]], Any] = lambda properties, path: json_number(
        properties, *path
    )


def _different(properties: Any, path: list[Step]) -> Any:
    return sa.func.count(json_scalar(properties, *path).distinct())


def _distinct_sign(properties: Any, number: AnyNumber, path: list[Step]) -> Any:
    count = _different(properties, path)
    return sa.case((count > 0, sign_of(count, number)))


def _sum(numbers: list[Decimal]) -> Decimal:
    return reduce(EXACT.add, numbers)


AGGREGATES = {
    aggregate.name: aggregate
    for aggregate in (
        Aggregate(
            "sum",
            "total",
            lambda properties, number, path: json_sum_sign(properties, number, *path),
            "{path} adding up to {number}",
            _sum,
        ),
        Aggregate(
            "avg",
            "average",
            lambda properties, number, path: json_average_sign(properties, number, *path),
            "{path} averaging {number}",
            lambda numbers: _sum(numbers) / len(numbers),
        ),
        # The sign grows with the number: the smallest number has the smallest sign.
        Aggregate(
            "min",
            "smallest",
            lambda properties, number, path: sa.func.min(json_sign(properties, number, *path)),
            "a smallest {path} of {number}",
            min,
        ),
        Aggregate(
            "max",
            "largest",
            lambda properties, number, path: sa.func.max(json_sign(properties, number, *path)),
            "a largest {path} of {number}",
            max,
        ),
        Aggregate(
            "distinct",
            "number of different",
            _distinct_sign,
            "{number} different values of {path}",
            lambda counted: counted[0],
            # Of no value there is no number of different ones, as there is no total.
            lambda properties, path: sa.func.nullif(_different(properties, path), 0),
        ),
    )
}


class EventValue(Windowed, Occurrence, Rule):
    """Did such events, and a property of theirs adds up to so much."""

    kind = "event_value"
    label = "a property's total, average, …"
    window: WindowOrNull
    path: Path
    aggregate: one_of(AGGREGATES)  # type: ignore[valid-type]
    op: one_of(COMPARISONS)  # type: ignore[valid-type]
    value: Number

    @property
    def implies_event(self) -> bool:
        return True

    @property
    def decided(self) -> bool | None:
        no_event = self.is_impossible or self.is_never
        no_count = self.aggregate == "distinct" and not self._is_count()
        return False if no_event or no_count else None

    def _is_count(self) -> bool:
        """Whether a number of at least one can compare so."""
        counts = (1, max(1, int(self.value)), math.inf)
        return any(self._comparison.holds(count, self.value) for count in counts)

    @property
    def mentions(self) -> list[Mention]:
        filters = self.mention
        return [Mention(filters.event_type, [*filters.paths, self.path])]

    def where(self, now: datetime) -> Condition:
        sign = self._aggregate.sign(Event.properties, self.value, steps(self.path))
        query = (
            sa.select(Event.customer_id)
            .where(*self.evidence(now).events)
            .group_by(Event.customer_id)
            .having(self._comparison.holds(sign, 0))
        )
        return among(Customer.id, query, each_once=True)

    def evidence(self, now: datetime) -> Evidence:
        events = [*self.holds(), *self.interval(now).bounds(Event.occurred_at)]
        values = self._aggregate.values(Event.properties, steps(self.path))
        return Evidence(events, measure=(values, self._aggregate.total))

    def sentence(self) -> str:
        number = f"{self._comparison.words} {quoted(self.value)}"
        what = self._aggregate.words.format(path=in_words(self.path), number=number)
        return f"did {self.words(what)}{self.when()}"

    @property
    def _aggregate(self) -> Aggregate:
        return AGGREGATES[self.aggregate]

    @property
    def _comparison(self) -> Comparison:
        return COMPARISONS[self.op]
