"""A prompt's tokens as clauses: a subject each, what is said about it, how it is joined.

Joining words part clauses only where both sides have a subject: in "at least 3 times and in the
last 7 days" both belong to what was named before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

from pipeline.smart.grammar.meanings import (
    Abandoned,
    Amount,
    Delay,
    Edge,
    Email,
    Event,
    Filler,
    Join,
    Meaning,
    Not,
    Path,
    Period,
    Span,
    Subject,
    Unknown,
    When,
)
from pipeline.smart.grammar.tokens import Token
from pipeline.smart.table import PAGE_EVENT_TYPE

Joined = Literal["and", "or", "but", "then"]
Segment = tuple[Token, ...]
M = TypeVar("M")

_SUBJECTS = get_args(Subject)


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition in words; `ever`: at any time, unless it has a time of its own.

    `after`: it is the second step of a sequence, and this is the first.
    """

    joined: Joined
    subject: Subject
    tokens: Segment
    negated: bool = False
    ever: bool = False
    after: "Clause | None" = None

    def first(self, kind: type[M]) -> M | None:
        """The first of what is said of that kind."""
        said = (token.meaning for token in self.tokens)
        return next((each for each in said if isinstance(each, kind)), None)


def clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The clauses of a prompt; none where no subject is named."""
    found: list[Clause] = []
    for clause in _parted(tokens):
        if found and _follows(found[-1], clause):
            found[-1:] = _in_sequence(found[-1], clause)
        else:
            found.append(_on_its_own(clause))
    return found


def denies(token: Token) -> bool:
    """Whether it makes its clause a negative one."""
    return isinstance(token.meaning, Not) or token.meaning == Join("but", denies=True)


def names(token: Token, subject: Subject) -> bool:
    """Whether it is what made this the subject of its clause."""
    match token.meaning:
        case Path(path):
            return subject == Event(PAGE_EVENT_TYPE, path)
    return token.meaning == subject


def _parted(tokens: Sequence[Token]) -> list[Clause]:
    found: list[Clause] = []
    waiting: Segment = ()  # for the first subject
    for joined, segment in _segments(tokens):
        if any(isinstance(token.meaning, _SUBJECTS) for token in segment):
            found.append(_clause(joined, waiting + segment, found))
            waiting = ()
        elif found:
            found[-1:] = _without_subject(joined, segment, found[-1])
        elif not _is_of_something_unknown(segment):
            waiting += segment
    return found


def _is_of_something_unknown(segment: Segment) -> bool:
    """Whether it counts or denies, in words that nobody knows, what is not what comes next."""
    says = any(isinstance(token.meaning, Amount) or denies(token) for token in segment)
    return says and any(isinstance(token.meaning, Unknown) for token in segment)


# --------------------------------------------------------------------------------------- segments
def _segments(tokens: Sequence[Token]) -> Iterator[tuple[Joined, Segment]]:
    """The tokens from one joining word to the next, and how that word joins them."""
    segment: list[Token] = []
    joined: Joined = "and"
    named = False
    for token, join in zip(tokens, _joins(tokens), strict=True):
        if join or (named and _begins(token.meaning)):
            yield joined, tuple(segment)
            joined, segment, named = join or "and", [], False
        segment.append(token)
        named = named or isinstance(token.meaning, _SUBJECTS)
    yield joined, tuple(segment)


def _begins(meaning: Meaning) -> bool:
    match meaning:
        case Not(trails=trails):
            return not trails
        case Filler(begins):
            return begins
    return False


def _joins(tokens: Sequence[Token]) -> list[Joined | None]:
    """How each token joins clauses: a comma as the word does that ends its list."""
    found: list[Joined | None] = []
    of_list: Joined = "and"
    after: Meaning | None = None
    for token in reversed(tokens):
        match token.meaning:
            case Join("comma"):
                found.append("and" if isinstance(after, Not) else of_list)
            case Join("and" | "or" | "but" | "then" as kind):
                found.append(kind)
                of_list = "or" if kind == "or" else "and"
            case _:
                found.append(None)
        after = token.meaning
    return found[::-1]


# ---------------------------------------------------------------------------------------- clauses
def _clause(joined: Joined, segment: Segment, before: Sequence[Clause]) -> Clause:
    negated = any(map(denies, segment))
    ever = any(token.meaning == Not(ever=True) for token in segment)
    clause = Clause(joined, _subject(segment), segment, negated, ever)
    if before and before[-1].negated and _goes_on(clause):
        # "did not purchase or log in": neither of them.
        return replace(clause, joined="and", negated=True, ever=before[-1].ever)
    return clause


def _subject(segment: Segment) -> Subject:
    named = [token.meaning for token in segment if isinstance(token.meaning, _SUBJECTS)]
    pages = [meaning for meaning in named if isinstance(meaning, Event) and meaning.page]
    # "3 page views on the pricing page" says twice what is counted.
    return pages[0] if pages and named[0] == Event(PAGE_EVENT_TYPE) else named[0]


def _goes_on(clause: Clause) -> bool:
    """Whether the negation before it goes on in it, as no word like "who" begins it."""
    meanings = [token.meaning for token in clause.tokens]
    begins = any(map(_begins, meanings[: meanings.index(clause.subject)]))
    return clause.joined == "or" and isinstance(clause.subject, Event | Email) and not begins


def _without_subject(joined: Joined, segment: Segment, before: Clause) -> list[Clause]:
    meanings = [token.meaning for token in segment]
    negated = any(map(denies, segment))
    path = next((each.path for each in meanings if isinstance(each, Path)), None)
    if path and isinstance(before.subject, Event) and before.subject.page:
        return [before, Clause(joined, Event(PAGE_EVENT_TYPE, path), segment, negated)]
    if negated and not any(isinstance(each, When | Amount) for each in meanings):
        return [before]
    if negated and isinstance(before.subject, Event):
        # "purchased, but not in the last 30 days": the same once more, denied for that time.
        return [replace(before, ever=True), Clause(joined, before.subject, segment, negated=True)]
    if all(isinstance(each, Filler | Join) for each in meanings):
        return [before]
    return [replace(before, tokens=before.tokens + segment)]


# -------------------------------------------------------------------------------------- sequences
def _follows(before: Clause, clause: Clause) -> bool:
    """Whether they are the two steps of a sequence."""
    if before.negated or clause.joined == "or" or not (_is_step(before) and _is_step(clause)):
        return False
    if clause.first(Delay) or (clause.joined == "then" and not clause.negated):
        return True
    span = clause.first(Span)
    return clause.negated and span is not None and span.within


def _is_step(clause: Clause) -> bool:
    counted = clause.first(Amount) or clause.first(Edge)
    return isinstance(clause.subject, Event) and not counted


def _in_sequence(before: Clause, clause: Clause) -> list[Clause]:
    clause = replace(clause, tokens=tuple(map(_of_second_step, clause.tokens)))
    if before.after:  # a third step: the first two, and the last two
        return [before, replace(clause, joined="and", after=replace(before, after=None))]
    return [replace(clause, joined=before.joined, after=before)]


def _of_second_step(token: Token) -> Token:
    match token.meaning:
        case Span(int(days), within=True):
            return replace(token, meaning=Delay(24 * days))
    return _without_period(token)


def _without_period(token: Token) -> Token:
    # The window of a sequence says when its first step was.
    return replace(token, meaning=Unknown()) if isinstance(token.meaning, Period) else token


def _on_its_own(clause: Clause) -> Clause:
    """The clause where "within 48 hours" of nothing means: in the last two days."""
    clause = replace(clause, joined="and") if clause.joined == "then" else clause
    events = sum(isinstance(token.meaning, Event) for token in clause.tokens)
    if isinstance(clause.subject, Abandoned):
        return clause
    if _is_step(clause) and events > 1:
        return replace(clause, tokens=tuple(_told_from_its_end(clause.tokens)))
    return replace(clause, tokens=tuple(map(_as_span, clause.tokens)))


def _told_from_its_end(tokens: Segment) -> Iterator[Token]:
    """The tokens of "purchased within 2 days of signing up", where what was second comes first."""
    delay = next((token.start for token in tokens if isinstance(token.meaning, Delay)), 0)
    return (_without_period(token) if token.start < delay else token for token in tokens)


def _as_span(token: Token) -> Token:
    match token.meaning:
        case Delay(hours, alone=True):
            return replace(token, meaning=Unknown() if hours % 24 else Span(hours // 24))
    return token
