"""Statements that the two databases spell apart."""

import io
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


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


def timestamp_of(text: str) -> datetime:
    """The moment that `timestamp_text` wrote."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


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
