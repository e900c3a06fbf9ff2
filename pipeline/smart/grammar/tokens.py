"""A prompt as tokens: phrases of the lexicon, names of events, words that are silent or unknown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.smart.grammar import amounts, subjects, times, words
from pipeline.smart.grammar.meanings import (
    Amount,
    Edge,
    Event,
    Filler,
    Join,
    Meaning,
    Not,
    Path,
    Unknown,
)
from pipeline.smart.grammar.rows import QUOTED, TOKEN, Match, compiled, quoted
from pipeline.smart.table import names_an_event

# The first row that matches at a word's beginning wins, so the order matters.
LEXICON = (
    *subjects.NAMES,
    *subjects.HABITS,
    *times.ROWS,
    *amounts.ROWS,
    *subjects.SUBJECTS,
    *words.ROWS,
)

_QUOTED, _NAME = compiled(QUOTED), compiled(TOKEN)
_IDENTIFIER = re.compile(r"(?=[^\W\d]\w{0,199}(?!\w))[^\W_]+(?:_[^\W_]+)+")
_WORD = re.compile(r"[0-9][0-9.,]*[0-9](?![^\W_])|[^\W_]+(?:['’][^\W_]+)*|\S")  # noqa: RUF001
_BEFORE_A_NAME = {"did", "done", "performed", "triggered", "event", "type", "named", "called"}


@dataclass(frozen=True, slots=True)
class Token:
    """Some characters of the prompt, what they mean, and whether the contract's table says so."""

    start: int
    end: int
    meaning: Meaning
    in_table: bool = False


def tokens(text: str) -> list[Token]:
    """The tokens of a text whose words are parted by single spaces, in order."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        found.append(_token(text, position, found))
        position = found[-1].end
    return found


def _token(text: str, start: int, before: Sequence[Token]) -> Token:
    phrase, name = _phrase(text, start), _name_of(_IDENTIFIER.match(text, start))
    if name and (not phrase or (phrase.end < name.end and not phrase.in_table)):
        return name
    return phrase or _name(text, start, before) or _word(text, start)


def _phrase(text: str, start: int) -> Token | None:
    for row in LEXICON:
        if match := row.match(text, start):
            return Token(start, match.end(), row.read(match), row.has_in_table(match[0]))
    return None


# ------------------------------------------------------------------------------ names of events
def _name(text: str, start: int, before: Sequence[Token]) -> Token | None:
    """An event type that the lexicon does not have, where one is expected."""
    if match := _QUOTED.match(text, start):
        return _quotation(match, before)
    if before and _last_word(text, before[-1]) in _BEFORE_A_NAME:
        return _name_of(_NAME.match(text, start))
    return None


def _name_of(match: Match | None) -> Token | None:
    if not match or match[0].lower() in words.SILENT or names_an_event(match[0]):
        return None
    return Token(match.start(), match.end(), Event(match[0]))


def _quotation(match: Match, before: Sequence[Token]) -> Token:
    name = (quoted(match) or "").strip()
    inside = tokens(name)
    if len(inside) == 1 and (inside[0].in_table or isinstance(inside[0].meaning, Path)):
        return replace(inside[0], start=match.start(), end=match.end())
    meaning = Event(name) if name and _expects_an_event(before) else Unknown()
    return Token(match.start(), match.end(), meaning)


def _expects_an_event(before: Sequence[Token]) -> bool:
    said = (token.meaning for token in reversed(before) if not isinstance(token.meaning, Filler))
    return isinstance(next(said, Not()), Join | Not | Amount | Edge)


def _last_word(text: str, token: Token) -> str:
    return text[token.start : token.end].lower().rpartition(" ")[2]


# ---------------------------------------------------------------------------------- other words
def _word(text: str, start: int) -> Token:
    match = _WORD.match(text, start)
    end = match.end() if match else start + 1
    word = text[start:end].lower()
    silent = word in words.SILENT or not any(map(str.isalnum, word))
    return Token(start, end, Filler() if silent else Unknown())
