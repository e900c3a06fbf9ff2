"""Everything that is stored about one customer."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from pydantic.alias_generators import to_camel
from sqlalchemy.orm import Session

from pipeline.customers import get_customer
from pipeline.exports.formats import CHUNK, csv_of, json_object
from pipeline.models import Base, Customer


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
    return csv_of(["table", *columns], rows)


def customer_json(session: Session, customer_id: uuid.UUID) -> Iterator[str]:
    """The same as a JSON object: for each table an array of its rows."""
    get_customer(session, customer_id)
    return json_object(
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
    rows = session.execute(query, execution_options={"yield_per": CHUNK})
    return (dict(zip(names, row, strict=True)) for row in rows)
