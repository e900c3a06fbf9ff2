"""Scalars: the strings, numbers and booleans in JSON, and where in it they are."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from pipeline import exact_json
from pipeline.sql.numbers import Number, canonical

Step = str | int


class Scalar(sa.types.TypeDecorator[Any]):
    """A string, number or boolean, equal to another when both type and value are.

    JSONB on PostgreSQL; on SQLite a text that begins with the type.
    """

    impl = sa.String()
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        impl: sa.types.TypeEngine[Any]
        impl = postgresql.JSONB() if dialect.name == "postgresql" else sa.String()
        return dialect.type_descriptor(impl)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return value if dialect.name == "postgresql" else typed_text(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        as_it_is = value is None or dialect.name == "postgresql"
        return value if as_it_is else _from_typed_text(value)


class Scalars(sa.types.TypeDecorator[Sequence[Any]]):
    """Several scalars in one JSON array: as they are on PostgreSQL, as `typed_text` on SQLite."""

    impl = sa.String()
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, dialect: sa.Dialect) -> str:
        values = value if dialect.name == "postgresql" else [*map(typed_text, value or ())]
        return exact_json.dumps(values)


def scalar(value: str | Number | bool) -> sa.BindParameter[Any]:
    """A value for a `json_scalar` to be compared with."""
    return sa.literal(value, Scalar())


class Place(sa.types.TypeDecorator[Sequence[Step]]):
    """A path in a column, for `short_scalar`; it is not read back."""

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: Sequence[Step] | None, dialect: sa.Dialect) -> str | None:
        if value is None or dialect.name == "sqlite":
            return None if value is None else exact_json.dumps(value)
        # Strict: a key of an array, or a number in an object, is nowhere.
        steps = (f"[{s}]" if isinstance(s, int) else f".{exact_json.dumps(s)}" for s in value)
        return f"strict ${''.join(steps)}"


#: Bytes of a scalar as JSON up to which `short_scalar` is sure to find it.
SHORT = 200
#: Bytes beyond which it finds none, as either database writes it.
LONGEST = 1_000


def is_short(value: str | Number | bool) -> bool:
    """Whether `short_scalar` finds this value wherever it is."""
    return len(exact_json.dumps(value).encode()) <= SHORT


def typed_text(value: str | Number | bool) -> str:
    """A scalar as a text that only equal ones of the same type have."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"s{value}" if isinstance(value, str) else f"n{canonical(value)}"


def _from_typed_text(text: str) -> str | Number | bool:
    if text in ("true", "false"):
        return text == "true"
    return text[1:] if text.startswith("s") else exact_json.number(text[1:])
