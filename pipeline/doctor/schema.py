"""Is the database there, are its tables and indexes the program's, and does it know their sizes?"""

import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import schema as ddl

from pipeline.database import Database
from pipeline.doctor.examination import Examination, Verdict, statement
from pipeline.errors import DatabaseError
from pipeline.migrations import revisions_of
from pipeline.models import Base, is_for

# Smaller tables are read in no time, whatever PostgreSQL believes of them.
_WORTH_ANALYZING_BYTES = 1_000_000


def connection(examination: Examination) -> Iterator[Verdict]:
    """Whether the database answers."""
    try:
        examination.database.ping()
    except DatabaseError as error:
        yield str(error), "nothing else can be checked before it answers"
    else:
        yield f"{examination.database.address} answers", ""


def migrations(examination: Examination) -> Iterator[Verdict]:
    """Whether the schema is the one that this program works with."""
    with examination.database.read() as session:
        revisions = revisions_of(session.connection())
    found, newest = revisions.found, revisions.newest
    if found is None:
        advice = "correct DATABASE_URL, or make them: python -m pipeline segments"
        yield "the database has no tables of this program", advice
    elif revisions.is_newer:
        says = f"the schema ({found}) is newer than this program knows ({newest})"
        yield says, "update the program"
    elif found != newest:
        says = f"the schema ({found}) is older than this program's ({newest})"
        yield says, "any other command brings it up to date: python -m pipeline segments"
    else:
        yield f"the schema is up to date ({found})", ""


# ------------------------------------------------------------------------------------- differences
def differences(examination: Examination) -> Iterator[Verdict]:
    """What the models have and the database lacks; further indexes of its own are welcome."""
    with warnings.catch_warnings(), examination.database.read() as session:
        # About indexes on expressions, which none of the models has.
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        options = {"include_object": partial(_is_ours, examination.database.kind)}
        context = MigrationContext.configure(session.connection(), opts=options)
        found = compare_metadata(context, Base.metadata)
        found += _missing_primary_keys(session.connection())
        found += _indexes_made_otherwise(session.connection())
        invalid = _invalid_indexes(session.connection())
    for difference in found:
        yield _difference(difference, examination.database)
    for name in invalid:
        says = f"the index {name} is not used: its making was interrupted, or still goes on"
        yield says, f"REINDEX INDEX CONCURRENTLY {name};"
    if not found and not invalid:
        yield "all tables, indexes and constraints are there", ""


def _is_ours(
    kind: str, item: Any, _name: object, _what: object, in_database: bool, ours: object
) -> bool:
    return ours is not None if in_database else is_for(item, kind)


def _missing_primary_keys(connection: sa.Connection) -> list[Any]:
    """As Alembic tells of other constraints; it does not look at these."""
    there = sa.inspect(connection).get_multi_pk_constraint()
    return [
        ("add_constraint", table.primary_key)
        for table in Base.metadata.sorted_tables
        if (key := there.get((None, table.name)))
        and key["constrained_columns"] != table.primary_key.columns.keys()
    ]


def _indexes_made_otherwise(connection: sa.Connection) -> list[Any]:
    """As Alembic tells of indexes on other columns; it does not look at how they are made."""
    if connection.dialect.name == "sqlite":
        return []
    tables = sa.inspect(connection).get_multi_indexes().values()
    there = {each["name"]: each.get("dialect_options", {}) for table in tables for each in table}
    return [
        (what, index)
        for index in _our_indexes()
        if index.name in there and _made(there[index.name]) != _made(index.dialect_kwargs)
        for what in ("remove_index", "add_index")
    ]


def _made(options: Mapping[Any, Any]) -> dict[str, str]:
    """Method, operators, further columns and condition of an index, as far as there are any."""
    said = {name: str(value).strip("()") for name, value in options.items()}
    return {
        name: value
        for name, value in said.items()
        if name.startswith("postgresql") and value not in ("None", "[]", "")
    }


def _our_indexes() -> Iterator[sa.Index]:
    for table in Base.metadata.sorted_tables:
        yield from table.indexes


def _difference(difference: Any, database: Database) -> Verdict:
    match difference:
        case ("add_index", index):
            advice = statement(ddl.CreateIndex(_whole(index)), database)
            if database.kind == "postgresql":  # where writers can go on meanwhile
                advice = advice.replace("INDEX", "INDEX CONCURRENTLY", 1)
            return f"{index.name} is missing", advice
        case ("remove_index", index):
            advice = statement(ddl.DropIndex(index), database)
            return f"{index.name} is not the index that it should be", advice
        case ("add_constraint" | "add_fk", constraint) if database.kind == "postgresql":
            add = ddl.AddConstraint(constraint, isolate_from_table=False)
            return f"{constraint.name} is missing", statement(add, database)
        case ("remove_constraint" | "remove_fk", constraint) if database.kind == "postgresql":
            drop = ddl.DropConstraint(constraint)
            says = f"{constraint.name} is not the constraint that it should be"
            return says, statement(drop, database)
    return _in_words(difference), "restore the database from a backup"


def _whole(index: sa.Index) -> sa.Index:
    """The model's own: Alembic hands a copy on that knows only the columns of its key."""
    return next(each for each in _our_indexes() if each.name == index.name)


def _in_words(difference: Any) -> str:
    match difference:
        case ("add_table", table):
            return f"the table {table.name} is missing"
        case ("add_column", _, table, column):
            return f"{table}.{column.name} is missing"
        case [(_, _, table, column, *_), *_]:
            return f"{table}.{column} is not the column that it should be"
        case _:
            return f"{difference[1].name} is missing, or not the constraint that it should be"


def _invalid_indexes(connection: sa.Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        return []
    query = (
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON oid = indrelid"
        " WHERE NOT indisvalid AND pg_table_is_visible(oid) AND relname = ANY(:names)"
    )
    return list(connection.scalars(sa.text(query), {"names": [*Base.metadata.tables]}))


# -------------------------------------------------------------------------------------- statistics
def statistics(examination: Examination) -> Iterator[Verdict]:
    """Whether PostgreSQL has looked into each table that has grown, to plan queries by it."""
    if examination.database.kind == "sqlite":
        yield "queries are written to need none on SQLite", ""
        return
    query = sa.text(
        "SELECT relname FROM pg_class WHERE relname = ANY(:names) AND pg_table_is_visible(oid)"
        " AND reltuples < 0 AND pg_relation_size(oid) >= :bytes ORDER BY relname"
    )
    values = {"names": [*Base.metadata.tables], "bytes": _WORTH_ANALYZING_BYTES}
    with examination.database.read() as session:
        unknown = ", ".join(session.scalars(query, values))
    if unknown:
        yield f"PostgreSQL plans without knowing what is in {unknown}", f"ANALYZE {unknown};"
    else:
        yield "every large table was analyzed", ""
