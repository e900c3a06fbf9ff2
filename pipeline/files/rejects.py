"""The rows that an import refused, as a CSV file for the person who mends them.

A row that could not be read has all its cells, or its text in the first column. What looks like a
formula stays as it is: the file is to be imported again, not to be opened in a spreadsheet like
those of `pipeline.exports`.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import simplejson

from pipeline.errors import Invalid
from pipeline.files.rows import Row

Reject = Callable[[Iterable[tuple[Row, str]]], object]


@contextmanager
def rejects_file(path: Path | None, columns: Sequence[str]) -> Iterator[Reject]:
    """A function that writes rows and their reasons to the file; without a path it does nothing.

    Raises Invalid, from it as well, where the file cannot be written.
    """
    if path is None:
        yield lambda refused: None
        return
    with _writable(path):
        file = path.open("w", encoding="utf-8", newline="", errors="replace")
    try:
        writer = csv.writer(file)

        def write(lines: Iterable[Sequence[object]]) -> None:
            with _writable(path):
                writer.writerows(lines)

        write([["line", "reason", *columns]])
        yield lambda refused: write(
            [row.line, reason, *_cells(row, columns)] for row, reason in refused
        )
    finally:
        with _writable(path):
            file.close()


def _cells(row: Row, columns: Sequence[str]) -> Sequence[object]:
    return row.cells if row.problem else [_cell(row.values.get(column)) for column in columns]


def _cell(value: object) -> object:
    if isinstance(value, Mapping | list | bool):
        # Not by `exact_json`: what it refuses may be why the row is here.
        return simplejson.dumps(
            value, ensure_ascii=False, allow_nan=True, encoding=None, default=str
        )
    return value


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}") from None
