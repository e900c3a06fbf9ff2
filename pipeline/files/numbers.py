"""Numbers among a file's texts: with a decimal point, as in JSON, or with a decimal comma."""

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline import exact_json
from pipeline.errors import Invalid

POINT, COMMA = ".", ","

_WHOLE = r"-?(?:0|[1-9]\d*)"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
# 1.234.567, or with spaces, also with those at which no line is broken, wide or narrow.
_GROUPED = r"-?[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:[ \u00a0\u202f]\d{3})+)"

# A number is what JSON calls one, so 007 and +44 are none.
_WITH_POINT = re.compile(rf"{_WHOLE}(?:\.\d+)?{_EXPONENT}", re.ASCII)
_WITH_COMMA = re.compile(rf"{_WHOLE}(?:,\d+)?{_EXPONENT}|{_GROUPED}(?:,\d+)?", re.ASCII)
# Either sign may stand for thousands: 1.234 is one where commas are decimal, 1,234 is in English.
_SHAPES = re.compile(
    rf"(?P<whole>{_WHOLE}{_EXPONENT})"
    rf"|(?P<unclear_point>-?[1-9]\d{{0,2}}\.\d{{3}})"
    rf"|(?P<point>{_WHOLE}\.\d+{_EXPONENT})"
    rf"|(?P<unclear_comma>-?[1-9]\d{{0,2}},\d{{3}})"
    rf"|(?P<comma>{_WHOLE},\d+{_EXPONENT}|{_GROUPED},\d+)"
    rf"|(?P<grouped>{_GROUPED})",
    re.ASCII,
)
_CLEAR = {POINT: "point", COMMA: "comma"}
_READ = {
    POINT: {"whole", "point", "unclear_point"},
    COMMA: {"whole", "comma", "unclear_comma", "unclear_point", "grouped"},
}
_TO_JSON = str.maketrans({",": ".", ".": None, " ": None, "\u00a0": None, "\u202f": None})


@dataclass(frozen=True)
class Numbers:
    """The columns that may be of numbers, with the shapes that these have.

    By column and not by cell: in a column of article numbers 71053 is as much a text as 85123A is.
    `may_have_commas` is whether a decimal comma is to be thought of where nobody says so.
    """

    columns: Mapping[str, Set[str]]
    may_have_commas: bool

    @cached_property
    def decimal(self) -> str:
        """The decimal sign of them all; a comma only where there is no doubt."""
        has_commas = self.may_have_commas and self.only_with(COMMA)
        return COMMA if has_commas and not self.only_with(POINT) else POINT

    def only_with(self, decimal: str) -> list[str]:
        """The columns of numbers that have this decimal sign, beyond doubt."""
        return self._having(_CLEAR[decimal], decimal)

    @cached_property
    def unclear(self) -> list[str]:
        """The columns whose points may stand for thousands, where no other number tells."""
        if not self.may_have_commas or self.only_with(POINT) or self.only_with(COMMA):
            return []
        return self._having("unclear_point", POINT)

    def _having(self, shape: str, decimal: str) -> list[str]:
        return [
            column
            for column, shapes in self.columns.items()
            if shape in shapes and self._are_read(column, decimal)
        ]

    def typed(self, column: str, decimal: str) -> Callable[[str], Any]:
        """Numbers where the whole column is of them, else trimmed text; None for a blank."""
        if not self._are_read(column, decimal):
            return _text
        return _number if decimal == POINT else _number_with_comma

    def _are_read(self, column: str, decimal: str) -> bool:
        shapes = self.columns.get(column)
        if shapes is None or not shapes <= _READ[decimal]:
            return False
        # Groups of three digits alone may as well be telephone numbers.
        return "grouped" not in shapes or "comma" in shapes


def numbers_in(
    columns: Iterable[str], rows: Iterable[Mapping[str, str]], *, may_have_commas: bool
) -> Numbers:
    """What the numbers are like in rows of texts."""
    found: dict[str, set[str]] = {column: set() for column in columns}
    for row in rows:
        for column, shapes in tuple(found.items()):
            if text := row.get(column, "").strip():
                if shape := _SHAPES.fullmatch(text):
                    shapes.add(str(shape.lastgroup))
                else:
                    del found[column]
    return Numbers(found, may_have_commas)


def check_decimal(decimal: str | None) -> None:
    """Raises Invalid for what is no decimal sign."""
    if decimal not in (None, POINT, COMMA):
        raise Invalid(f"Unknown decimal sign '{decimal}'; expected . or ,")


def _text(raw: str) -> str | None:
    return raw.strip() or None


def _number(raw: str) -> Any:
    text = raw.strip()
    return exact_json.number(text) if _WITH_POINT.fullmatch(text) else text or None


def _number_with_comma(raw: str) -> Any:
    text = raw.strip()
    if not _WITH_COMMA.fullmatch(text):
        return text or None
    return exact_json.number(text.translate(_TO_JSON))
