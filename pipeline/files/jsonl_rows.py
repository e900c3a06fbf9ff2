"""Rows of a JSON Lines file (https://jsonlines.org): one JSON object a line."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline import exact_json
from pipeline.errors import Invalid
from pipeline.files.rows import SAMPLE_ROWS, Row, unless_blank, unreadable
from pipeline.files.streams import LONGEST_LINE, TextFile


class JsonLinesRows(TextFile):
    """A JSON Lines file; its columns are the keys that the first rows have."""

    numbers = None
    renamed: Sequence[str] = ()

    def __init__(self, path: Path, encoding: str | None) -> None:
        super().__init__(path, encoding)
        rows = self.rows()
        sample = islice(rows, SAMPLE_ROWS)
        self.columns = list(dict.fromkeys(key for row in sample for key in row.values))
        self.may_have_more_columns = next(rows, None) is not None
        if not self.columns:
            raise Invalid(f"{path.name} holds no JSON objects; expected one a line (JSON Lines)")

    def rows(self) -> Iterator[Row]:
        """All rows; blank lines are passed over."""
        for line, content in enumerate(self.lines(), 1):
            if content.strip():
                yield _row(line, content)

    def typed(self, column: str, decimal: str) -> Callable[[Any], Any]:  # noqa: ARG002 - a value has its own type
        """Values as they are; None for a blank."""
        return unless_blank


def _row(line: int, content: str) -> Row:
    if len(content) >= LONGEST_LINE:
        return unreadable(line, "is longer than 4 MiB", content)
    try:
        values = exact_json.loads(content)
    except ValueError:
        return unreadable(line, "is not valid JSON", content.strip())
    if not isinstance(values, dict):
        return unreadable(line, "is not a JSON object", content.strip())
    return Row(line, values, content.strip())
