"""Statements and functions that the two databases spell apart."""

import io
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler

from pipeline.sql.columns import Timestamp

#: Characters that `str.strip` takes off; `trim(x, WHITESPACE)` makes SQL agree with it.
WHITESPACE = "".join(c for c in map(chr, range(0x3001)) if c.isspace())


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


def copy_into(session: Session, table: sa.Table, text: bytes) -> None:
    """Create a table and load text in COPY's format, empty fields as NULL. PostgreSQL only."""
    connection = session.connection()
    table.create(connection)
    copy = f"COPY {table.name} FROM STDIN (NULL '')"
    cursor: Any = connection.connection.cursor()
    driver = connection.dialect.loaded_dbapi
    try:
        cursor.copy_expert(copy, io.BytesIO(text))
    except driver.Error as error:
        # As SQLAlchemy would have raised it: what catches its errors is to know this one, too.
        raise sa.exc.DBAPIError.instance(copy, None, error, driver.Error) from error


def prepared(session: Session, statement: sa.Select[Any], values: Mapping[str, Any]) -> Any:
    """The rows of a statement that each connection parses and plans only once. PostgreSQL only.

    For a long one that does little. It is known by its identity: to be made once a process.
    """
    connection = session.connection()
    name, declaration, parameters = _prepared(statement)
    known = connection.info.setdefault("prepared", set())
    if name not in known:
        connection.exec_driver_sql(declaration)
        known.add(name)
    given = tuple(values.get(key, fixed) for key, fixed in parameters)
    places = ", ".join(["%s"] * len(given))
    return connection.exec_driver_sql(f"EXECUTE {name} ({places})", given)


@cache
def _prepared(statement: sa.Select[Any]) -> tuple[str, str, list[tuple[str, Any]]]:
    """A name for a statement, its PREPARE, and its parameters in order, each with its value."""
    dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect)
    name = f"prepared_{id(statement)}"
    parameters = [(key, compiled.params[key]) for key in compiled.positiontup or []]
    return name, f"PREPARE {name} AS {compiled.string}", parameters


def kind_of(session: Session) -> str:
    """`"sqlite"` or `"postgresql"`."""
    return session.get_bind().dialect.name


def only_of(
    session: Session, customer_id: uuid.UUID, *models: type[DeclarativeBase]
) -> list[sa.CTE]:
    """These tables, for the statement that they are added to, with one customer's rows alone."""
    # A CTE hides the table of its name. SQLite takes the name inside for the CTE's own as well.
    schema = "main." if kind_of(session) == "sqlite" else ""
    key = sa.bindparam("only_of", customer_id, sa.Uuid())
    return [
        sa.text(f"SELECT * FROM {schema}{name} WHERE customer_id = :only_of")
        .bindparams(key)
        .columns()
        .cte(name)
        for name in (model.__tablename__ for model in models)
    ]


def take_turn(session: Session, key: int) -> None:
    """Wait for the transactions that took the same turn before; it ends with this transaction.

    SQLite's writers are one at a time anyway.
    """
    if kind_of(session) == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal(key, sa.BigInteger()))))


def running_transactions(session: Session) -> set[str]:
    """The other transactions that are running in this database, each by a name of its own.

    As `CREATE INDEX CONCURRENTLY` finds those to wait for. Empty on SQLite, where a writer is alone
    and whoever reads sees one state of all tables.
    """
    if kind_of(session) == "sqlite":
        return set()
    return set(session.scalars(sa.text(_RUNNING)))


_RUNNING = """
SELECT locks.virtualxid FROM pg_locks AS locks JOIN pg_stat_activity AS others USING (pid)
WHERE locks.locktype = 'virtualxid' AND pid <> pg_backend_pid()
    AND others.datname = current_database()
    AND coalesce(others.backend_type, 'client backend') = 'client backend'
"""
