"""The functions of JSON columns; `postgresql` and `sqlite` have their SQL."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline import exact_json
from pipeline.sql.numbers import Number, canonical
from pipeline.sql.properties.scalars import Scalar, Scalars, Step, scalar


class AtPath(sa.sql.functions.FunctionElement[Any]):
    """A function of a JSON column and a path in it; some have parameters beside."""

    inherit_cache = True

    def __init__(self, column: Any, *path: Step, parameters: Sequence[Any] = ()) -> None:
        steps = [sa.literal(s, sa.Integer() if isinstance(s, int) else sa.String()) for s in path]
        super().__init__(column, sa.literal(exact_json.dumps(path)), *parameters, *steps)

    def split(self) -> tuple[Any, Any, list[Any], list[Any]]:
        """The column, the path as JSON, the parameters and the steps of the path."""
        column, path, *rest = self.clauses
        return column, path, [], rest


class json_string(AtPath):
    """`json_string(column, *path)`: the string there, else NULL."""

    type = sa.String()
    inherit_cache = True


class json_exists(AtPath):
    """`json_exists(column, *path)`: whether anything but null is there; never NULL."""

    type = sa.Boolean()
    inherit_cache = True


class json_scalar(AtPath):
    """`json_scalar(column, *path)`: the string, number or boolean there, else NULL."""

    type = Scalar()
    inherit_cache = True


class json_equals(sa.sql.functions.FunctionElement[bool]):
    """`json_equals(column, value, *path)`: whether the scalar there is this one.

    False or NULL where it is not.
    """

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, column: Any, value: str | Number | bool, *path: Step) -> None:
        is_text = isinstance(value, str)
        found = json_string(column, *path) if is_text else json_scalar(column, *path)
        equal = sa.literal(value) if is_text else scalar(value)
        containing = sa.literal(exact_json.dumps(_containing(value, path)))
        super().__init__(found, equal, column, containing)


def _containing(value: str | Number | bool, path: Sequence[Step]) -> Any:
    """The least that is around such a value: it does not say where in an array."""
    containing: Any = value
    for step in reversed(path):
        containing = [containing] if isinstance(step, int) else {step: containing}
    return containing


class is_one_of(sa.sql.functions.FunctionElement[bool]):
    """`is_one_of(json_scalar(…), values)`: whether it is one of the values; NULL for none.

    They are one parameter: SQLAlchemy takes seconds for 30,000, and SQLite takes no more.
    """

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, found: json_scalar, values: Sequence[Any]) -> None:
        super().__init__(found, sa.literal(values, Scalars()))


class short_scalar(sa.sql.functions.FunctionElement[Any]):
    """`short_scalar(column, place)`: as `json_scalar` at a `Place`, unless it is too long to index.

    A text in an index has to fit into a third of a page, so this ends at 1,000 bytes: more than
    any value that `is_short` comes to, however either database writes it.
    """

    type = Scalar()
    inherit_cache = True


class json_number(AtPath):
    """`json_number(column, *path)`: the number there, else NULL; a text of all its digits."""

    type = sa.String()
    inherit_cache = True


class _Compared(AtPath):
    type = sa.Integer()
    inherit_cache = True

    def __init__(self, column: Any, number: Number, *path: Step) -> None:
        digits = sa.literal(str(canonical(number)), sa.String())
        near = (sa.literal(bound, sa.Float()) for bound in _neighbourhood(number))
        super().__init__(column, *path, parameters=(digits, *near))

    def split(self) -> tuple[Any, Any, list[Any], list[Any]]:
        column, path, *rest = self.clauses
        return column, path, rest[:3], rest[3:]


class json_sign(_Compared):
    """`json_sign(column, number, *path)`: -1, 0 or 1 for the number there minus `number`.

    NULL when there is none.
    """

    inherit_cache = True


class json_sum_sign(_Compared):
    """`json_sum_sign(column, number, *path)`: -1, 0 or 1 for the sum of all minus `number`.

    An aggregate; NULL when there is no number.
    """

    inherit_cache = True


class json_average_sign(_Compared):
    """`json_average_sign(column, number, *path)`: as `json_sum_sign`, for the average."""

    inherit_cache = True


class sign_of(sa.sql.functions.FunctionElement[int]):
    """`sign_of(integer, number)`: -1, 0 or 1 for an integer's column minus a number."""

    type = sa.Integer()
    inherit_cache = True

    def __init__(self, integer: Any, number: Number) -> None:
        super().__init__(integer, sa.literal(str(canonical(number)), sa.String()))


def _neighbourhood(number: Number) -> tuple[float, float]:
    # SQLite reads a decimal into a double, not always the nearest one. What lies outside of these
    # bounds is smaller or larger for certain; what lies between is compared digit by digit.
    double = float(number)
    margin = max(abs(double) * 1e-9, 1e-300)
    return double - margin, double + margin
