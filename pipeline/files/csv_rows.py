"""Rows of a CSV file (RFC 4180, with any of the usual delimiters)."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import Invalid
from pipeline.files.numbers import numbers_in
from pipeline.files.rows import SAMPLE_ROWS, Row, told_apart, unreadable
from pipeline.files.streams import LONGEST_LINE, TextFile

# The limit on a record is what counts; the module's own would end a long text at 128 KiB.
csv.field_size_limit(LONGEST_LINE)

_SEPARATOR = "\x1f"
_DELIMITERS = ",;\t|"
#: Excel's first line, which is no row.
_NAMED = re.compile(r'sep=([^"\r\n])[\r\n]*')
#: Delimiters of those who write decimal commas; others quote them.
_BESIDE_COMMAS = ";\t"


class _Unreadable(NamedTuple):
    """Why a record is none, and the text of its first line."""

    reason: str
    text: str


class CsvRows(TextFile):
    """A CSV file with a header; the delimiter is the one that splits the header most.

    A line before the header may name it, as Excel has it: `sep=;`.
    """

    may_have_more_columns = False

    def __init__(self, path: Path, encoding: str | None, delimiter: str | None) -> None:
        super().__init__(path, encoding)
        self.delimiter = _one_character(delimiter) if delimiter else self._find_delimiter()
        self.columns, self.renamed = told_apart(self._header())
        sample = (row.values for row in islice(self.rows(), SAMPLE_ROWS))
        may_have_commas = self.delimiter in _BESIDE_COMMAS
        self.numbers = numbers_in(self.columns, sample, may_have_commas=may_have_commas)

    def rows(self) -> Iterator[Row]:
        """All rows; one with fewer cells than the header is filled up with blanks."""
        width = len(self.columns)
        for line, cells in islice(self._records(self.delimiter), 1, None):
            if isinstance(cells, _Unreadable):
                yield unreadable(line, f"is not readable as CSV ({cells.reason})", cells.text)
            elif len(cells) > width:
                problem = f"has more cells than the header, which has {width}"
                yield unreadable(line, problem, *cells)
            else:
                cells += [""] * (width - len(cells))
                yield Row(line, dict(zip(self.columns, cells, strict=True)), _content(cells))

    def typed(self, column: str, decimal: str) -> Callable[[str], Any]:
        """Numbers where the whole column is of them, else trimmed text; None for a blank."""
        return self.numbers.typed(column, decimal)

    def lines(self) -> Iterator[str]:
        """Those of the file; a first one that names the delimiter is blank."""
        lines = super().lines()
        for first in islice(lines, 1):
            yield "\n" if _NAMED.fullmatch(first) else first
        yield from lines

    def _header(self) -> list[str]:
        _, names = next(self._records(self.delimiter), (0, None))
        if names is None:
            raise Invalid(f"{self.path.name} is empty")
        if isinstance(names, _Unreadable):
            raise Invalid(f"The header of {self.path.name} is not readable as CSV ({names.reason})")
        return [name.strip() or f"column_{number}" for number, name in enumerate(names, 1)]

    def _find_delimiter(self) -> str:
        named = _NAMED.fullmatch(next(super().lines(), ""))
        return named[1] if named else self._sniff()

    def _sniff(self) -> str:
        def width(mark: str) -> int:
            _, names = next(self._records(mark), (0, None))
            return len(names) if isinstance(names, list) else 0

        return max(_DELIMITERS, key=width)

    def _records(self, delimiter: str) -> Iterator[tuple[int, list[str] | _Unreadable]]:
        """Each record with the line it starts on."""
        lines = _Lines(self.lines())
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            line = lines.next_record()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, _second_reading(lines, delimiter, str(error))
            else:
                if len(cells) > 1 or "".join(cells).strip():
                    yield line, cells


def _content(cells: list[str]) -> str:
    content = _SEPARATOR.join(cells)
    unclear = content.count(_SEPARATOR) >= len(cells)
    return json.dumps(cells) if unclear else content


class _Lines(Iterator[str]):
    """Lines, of which those of the latest record can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._given_back: list[str] = []
        self._before = 0
        self._length = 0
        self.record: list[str] = []

    def __next__(self) -> str:
        line = self._given_back.pop() if self._given_back else next(self._lines)
        self.record.append(line)
        self._length += len(line)
        if self._length >= LONGEST_LINE:
            raise csv.Error("longer than 4 MiB")
        return line

    def next_record(self) -> int:
        """Begin a record; returns the number of its first line, from 1."""
        self._before += len(self.record)
        self.record.clear()
        self._length = 0
        return self._before + 1

    def give_back(self) -> None:
        """Let the lines after the record's first one be read again."""
        self._given_back += reversed(self.record[1:])
        del self.record[1:]


def _second_reading(lines: _Lines, delimiter: str, reason: str) -> list[str] | _Unreadable:
    text = lines.record[0].rstrip("\r\n")
    if len(lines.record) > 1:
        # A quote that nobody closed must not take the rows after it along.
        lines.give_back()
        return _Unreadable("a quote is not closed", text)
    # Within one line it is clear what a stray quote stands for: itself.
    once = iter([*lines.record, ""])
    try:
        cells = next(csv.reader(_Lines(once), delimiter=delimiter))
    except csv.Error:
        return _Unreadable(reason, text)
    return _Unreadable(reason, text) if next(once, None) is None else cells


def _one_character(delimiter: str) -> str:
    mark = "\t" if delimiter == r"\t" else delimiter
    if len(mark) != 1 or mark in '"\r\n':
        raise Invalid(rf"The delimiter must be one character such as ; or \t, found '{delimiter}'")
    return mark
