"""Exact numbers on SQLite, whose own are 64-bit integers and doubles, as Python functions.

PostgreSQL has `numeric` and needs none of this. A number in transit is an integer where it fits
into 64 bits, else the shortest decimal text of its value, so equal numbers are equal values.
"""

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import lru_cache
from typing import Any

from pipeline import exact_json

Number = int | float | Decimal

#: Sums and differences of any size without rounding; it only takes the digits that it needs.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


def extend_sqlite(connection: Any) -> None:
    """Teach a new SQLite connection the functions that `pipeline.sql.properties` calls."""
    connection.create_function("exact_number", 2, _number_at, deterministic=True)
    connection.create_function("exact_sign", 2, _sign, deterministic=True)
    connection.create_aggregate("exact_sum_sign", 2, _SumSign)
    connection.create_aggregate("exact_average_sign", 2, _AverageSign)


def canonical(number: Number | str) -> int | str:
    """The one form of a number that all equal ones have."""
    value = _decimal(number).normalize(EXACT)
    # 64 bits hold no number of more than 19 digits.
    if value.as_tuple().exponent >= 0 and value.adjusted() < 19:  # type: ignore[operator]
        whole = int(value)
        if -(2**63) <= whole < 2**63:
            return whole
    return str(value)


def _decimal(number: Number | str) -> Decimal:
    # A float stands for its shortest text: that is how it is written as JSON.
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _number_at(properties: str, path: str) -> int | str:
    value: Any = exact_json.loads(properties)
    for step in path_of(path):
        value = value[step]
    return canonical(value)


@lru_cache
def path_of(path: str) -> list[str | int]:
    """The steps of a path from their JSON."""
    steps: list[str | int] = exact_json.loads(path)
    return steps


def _sign(left: Number | str, right: Number | str) -> int:
    a, b = _decimal(left), _decimal(right)
    return (a > b) - (a < b)


class _SumSign:
    """The sign of (the sum of numbers - a number); NULL for no numbers."""

    def __init__(self) -> None:
        self.count = 0
        self.total = Decimal()
        self.other = Decimal()

    def step(self, number: int | str | None, other: str) -> None:
        if number is not None:
            self.count += 1
            self.total = EXACT.add(self.total, _decimal(number))
            self.other = Decimal(other)

    def finalize(self) -> int | None:
        return _sign(self.total, self._others()) if self.count else None

    def _others(self) -> Decimal:
        return self.other


class _AverageSign(_SumSign):
    """The sign of (the average of numbers - a number), without a division; NULL for no numbers."""

    def _others(self) -> Decimal:
        return EXACT.multiply(self.other, Decimal(self.count))
