"""Where each field of an event comes from in a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FieldMapping:
    """Where each field comes from.

    email         a column, or a template such as `c{CustomerID}@example.com`
    type          the event type, the same for all rows; or `type_column`
    time          a column; `timezone` (default UTC) for times without one; `time_format` as for
                  `strptime`, where %Z is UTC or GMT, or "epoch" (seconds), "epoch-ms",
                  "epoch-us"; default ISO 8601
    decimal       the decimal sign of numbers in a CSV file, "." or ","; default: found out
    properties    names and the columns they come from
    remaining     whether the columns that nothing else uses are properties as well
    key           a column or a template for the idempotency key; default: the row's content

    An object that would become a property called `properties`, as in the events of the API, is read
    as if its members were columns instead. A column with a value wins over a member of its name.
    """

    email: str
    time: str
    type: str | None = None
    type_column: str | None = None
    timezone: str | None = None
    time_format: str | None = None
    decimal: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    remaining: bool = True
    key: str | None = None
