"""What stores the part of some events in their customers' profiles."""

from collections.abc import Callable
from functools import partial
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


#: The rows of each table that some events make.
_ROWS: dict[type[AnyActivity], Callable[[Any], sa.Select[*tuple[Any, ...]]]] = {
    CustomerActivity: by_customer,
    Activity: by_type,
    PropertyActivity: partial(by_value, tracked=TrackedProperty.status != "removing"),
}


def add_to(kind: str, table: type[AnyActivity], stored: sa.CTE) -> Insert:
    """Add the events that `stored` has, with `COUNTED` and `properties`, to a table of profiles."""
    rows = _ROWS[table](stored.c)
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
