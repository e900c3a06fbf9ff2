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
    """A function that writes rows and their reasons to the file; without a path it does nothing."""
    if path is None:
        yield lambda refused: None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="", errors="replace")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}") from None
    with file:
        writer = csv.writer(file)
        writer.writerow(["line", "reason", *columns])
        yield lambda refused: writer.writerows(
            [row.line, reason, *(row.values.get(column) for column in columns)]
            for row, reason in refused
        )
