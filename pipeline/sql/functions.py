"""Functions that the two databases spell apart."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from pipeline.sql.columns import Timestamp

#: Characters that `str.strip` takes off; `trim(x, WHITESPACE)` makes SQL agree with it.
WHITESPACE = "".join(c for c in map(chr, range(0x3001)) if c.isspace())


class least(sa.sql.functions.ReturnTypeFromArgs[Any]):
    """The smaller of two values."""

    inherit_cache = True


class greatest(sa.sql.functions.ReturnTypeFromArgs[Any]):
    """The larger of two values."""

    inherit_cache = True


@compiles(least, "sqlite")
def _least_sqlite(element: least, compiler: SQLCompiler, **kw: Any) -> str:
    return f"min{compiler.process(element.clause_expr, **kw)}"


@compiles(greatest, "sqlite")
def _greatest_sqlite(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max{compiler.process(element.clause_expr, **kw)}"


class strpos(sa.sql.functions.GenericFunction[int]):
    """`strpos(text, part)`: where a part begins, from 1; 0 when it is not there. No wildcards."""

    type = sa.Integer()
    inherit_cache = True


@compiles(strpos, "sqlite")
def _strpos_sqlite(element: strpos, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr{compiler.process(element.clause_expr, **kw)}"


class by_code_point(sa.sql.functions.GenericFunction[str]):
    """A string that sorts by code point, wherever it comes from."""

    type = sa.String()
    inherit_cache = True
    collation = "C"


class in_any_case(sa.sql.functions.GenericFunction[str]):
    """A string to be searched by `icontains`, whose letters' case PostgreSQL's own locale knows.

    By the collation of our columns, and on SQLite, only that of ASCII letters is known.
    """

    type = sa.String()
    inherit_cache = True
    collation = "default"


@compiles(by_code_point, "postgresql")
@compiles(in_any_case, "postgresql")
def _collated(element: by_code_point | in_any_case, compiler: SQLCompiler, **kw: Any) -> str:
    return f'({compiler.process(element.clause_expr, **kw)} COLLATE "{element.collation}")'


@compiles(by_code_point, "sqlite")
@compiles(in_any_case, "sqlite")
def _as_it_is(element: by_code_point | in_any_case, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clause_expr, **kw)


class not_by_index(sa.sql.functions.FunctionElement[Any]):
    """`not_by_index(column)`: the column, in a condition or order for which SQLite uses no index.

    It has no statistics, and would take a type for as telling as a customer.
    """

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(not_by_index, "sqlite")
def _not_by_index_sqlite(element: not_by_index, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"


@compiles(not_by_index, "postgresql")
def _not_by_index_postgresql(element: not_by_index, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


class hours_after(sa.sql.functions.GenericFunction[datetime]):
    """`hours_after(moment, hours)`: that many whole hours later, exact to the microsecond."""

    type = Timestamp()
    inherit_cache = True


@compiles(hours_after, "postgresql")
def _hours_after_postgresql(element: hours_after, compiler: SQLCompiler, **kw: Any) -> str:
    moment, hours = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({moment} + make_interval(hours => {hours}))"


@compiles(hours_after, "sqlite")
def _hours_after_sqlite(element: hours_after, compiler: SQLCompiler, **kw: Any) -> str:
    # Its own arithmetic ends at milliseconds, so what comes after the seconds is carried over.
    moment, hours = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"datetime(substr({moment}, 1, 19), {hours} || ' hours') || substr({moment}, 20)"
