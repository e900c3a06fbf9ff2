"""The newest moments of many, newest first, in a column: "at least so often since" needs no more.

An array on PostgreSQL; on SQLite, which has none, one text of parts that are all equally long.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from pipeline.sql.columns import Timestamp
from pipeline.sql.statements import timestamp_of, timestamp_text

#: How many are kept. Rules that ask for more are rare, and each makes all profiles longer.
MOST_KEPT = 10

_LENGTH = len("2026-06-15 12:00:00.000000")


class Moments(sa.types.TypeDecorator[list[datetime]]):
    """At most `MOST_KEPT` moments, newest first, as `newest_of` and `newest_of_both` make them."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        array = postgresql.ARRAY(sa.DateTime(timezone=True))
        return dialect.type_descriptor(array if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: list[datetime] | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return "".join(map(timestamp_text, value))

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> list[datetime] | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return [moment.astimezone(UTC) for moment in value]
        return [timestamp_of(part) for part in _parts(value)]


class newest_of(sa.sql.functions.FunctionElement[list[datetime]]):
    """`newest_of(column)`: of a group, the newest moments."""

    type = Moments()
    inherit_cache = True


class newest_of_both(sa.sql.functions.FunctionElement[list[datetime]]):
    """`newest_of_both(moments, others)`: the newest of the two together."""

    type = Moments()
    inherit_cache = True


class unpacked(sa.sql.functions.FunctionElement[list[datetime]]):
    """`unpacked(moments)`: the same, for who asks for many of them.

    A short array is stored packed, and PostgreSQL unpacks it for each element that is asked for.
    """

    type = Moments()
    inherit_cache = True


class nth_newest(sa.sql.functions.FunctionElement[datetime]):
    """`nth_newest(moments, n)`, from 1; NULL where there are fewer."""

    type = Timestamp()
    inherit_cache = True

    def __init__(self, moments: Any, n: int):
        super().__init__(moments, sa.literal(n))


# What follows is made of ten comparisons, written out here: as expressions of SQLAlchemy they would
# take longer to be put together than to be answered. The first that holds decides, as the moments
# are in order; asking all of them takes half as long again.
class several_between(sa.sql.functions.FunctionElement[bool]):
    """`several_between(moments, n, first, last)`: whether n are from `first` to `last`.

    For moments of which the newest is after `last`. False where they do not show it, or NULL where
    there are not that many.
    """

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, moments: Any, n: int, first: datetime, last: datetime):
        super().__init__(moments, sa.literal(n), _literal(first), _literal(last))


class number_after(sa.sql.functions.FunctionElement[int]):
    """`number_after(moments, moment)`: how many are after it."""

    type = sa.Integer()
    inherit_cache = True

    def __init__(self, moments: Any, moment: datetime):
        super().__init__(moments, _literal(moment))


def _literal(moment: datetime) -> sa.BindParameter[datetime]:
    return sa.literal(moment, Timestamp())


@compiles(several_between)
def _several_between(element: several_between, compiler: SQLCompiler, **kw: Any) -> str:
    moments, n, first, last = (compiler.process(each, **kw) for each in element.clauses)
    runs = (
        f"WHEN {_nth(moments, str(newest), compiler)} <= {last}"
        f" THEN {_nth(moments, f'{newest - 1} + {n}', compiler)} >= {first}"
        for newest in range(2, MOST_KEPT + 1)
    )
    return f"(CASE {' '.join(runs)} ELSE FALSE END)"


@compiles(number_after)
def _number_after(element: number_after, compiler: SQLCompiler, **kw: Any) -> str:
    moments, moment = (compiler.process(each, **kw) for each in element.clauses)
    cases = (
        f"WHEN {_nth(moments, str(n), compiler)} > {moment} THEN {n}"
        for n in range(MOST_KEPT, 0, -1)
    )
    return f"(CASE {' '.join(cases)} ELSE 0 END)"


def _nth(moments: str, n: str, compiler: SQLCompiler) -> str:
    if compiler.dialect.name == "postgresql":
        return f"{moments}[{n}]"
    return f"substr({moments}, {_LENGTH} * ({n} - 1) + 1, {_LENGTH})"


@compiles(unpacked, "postgresql")
def _unpacked_postgresql(element: unpacked, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} || '{{}}'::timestamptz[])"


@compiles(unpacked, "sqlite")
def _unpacked_sqlite(element: unpacked, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(newest_of, "postgresql")
def _newest_of_postgresql(element: newest_of, compiler: SQLCompiler, **kw: Any) -> str:
    moment = compiler.process(element.clauses, **kw)
    return f"(array_agg({moment} ORDER BY {moment} DESC))[1:{MOST_KEPT}]"


@compiles(newest_of, "sqlite")
def _newest_of_sqlite(element: newest_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"newest_of({compiler.process(element.clauses, **kw)})"


@compiles(newest_of_both, "postgresql")
def _newest_of_both_postgresql(element: newest_of_both, compiler: SQLCompiler, **kw: Any) -> str:
    old, new = (compiler.process(each, **kw) for each in element.clauses)
    # Events mostly come in the order in which they happened: sorting them is the exception.
    return (
        f"CASE WHEN {new}[cardinality({new})] >= {old}[1] THEN ({new} || {old})[1:{MOST_KEPT}]"
        f" ELSE (SELECT (array_agg(moment ORDER BY moment DESC))[1:{MOST_KEPT}]"
        f" FROM unnest({new} || {old}) AS moment) END"
    )


@compiles(newest_of_both, "sqlite")
def _newest_of_both_sqlite(element: newest_of_both, compiler: SQLCompiler, **kw: Any) -> str:
    return f"newest_of_both({compiler.process(element.clauses, **kw)})"


@compiles(nth_newest)
def _nth_newest(element: nth_newest, compiler: SQLCompiler, **kw: Any) -> str:
    moments, n = (compiler.process(each, **kw) for each in element.clauses)
    nth = _nth(moments, n, compiler)
    return nth if compiler.dialect.name == "postgresql" else f"nullif({nth}, '')"


# ---------------------------------------------------------------------------------------- SQLite
def extend_sqlite(connection: Any) -> None:
    """Teach a new SQLite connection the functions of this module."""
    connection.create_aggregate("newest_of", 1, _Newest)
    connection.create_function("newest_of_both", 2, _newest_of_both, deterministic=True)


class _Newest:
    def __init__(self) -> None:
        self._moments: list[str] = []
        self.step = self._moments.append  # called once an event: nothing of ours in between

    def finalize(self) -> str:
        return _text(self._moments)


def _newest_of_both(old: str, new: str) -> str:
    return _text([*_parts(old), *_parts(new)])


def _text(moments: list[str]) -> str:
    return "".join(sorted(moments, reverse=True)[:MOST_KEPT])


def _parts(moments: str) -> list[str]:
    return [moments[start : start + _LENGTH] for start in range(0, len(moments), _LENGTH)]
