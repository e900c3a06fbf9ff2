"""Exports: customers as CSV and as JSON, in pieces, read from the database as they are asked for.

CSV is for spreadsheets: a text that one would take for a formula gets an apostrophe before it
(OWASP, "CSV injection"), and what is neither text nor number is JSON. JSON has all texts as they
are, and is the one for programs. Names are those of the REST API, moments RFC 3339 in UTC.
"""

import csv
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from pydantic.alias_generators import to_camel
from sqlalchemy.orm import Session, aliased

from pipeline import exact_json
from pipeline.customers import get_customer
from pipeline.models import Activity, Base, Customer
from pipeline.reports.customers import EVERYBODY, CustomerFilter
from pipeline.rules import Rule
from pipeline.segments import members
from pipeline.sql import where

#: What each customer in a list has; `eventTypes` is the number of events by type.
CUSTOMER_COLUMNS = (
    "id",
    "email",
    "createdAt",
    "eventCount",
    "firstSeenAt",
    "lastSeenAt",
    "eventTypes",
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK = 1_000


# -------------------------------------------------------------------------------- all who match
def customers_csv(
    session: Session, among: CustomerFilter = EVERYBODY, *, now: datetime
) -> Iterator[str]:
    """All customers that a filter means, by e-mail, as CSV; raises Invalid and NotFound as it."""
    return _csv(CUSTOMER_COLUMNS, _customers(session, among, now))


def customers_json(
    session: Session, among: CustomerFilter = EVERYBODY, *, now: datetime
) -> Iterator[str]:
    """The same as a JSON array of objects."""
    yield from _json_array(_customers(session, among, now))
    yield "\n"


def _customers(
    session: Session, among: CustomerFilter, now: datetime
) -> Iterator[Mapping[str, object]]:
    profile = aliased(Activity)  # the conditions may speak of any
    query = (
        sa.select(
            Customer.id,
            Customer.email,
            Customer.created_at,
            profile.type,
            profile.event_count,
            profile.first_at,
            profile.last_at,
        )
        .outerjoin(profile, profile.customer_id == Customer.id)
        .order_by(Customer.email, profile.type)
    )
    query = where(session, query, *among.where(session, now))
    rows = session.execute(query, execution_options={"yield_per": _CHUNK})
    return (
        _customer(customer, [row[3:] for row in theirs if row.type is not None])
        for customer, theirs in groupby(rows, key=lambda row: row[:3])
    )


def _customer(customer: Sequence[Any], activity: Sequence[Sequence[Any]]) -> dict[str, object]:
    types = {name: events for name, events, _, _ in activity}
    first = min((first_at for _, _, first_at, _ in activity), default=None)
    last = max((last_at for _, _, _, last_at in activity), default=None)
    values = (*customer, sum(types.values()), first, last, types)
    return dict(zip(CUSTOMER_COLUMNS, values, strict=True))


def members_csv(session: Session, rule: Rule, *, now: datetime) -> Iterator[str]:
    """All who match a rule at `now`, by e-mail, as CSV; raises Invalid as `members` does."""
    found = members(session, rule, now=now)
    return _csv(("id", "email"), ({"id": each.id, "email": each.email} for each in found))


# ----------------------------------------------------------------------- all of one customer
def customer_csv(session: Session, customer_id: uuid.UUID) -> Iterator[str]:
    """Everything that is stored about a customer, as CSV; raises NotFound.

    A row for each row of each table, whose name comes first.
    """
    get_customer(session, customer_id)
    tables = _tables(customer_id)
    columns = dict.fromkeys(name for query in tables.values() for name in _names(query))
    rows = (
        {"table": table, **row} for table, query in tables.items() for row in _rows(session, query)
    )
    return _csv(["table", *columns], rows)


def customer_json(session: Session, customer_id: uuid.UUID) -> Iterator[str]:
    """The same as a JSON object: for each table an array of its rows."""
    get_customer(session, customer_id)
    return _json_object(
        {table: _rows(session, query) for table, query in _tables(customer_id).items()}
    )


def _tables(customer_id: uuid.UUID) -> dict[str, sa.Select[Any]]:
    """The customer's rows in every table that has any, so that no table to come is forgotten."""
    queries = {"customers": sa.select(Customer.__table__).where(Customer.id == customer_id)}
    for table in Base.metadata.sorted_tables:
        if (owner := table.c.get("customer_id")) is not None:
            query = sa.select(table).where(owner == customer_id)
            queries[to_camel(table.name)] = query.order_by(*table.primary_key)
    return queries


def _names(query: sa.Select[Any]) -> list[str]:
    return [to_camel(column.name) for column in query.selected_columns]


def _rows(session: Session, query: sa.Select[Any]) -> Iterator[Mapping[str, object]]:
    names = _names(query)
    rows = session.execute(query, execution_options={"yield_per": _CHUNK})
    return (dict(zip(names, row, strict=True)) for row in rows)


# ------------------------------------------------------------------------------------------ CSV
class _Echo:
    """A file whose `write` hands back what it is given, and `csv.writer` with it."""

    def write(self, text: str) -> str:
        return text


def _csv(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    names = [*columns]
    writer: Any = csv.writer(_Echo())
    # Excel takes a file for UTF-8 by this mark; programs skip it.
    yield "\ufeff" + writer.writerow(names)
    for row in rows:
        yield writer.writerow([_cell(row.get(name)) for name in names])


def _cell(value: object) -> object:
    value = _plain(value)
    if isinstance(value, Mapping | list | bool):
        return exact_json.dumps(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


# ----------------------------------------------------------------------------------------- JSON
def _json_array(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    separator = "["
    for row in rows:
        yield separator + exact_json.dumps({name: _plain(value) for name, value in row.items()})
        separator = ",\n"
    yield "[]" if separator == "[" else "]"


def _json_object(arrays: Mapping[str, Iterable[Mapping[str, object]]]) -> Iterator[str]:
    separator = "{"
    for name, rows in arrays.items():
        yield f"{separator}{exact_json.dumps(name)}:"
        yield from _json_array(rows)
        separator = ",\n"
    yield "}\n"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, uuid.UUID) else value
