"""Kind `event_value`: what a property of somebody's events adds up to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.models import Customer, Event
from pipeline.rules.comparisons import COMPARISONS, Comparison
from pipeline.rules.english import quoted
from pipeline.rules.fields import Number, Path, one_of
from pipeline.rules.occurrence import Occurrence
from pipeline.rules.paths import in_words, steps
from pipeline.rules.rule import Condition, Rule
from pipeline.rules.windows import WindowOrNull, interval
from pipeline.sql import Number as AnyNumber
from pipeline.sql import (
    Step,
    json_average_sign,
    json_scalar,
    json_sign,
    json_sum_sign,
    sign_of,
)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A way to make one number of many values: its menu label, its SQL, its English.

    `sign(properties, number, path)` is -1, 0 or 1 for the aggregate minus a number, and NULL when
    there is nothing to aggregate. Signs need no division and lose no digit.
    """

    name: str
    label: str
    sign: Callable[[Any, AnyNumber, list[Step]], Any]
    words: str


def _distinct_sign(properties: Any, number: AnyNumber, path: list[Step]) -> Any:
    count = sa.func.count(json_scalar(properties, *path).distinct())
    return sa.case((count > 0, sign_of(count, number)))


AGGREGATES = {
    aggregate.name: aggregate
    for aggregate in (
        Aggregate("sum", "sum", lambda p, n, path: json_sum_sign(p, n, *path), "a total {} of"),
        Aggregate(
            "avg", "average", lambda p, n, path: json_average_sign(p, n, *path), "an average {} of"
        ),
        # The sign grows with the number: the smallest number has the smallest sign.
        Aggregate(
            "min",
            "smallest",
            lambda p, n, path: sa.func.min(json_sign(p, n, *path)),
            "a smallest {} of",
        ),
        Aggregate(
            "max",
            "largest",
            lambda p, n, path: sa.func.max(json_sign(p, n, *path)),
            "a largest {} of",
        ),
        Aggregate("distinct", "number of different", _distinct_sign, "different values of {}:"),
    )
}


class EventValue(Occurrence, Rule):
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

    def where(self, now: datetime) -> Condition:
        sign = AGGREGATES[self.aggregate].sign(Event.properties, self.value, steps(self.path))
        query = (
            sa.select(Event.customer_id)
            .where(*self.holds(), *interval(self.window, now).bounds(Event.occurred_at))
            .group_by(Event.customer_id)
            .having(self._comparison.holds(sign, 0))
        )
        return Customer.id.in_(query)

    def sentence(self) -> str:
        what = AGGREGATES[self.aggregate].words.format(in_words(self.path))
        when = f" {self.window.phrase()}" if self.window else ""
        return f"did {self.words()} with {what} {self._comparison.words} {quoted(self.value)}{when}"

    @property
    def _comparison(self) -> Comparison:
        return COMPARISONS[self.op]
