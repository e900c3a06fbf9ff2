"""How a number can compare with another: each way with its menu label, its test and its English."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """`holds(a, b)` tests numbers, or makes the condition when one of them is SQL."""

    name: str
    label: str
    holds: Callable[[Any, Any], Any]
    words: str
    negation: str

    @property
    def opposite(self) -> "Comparison":
        """The comparison that holds when this one does not."""
        return COMPARISONS[self.negation]


COMPARISONS = {
    comparison.name: comparison
    for comparison in (
        Comparison("equals", "exactly", operator.eq, "exactly", "not_equals"),
        Comparison("not_equals", "not exactly", operator.ne, "other than", "equals"),
        Comparison("greater", "more than", operator.gt, "more than", "less_or_equal"),
        Comparison("greater_or_equal", "at least", operator.ge, "at least", "less"),
        Comparison("less", "less than", operator.lt, "less than", "greater_or_equal"),
        Comparison("less_or_equal", "at most", operator.le, "at most", "greater"),
    )
}
