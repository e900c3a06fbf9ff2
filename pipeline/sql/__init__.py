"""SQL that reads alike on SQLite and PostgreSQL; what they spell apart is spelled apart here only.

`columns` has the column types, `properties` what is inside JSON, `numbers` the exact arithmetic
that SQLite lacks, `statements` the rest: INSERT … ON CONFLICT, rows from JSON, moments, texts.
"""

from pipeline.sql.columns import Json, Timestamp, text
from pipeline.sql.numbers import EXACT, Number, extend_sqlite
from pipeline.sql.properties import (
    Scalar,
    Step,
    json_average_sign,
    json_exists,
    json_number,
    json_scalar,
    json_sign,
    json_string,
    json_sum_sign,
    scalar,
    sign_of,
    typed_text,
)
from pipeline.sql.statements import (
    WHITESPACE,
    Insert,
    among,
    by_code_point,
    copy_into,
    greatest,
    hours_after,
    insert,
    insert_new,
    json_rows,
    kind_of,
    least,
    not_by_index,
    only_of,
    strpos,
    take_turn,
    timestamp_text,
)

__all__ = [
    "EXACT",
    "WHITESPACE",
    "Insert",
    "Json",
    "Number",
    "Scalar",
    "Step",
    "Timestamp",
    "among",
    "by_code_point",
    "copy_into",
    "extend_sqlite",
    "greatest",
    "hours_after",
    "insert",
    "insert_new",
    "json_average_sign",
    "json_exists",
    "json_number",
    "json_rows",
    "json_scalar",
    "json_sign",
    "json_string",
    "json_sum_sign",
    "kind_of",
    "least",
    "not_by_index",
    "only_of",
    "scalar",
    "sign_of",
    "strpos",
    "take_turn",
    "text",
    "timestamp_text",
    "typed_text",
]
