"""Rows as CSV and as JSON, in pieces."""

import csv
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline import exact_json

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Rows that are read from the database at once.
CHUNK = 1_000


class _Echo:
    """A file whose `write` hands back what it is given, and `csv.writer` with it."""

    def write(self, text: str) -> str:
        return text


def csv_of(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Rows as CSV, a line at a time, with their columns' names first."""
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


def json_array(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Rows as a JSON array of objects, one at a time."""
    separator = "["
    for row in rows:
        yield separator + exact_json.dumps({name: _plain(value) for name, value in row.items()})
        separator = ",\n"
    yield "[]" if separator == "[" else "]"


def json_object(arrays: Mapping[str, Iterable[Mapping[str, object]]]) -> Iterator[str]:
    """Several such arrays as one JSON object."""
    separator = "{"
    for name, rows in arrays.items():
        yield f"{separator}{exact_json.dumps(name)}:"
        yield from json_array(rows)
        separator = ",\n"
    yield "}\n"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, uuid.UUID) else value
