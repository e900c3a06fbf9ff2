"""A prompt as tokens: phrases of the lexicon, names of events, words that are silent or unknown.

Where a phrase and the name of an event type that there is both fit, the longer one counts, and of
two that are as long the phrase, unless it only guesses at an event for which there is a name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.smart.grammar import amounts, dates, subjects, times, words
from pipeline.smart.grammar.meanings import (
    Abandoned,
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
from pipeline.smart.grammar.names import BETWEEN, Names, words_of
from pipeline.smart.grammar.rows import QUOTED, TOKEN, Match, compiled, quoted
from pipeline.smart.table import names_an_event

# The first row that matches at a word's beginning wins, so the order matters.
LEXICON = (
    *subjects.NAMES,
    *subjects.HABITS,
    *times.ROWS,
    *dates.ROWS,
    *amounts.ROWS,
    *subjects.SUBJECTS,
    *words.ROWS,
)

_QUOTED, _NAME, _SUCH = compiled(QUOTED), compiled(TOKEN), compiled(subjects.SUCH)
_LEADING = (*subjects.LEADING, amounts.HOW_MANY)
_IDENTIFIER = re.compile(r"(?=[^\W\d]\w{0,199}(?!\w))[^\W_]+(?:_[^\W_]+)+")
_WORD = re.compile(r"[0-9][0-9.,]*[0-9](?![^\W_])|[^\W_]+(?:['’][^\W_]+)*|\S")  # noqa: RUF001
_BEFORE_A_NAME = {"did", "done", "performed", "triggered", "event", "type", "named", "called"}
_PARTING = re.compile(r"[ _-]{1,3}(?=\S)")


@dataclass(frozen=True, slots=True)
class Token:
    """Some characters of the prompt, what they mean, and whether the contract's table says so."""

    start: int
    end: int
    meaning: Meaning
    in_table: bool = False


def tokens(text: str, names: Names) -> list[Token]:
    """The tokens of a text whose words are parted by single spaces, in order."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        found.append(_token(text, position, found, names))
        position = found[-1].end
    return found


def _token(text: str, start: int, before: Sequence[Token], names: Names) -> Token:
    phrase, name = _phrase(text, start), _name_of(_IDENTIFIER.match(text, start))
    known = _known(text, start, before, names) or _leading(text, start, names)
    if known and not (name and known.end < name.end) and not _is_better(phrase, known, names):
        return known
    if name and (not phrase or (phrase.end < name.end and not phrase.in_table)):
        return name
    return phrase or _name(text, start, before, names) or _word(text, start)


def _phrase(text: str, start: int) -> Token | None:
    for row in LEXICON:
        if match := row.match(text, start):
            return Token(start, match.end(), row.read(match), row.has_in_table(match[0]))
    return None


# ------------------------------------------------------------------------- events that there are
def _known(text: str, start: int, before: Sequence[Token], names: Names) -> Token | None:
    """An event type that there is; one of silent words only where it is expected."""
    found = names.find(text, start)
    if not found or not _says_something(text[start : found.end], _is_named(text, before)):
        return None
    such = _SUCH.match(text, found.end)
    return Token(start, such.end() if such else found.end, Event(found.event_type))


def _says_something(name: str, is_expected: bool) -> bool:
    said = {*words_of(name)}
    if said and said <= BETWEEN:
        return False
    return is_expected or not said <= words.SILENT | BETWEEN


def _leading(text: str, start: int, names: Names) -> Token | None:
    """How many of such events, or which, where the name of one comes next."""
    for row in _LEADING:
        match = row.match(text, start)
        parting = _PARTING.match(text, match.end()) if match else None
        if match and parting and _known(text, parting.end(), (), names):
            return Token(start, match.end(), row.read(match))
    return None


def _is_better(phrase: Token | None, known: Token, names: Names) -> bool:
    if not phrase or phrase.end != known.end:
        return phrase is not None and phrase.end > known.end
    match phrase.meaning:
        case Event(type_) | Abandoned(type_):
            return phrase.in_table and type_ in names
    return isinstance(known.meaning, Event)


# ------------------------------------------------------------------------------ names of events
def _name(text: str, start: int, before: Sequence[Token], names: Names) -> Token | None:
    """An event type that the lexicon does not have, where one is expected."""
    if match := _QUOTED.match(text, start):
        return _quotation(match, before, names)
    return _name_of(_NAME.match(text, start)) if _is_named(text, before) else None


def _name_of(match: Match | None) -> Token | None:
    if not match or match[0].lower() in words.SILENT or names_an_event(match[0]):
        return None
    return Token(match.start(), match.end(), Event(match[0]))


def _quotation(match: Match, before: Sequence[Token], names: Names) -> Token:
    name = (quoted(match) or "").strip()
    inside = tokens(name, names) if name not in names else []
    if len(inside) == 1 and _is_one_thing(inside[0], names):
        return replace(inside[0], start=match.start(), end=match.end())
    is_event = name in names or (name and _expects_an_event(before))
    return Token(match.start(), match.end(), Event(name) if is_event else Unknown())


def _is_one_thing(token: Token, names: Names) -> bool:
    match token.meaning:
        case Event(type_):
            return token.in_table or type_ in names
    return token.in_table or isinstance(token.meaning, Path)


def _expects_an_event(before: Sequence[Token]) -> bool:
    said = (token.meaning for token in reversed(before) if not isinstance(token.meaning, Filler))
    return isinstance(next(said, Not()), Join | Not | Amount | Edge)


def _is_named(text: str, before: Sequence[Token]) -> bool:
    return bool(before) and _last_word(text, before[-1]) in _BEFORE_A_NAME


def _last_word(text: str, token: Token) -> str:
    return text[token.start : token.end].lower().rpartition(" ")[2]


# ---------------------------------------------------------------------------------- other words
def _word(text: str, start: int) -> Token:
    match = _WORD.match(text, start)
    end = match.end() if match else start + 1
    word = text[start:end].lower()
    silent = word in words.SILENT or not any(map(str.isalnum, word))
    return Token(start, end, Filler() if silent else Unknown())
