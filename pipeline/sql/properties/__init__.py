"""What is under a path in a JSON column: its text, its number, its scalar, whether it is there.

A path is one step or several: a string is a key, taken literally whatever dots, quotes or dollars
are in it; a whole number picks an array element. A key of an array, or a number in an object, leads
nowhere. JSON null counts as nothing.
"""

from pipeline.sql.properties import postgresql  # noqa: F401 - its SQL is known by importing it
from pipeline.sql.properties.functions import (
    is_one_of,
    json_average_sign,
    json_equals,
    json_exists,
    json_number,
    json_scalar,
    json_sign,
    json_string,
    json_sum_sign,
    short_scalar,
    sign_of,
)
from pipeline.sql.properties.scalars import Place, Scalar, Step, is_short, scalar, typed_text
from pipeline.sql.properties.sqlite import extend_sqlite

__all__ = [
    "Place",
    "Scalar",
    "Step",
    "extend_sqlite",
    "is_one_of",
    "is_short",
    "json_average_sign",
    "json_equals",
    "json_exists",
    "json_number",
    "json_scalar",
    "json_sign",
    "json_string",
    "json_sum_sign",
    "scalar",
    "short_scalar",
    "sign_of",
    "typed_text",
]
