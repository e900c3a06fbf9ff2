"""What stores the part of some events in their customers' profiles."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from pipeline.activity import FIGURES, by_customer, by_type, by_value
from pipeline.models import (
    Activity,
    AnyActivity,
    CustomerActivity,
    Event,
    PropertyActivity,
    TrackedProperty,
)
from pipeline.sql import Insert, greatest, insert, least, newest_of_both

#: What profiles count of an event, beside its properties.
COUNTED = (Event.customer_id, Event.type, Event.occurred_at)


def add_to(kind: str, table: type[AnyActivity], stored: sa.CTE) -> Insert:
    """Add the events that `stored` has, with `COUNTED` and `properties`, to a table of profiles."""
    return _OF[table](kind, stored)


def _add_by_customer(kind: str, stored: sa.CTE) -> Insert:
    return _add(kind, CustomerActivity, by_customer(stored.c))


def _add_by_type(kind: str, stored: sa.CTE) -> Insert:
    return _add(kind, Activity, by_type(stored.c))


def _add_by_value(kind: str, stored: sa.CTE) -> Insert:
    return _add(kind, PropertyActivity, by_value(stored.c, TrackedProperty.status != "removing"))


_OF: dict[type[AnyActivity], Callable[[str, sa.CTE], Insert]] = {
    CustomerActivity: _add_by_customer,
    Activity: _add_by_type,
    PropertyActivity: _add_by_value,
}


def _add(kind: str, table: type[AnyActivity], rows: sa.Select[*tuple[Any, ...]]) -> Insert:
    key = [column.name for column in table.__mapper__.primary_key]
    in_order = rows.order_by(*[*rows.selected_columns][: len(key)])
    add = insert(kind, table).from_select([*key, *FIGURES], in_order)
    return add.on_conflict_do_update(
        index_elements=key,
        set_={
            "event_count": table.event_count + add.excluded.event_count,
            "first_at": least(table.first_at, add.excluded.first_at),
            "last_at": greatest(table.last_at, add.excluded.last_at),
            "newest_at": newest_of_both(table.newest_at, add.excluded.newest_at),
        },
    )
