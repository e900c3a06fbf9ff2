"""A row of the lexicon: a phrase, and what it means."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from pipeline.smart.grammar.meanings import Meaning
from pipeline.smart.table import SENTENCE_END

Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A phrase, what it means, and which of its forms the contract's table has as well."""

    phrase: str
    read: Callable[[Match], Meaning]
    in_table: str | None

    def match(self, text: str, start: int) -> Match | None:
        """The phrase, where it stands at `start`."""
        return compiled(self.phrase).match(text, start)

    def has_in_table(self, text: str) -> bool:
        """Whether this form of it is one of the table's."""
        return self.in_table is not None and bool(compiled(self.in_table).fullmatch(text))


def row(
    phrase: str, meaning: Meaning | Callable[[Match], Meaning], *, in_table: str | None = None
) -> Row:
    """A row of patterns in which a space stands for a space, a hyphen or an underscore."""
    read = meaning if callable(meaning) else lambda _: meaning
    return Row(phrase, read, in_table)


# Once somebody asks for it: all together they take as long as a tenth of all imports.
@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for whole words, in any case of letters."""
    spaced = pattern.replace(" ", "(?:[ _-]{1,3})")
    return re.compile(rf"(?:{spaced})(?![^\W_])", re.IGNORECASE)


ANY_FORM = ".*"

# ----------------------------------------------------------------- names, which are no usual words
OPENING, CLOSING = "[\"'`“‘«(\\[]", "[\"'`”’»)\\]]"  # noqa: RUF001
_END = re.escape(SENTENCE_END)
QUOTED = "(?:\"(?P<q1>[^\"]{1,200})\"|“(?P<q2>[^”]{1,200})”|(?<![^\\s(])'(?P<q3>[^']{1,200})')"
TOKEN = rf"(?P<token>[@.]?[^\s{_END}](?:[^\s,;]{{0,198}}[^\s{_END}])?)"
PATH = rf"(?P<path>/(?:\S*[^\s{_END}])?)"


def quoted(match: Match) -> str | None:
    """What `QUOTED` matched, without the quotation marks."""
    return match["q1"] or match["q2"] or match["q3"]
