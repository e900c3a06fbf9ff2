"""What a file of rows is, whatever its format."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pipeline.files.numbers import Numbers

#: Rows that are looked at to learn a file's columns and their types.
SAMPLE_ROWS = 10_000


class Row(NamedTuple):
    """One row: where it starts (line, or number of the row in Parquet, from 1) and what it holds.

    Two rows are identical when their `content` is. `problem` says why a row could not be read; then
    it has no values, and `cells` are what there is of it.
    """

    line: int
    values: dict[str, Any]
    content: str = ""
    problem: str | None = None
    cells: Sequence[str] = ()


class RowFile(Protocol):
    """A file of rows; `position` of `size` tells how far its reader is, in a unit of its own."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns."""

    @property
    def renamed(self) -> Sequence[str]:
        """Those of the columns that a number tells from an earlier one of the same name."""

    @property
    def numbers(self) -> Numbers | None:
        """How numbers are written where all values are text; None where they have their types."""

    @property
    def may_have_more_columns(self) -> bool:
        """Whether later rows may have columns that are not among `columns`."""

    @property
    def size(self) -> int:
        """The position at the end."""

    @property
    def position(self) -> int:
        """How far the latest reader is."""

    def rows(self) -> Iterator[Row]:
        """All rows, from the first; can be called again."""

    def typed(self, column: str, decimal: str) -> Callable[[Any], Any]:
        """A function that gives a raw value of that column its type; None for a blank.

        `decimal` is the decimal sign of numbers that are texts.
        """


def unreadable(line: int, problem: str, *cells: str) -> Row:
    """A row that could not be read."""
    # With its content as well, by which the rows that are held in memory are bounded.
    return Row(line, {}, "".join(cells), problem, cells)


def unless_blank(value: Any) -> Any:
    """The value; None for white space, NaN and None itself."""
    blank = value is None or value != value or (isinstance(value, str) and not value.strip())
    return None if blank else value


def told_apart(columns: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns, where the second one called sku is `sku 2`; and those that are called so."""
    numbers = {column: count(2) for column in columns}
    names: dict[str, bool] = {}
    for column in columns:
        name = column
        while name in names or (name != column and name in numbers):
            name = f"{column} {next(numbers[column])}"
        names[name] = name != column
    return list(names), [name for name, is_new in names.items() if is_new]
