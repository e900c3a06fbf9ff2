"""A row of the lexicon: a phrase, and what it means."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.smart.grammar.meanings import Meaning
from pipeline.smart.table import SENTENCE_END

Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A phrase, what it means, and which of its forms the contract's table has as well."""

    phrase: re.Pattern[str]
    read: Callable[[Match], Meaning]
    in_table: re.Pattern[str] | None


def row(
    phrase: str, meaning: Meaning | Callable[[Match], Meaning], *, in_table: str | None = None
) -> Row:
    """A row of patterns in which a space stands for a space, a hyphen or an underscore."""
    read = meaning if callable(meaning) else lambda _: meaning
    return Row(compiled(phrase), read, None if in_table is None else compiled(in_table))


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
