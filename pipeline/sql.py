"""SQL that reads alike on SQLite and PostgreSQL: column types, JSON, INSERT … ON CONFLICT."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler

#: Characters that `str.strip` takes off; `trim(x, WHITESPACE)` makes SQL agree with it.
WHITESPACE = "".join(c for c in map(chr, range(0x3001)) if c.isspace())


class Timestamp(sa.types.TypeDecorator[datetime]):
    """A moment: timezone-aware in Python, UTC in the database, to the microsecond."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a timestamp needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def text(length: int | None = None) -> sa.String:
    """A string type that sorts and compares by code point on both databases."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


#: JSON whose numbers come back as they went in.
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


class json_string(sa.sql.functions.GenericFunction[str]):  # noqa: N801 - reads as SQL does
    """`json_string(column, key)`: the string under a top-level key, else NULL.

    The key is taken literally, whatever dots, quotes or dollars are in it.
    """

    type = sa.String()
    inherit_cache = True


@compiles(json_string, "postgresql")
def _json_string_postgresql(element: json_string, compiler: SQLCompiler, **kw: Any) -> str:
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CASE WHEN jsonb_typeof({column} -> {key}) = 'string' THEN {column} ->> {key} END"


@compiles(json_string, "sqlite")
def _json_string_sqlite(element: json_string, compiler: SQLCompiler, **kw: Any) -> str:
    # A path like $."key" has no way to escape a quote; json_each compares the key as it is.
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(SELECT value FROM json_each({column}) WHERE key = {key} AND type = 'text')"


def json_rows(kind: str, columns: Mapping[str, sa.types.TypeEngine[Any]]) -> sa.Select[Any]:
    """The rows of a JSON array of arrays, bound as `rows`, as typed columns.

    One parameter for any number of rows: on PostgreSQL it loads them as fast as COPY into a staging
    table does, in one round trip less. SQLite takes the values as they are written: ids as hex,
    moments by `timestamp_text`, JSON as its text; PostgreSQL casts the same texts.
    """
    rows = sa.bindparam("rows", type_=sa.String())
    value: sa.ColumnElement[Any]
    if kind == "postgresql":
        value = sa.func.json_array_elements(sa.cast(rows, postgresql.JSON)).column_valued("value")
        typed: Callable[..., sa.ColumnElement[Any]] = sa.cast
    else:
        value = sa.func.json_each(rows).table_valued("value").c.value
        typed = sa.type_coerce
    return sa.select(
        *(
            typed(value.op("->>")(sa.literal_column(str(position))), column).label(name)
            for position, (name, column) in enumerate(columns.items())
        )
    )


def timestamp_text(value: datetime) -> str:
    """A moment as both databases read it: UTC, in the very form in which SQLite keeps it."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class least(sa.sql.functions.ReturnTypeFromArgs[Any]):  # noqa: N801 - reads as SQL does
    """The smaller of two values."""

    inherit_cache = True


class greatest(sa.sql.functions.ReturnTypeFromArgs[Any]):  # noqa: N801 - reads as SQL does
    """The larger of two values."""

    inherit_cache = True


@compiles(least, "sqlite")
def _least_sqlite(element: least, compiler: SQLCompiler, **kw: Any) -> str:
    return f"min{compiler.process(element.clause_expr, **kw)}"


@compiles(greatest, "sqlite")
def _greatest_sqlite(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max{compiler.process(element.clause_expr, **kw)}"


Insert = postgresql.Insert | sqlite.Insert
Row = tuple[str | None, ...]


def insert(kind: str, model: type[DeclarativeBase]) -> Insert:
    """An INSERT that knows ON CONFLICT, which both databases spell alike."""
    make = postgresql.insert if kind == "postgresql" else sqlite.insert
    # The table and not the model: the ORM's INSERT takes no SELECT that has parameters.
    return make(cast(sa.Table, model.__table__))


def insert_new(session: Session, model: type[DeclarativeBase], rows: list[Row]) -> int:
    """Insert those rows that break no unique key; how many. SQLite only.

    A row has a value for each of the table's columns, as the database keeps it: the driver takes
    them as they are, while SQLAlchemy would look at every value of half a million rows.
    """
    return session.connection().exec_driver_sql(_insert_new(model), rows).rowcount


@cache
def _insert_new(model: type[DeclarativeBase]) -> str:
    return str(insert("sqlite", model).on_conflict_do_nothing().compile(dialect=sqlite.dialect()))


def copy_into(session: Session, table: sa.Table, rows: Iterable[Row]) -> None:
    """Create a table and load ready values into its columns by COPY. PostgreSQL only."""
    connection = session.connection()
    table.create(connection)
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    text.seek(0)
    copy = f"COPY {table.name} FROM STDIN (FORMAT csv)"
    cursor: Any = connection.connection.cursor()
    driver = connection.dialect.loaded_dbapi
    try:
        cursor.copy_expert(copy, text)
    except driver.Error as error:
        # As SQLAlchemy would have raised it: what catches its errors is to know this one, too.
        raise sa.exc.DBAPIError.instance(copy, None, error, driver.Error) from error


def kind_of(session: Session) -> str:
    """`"sqlite"` or `"postgresql"`."""
    return session.get_bind().dialect.name
