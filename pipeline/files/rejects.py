"""The rows that an import refused, as a CSV file for the person who mends them."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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
            [row.line, reason, *(row.values.get(column) for column in columns)]
            for row, reason in refused
        )
    finally:
        with _writable(path):
            file.close()


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}") from None
