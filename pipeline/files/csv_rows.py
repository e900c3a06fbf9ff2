"""Rows of a CSV file (RFC 4180, with any of the usual delimiters)."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline import exact_json
from pipeline.errors import Invalid
from pipeline.files.rows import SAMPLE_ROWS, Row
from pipeline.files.streams import TextFile

_SEPARATOR = "\x1f"
_DELIMITERS = ",;\t|"
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


class CsvRows(TextFile):
    """A CSV file with a header; the delimiter is the one that splits the header most."""

    def __init__(self, path: Path, encoding: str | None, delimiter: str | None) -> None:
        super().__init__(path, encoding)
        self.delimiter = delimiter or self._sniff()
        self.columns = _header(path, next(self._reader()))
        self._numeric = self._numeric_columns()

    def rows(self) -> Iterator[Row]:
        """All rows; one with fewer cells than the header is filled up with blanks."""
        width = len(self.columns)
        for line, cells in self._records():
            if isinstance(cells, csv.Error):
                yield Row(line, {}, problem=f"is not readable as CSV ({cells})")
            elif len(cells) > width:
                problem = f"has more cells than the header, which has {width}"
                yield Row(line, {}, problem=problem)
            elif cells:
                cells += [""] * (width - len(cells))
                yield Row(line, dict(zip(self.columns, cells, strict=True)), _content(cells))

    def typed(self, column: str) -> Callable[[str], Any]:
        """Numbers where the whole column is of them, else trimmed text; None for a blank."""
        return _number if column in self._numeric else _text

    def _reader(self) -> Any:
        return csv.reader(self.lines(), delimiter=self.delimiter)

    def _records(self) -> Iterator[tuple[int, list[str] | csv.Error]]:
        """Each record with the line it starts on; the error in place of one that has one."""
        reader = self._reader()
        next(reader)
        while True:
            line = reader.line_num + 1
            try:
                yield line, next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, error

    def _sniff(self) -> str:
        start = list(islice(self.lines(), 100))
        widths = {mark: len(next(csv.reader(start, delimiter=mark), [])) for mark in _DELIMITERS}
        return max(widths, key=lambda mark: widths[mark])

    def _numeric_columns(self) -> set[str]:
        # By column and not by cell: in a column of article numbers 71053 is as much a text as
        # 85123A is. A number is what JSON calls one, so 007 and +44 are none.
        numeric = set(self.columns)
        for row in islice(self.rows(), SAMPLE_ROWS):
            for column in tuple(numeric):
                text = row.values.get(column, "").strip()
                if text and not _JSON_NUMBER.fullmatch(text):
                    numeric.remove(column)
        return numeric


def _text(raw: str) -> str | None:
    return raw.strip() or None


def _number(raw: str) -> Any:
    text = raw.strip()
    return exact_json.number(text) if _JSON_NUMBER.fullmatch(text) else text or None


def _content(cells: list[str]) -> str:
    content = _SEPARATOR.join(cells)
    unclear = content.count(_SEPARATOR) >= len(cells)
    return json.dumps(cells) if unclear else content


def _header(path: Path, names: Sequence[str]) -> list[str]:
    columns = [name.strip() or f"column_{number}" for number, name in enumerate(names, 1)]
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise Invalid(f"{path.name} has two columns named '{twice}'")
    return columns
