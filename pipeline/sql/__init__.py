"""SQL that reads alike on SQLite and PostgreSQL; what they spell apart is spelled apart here only.

`columns` has the column types, `functions` those of texts and moments, `properties` what is inside
JSON, `numbers` the exact arithmetic that SQLite lacks, `moments` a column of several, `sets`
whether a key is in what a query finds, `statements` INSERT … ON CONFLICT, COPY and rows from JSON,
`transactions` those that meet.
"""

from typing import Any

from pipeline.sql import moments, numbers
from pipeline.sql.columns import Json, Timestamp, text
from pipeline.sql.functions import (
    WHITESPACE,
    by_code_point,
    greatest,
    hours_after,
    in_any_case,
    least,
    not_by_index,
    strpos,
)
from pipeline.sql.moments import (
    MOST_KEPT,
    Moments,
    newest_of,
    newest_of_both,
    nth_newest,
    number_after,
    several_between,
    unpacked,
)
from pipeline.sql.numbers import EXACT, Number
from pipeline.sql.properties import postgresql, sqlite  # noqa: F401 - importing makes them known
from pipeline.sql.properties.functions import (
    is_one_of,
    json_average_sign,
    json_equals,
    json_exists,
    json_number,
    json_scalar,
    json_sign,
    json_string,
    json_sum_sign,
    short_scalar,
    sign_of,
)
from pipeline.sql.properties.scalars import Place, Scalar, Step, is_short, scalar, typed_text
from pipeline.sql.sets import among, joined, keys, one_by_one, where
from pipeline.sql.statements import (
    Insert,
    copy_into,
    insert,
    insert_new,
    json_rows,
    kind_of,
    only_of,
    prepared,
    timestamp_of,
    timestamp_text,
)
from pipeline.sql.transactions import in_two_processes, running_transactions, take_turn


def extend_sqlite(connection: Any) -> None:
    """Teach a new SQLite connection the functions that the modules here call."""
    numbers.extend_sqlite(connection)
    moments.extend_sqlite(connection)
    sqlite.extend_sqlite(connection)


__all__ = [
    "EXACT",
    "MOST_KEPT",
    "WHITESPACE",
    "Insert",
    "Json",
    "Moments",
    "Number",
    "Place",
    "Scalar",
    "Step",
    "Timestamp",
    "among",
    "by_code_point",
    "copy_into",
    "extend_sqlite",
    "greatest",
    "hours_after",
    "in_any_case",
    "in_two_processes",
    "insert",
    "insert_new",
    "is_one_of",
    "is_short",
    "joined",
    "json_average_sign",
    "json_equals",
    "json_exists",
    "json_number",
    "json_rows",
    "json_scalar",
    "json_sign",
    "json_string",
    "json_sum_sign",
    "keys",
    "kind_of",
    "least",
    "newest_of",
    "newest_of_both",
    "not_by_index",
    "nth_newest",
    "number_after",
    "one_by_one",
    "only_of",
    "prepared",
    "running_transactions",
    "scalar",
    "several_between",
    "short_scalar",
    "sign_of",
    "strpos",
    "take_turn",
    "text",
    "timestamp_of",
    "timestamp_text",
    "typed_text",
    "unpacked",
    "where",
]
