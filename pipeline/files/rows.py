"""What a file of rows is, whatever its format."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pipeline.errors import Invalid

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
    def is_text(self) -> bool:
        """Whether all values are text."""

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

    def typed(self, column: str) -> Callable[[Any], Any]:
        """A function that gives a raw value of that column its type; None for a blank."""


def unreadable(line: int, problem: str, *cells: str) -> Row:
    """A row that could not be read."""
    # With its content as well, by which the rows that are held in memory are bounded.
    return Row(line, {}, "".join(cells), problem, cells)


def unless_blank(value: Any) -> Any:
    """The value; None for white space, NaN and None itself."""
    blank = value is None or value != value or (isinstance(value, str) and not value.strip())
    return None if blank else value


def unique(columns: Sequence[str], path: Path) -> list[str]:
    """The columns; raises Invalid where two have one name."""
    twice = next((name for name, times in Counter(columns).items() if times > 1), None)
    if twice is not None:
        raise Invalid(f"{path.name} has two columns named '{twice}'")
    return list(columns)
