"""When each clause's condition has to hold."""

from collections.abc import Iterable, Sequence

from pipeline.smart.grammar.clauses import Clause
from pipeline.smart.grammar.definitions import Window, between, last_days, older_than
from pipeline.smart.grammar.meanings import Period, Seen, Span, Unknown, When
from pipeline.smart.table import DEFAULT_DAYS


def windows(clauses: Sequence[Clause]) -> list[Window]:
    """Of each clause: its own time, else the next one said, else the last one, else 30 days.

    Beside "not seen for 60 days" the time that nobody says is ever: no event is newer than that.
    """
    default = None if any(map(_is_absence, clauses)) else last_days(DEFAULT_DAYS)
    return [
        _window(clause, [*clauses[position + 1 :], *clauses[position::-1]], default)
        for position, clause in enumerate(clauses)
    ]


def _window(clause: Clause, neighbours: Iterable[Clause], default: Window) -> Window:
    absence = _is_absence(clause)
    match _when(clause):
        case Span(int(days), older):
            return older_than(days) if older or absence else last_days(days)
        case Span():
            return None
        case Period(first, last):
            return between(first, last)
    if absence:
        return older_than(DEFAULT_DAYS)
    if clause.ever:
        return None
    return default if _has_a_date_of_its_own(clause) else _lent(neighbours, default)


def _has_a_date_of_its_own(clause: Clause) -> bool:
    """Whether it says when, as no window can: another's time is not what it means."""
    return any(token.meaning == Unknown(is_date=True) for token in clause.tokens)


def _lent(clauses: Iterable[Clause], default: Window) -> Window:
    windows = (_lendable(clause) for clause in clauses if not _is_absence(clause))
    return next(filter(None, windows), default)


def _lendable(clause: Clause) -> Window:
    match _when(clause):
        case Span(int(days), older=False):
            return last_days(days)
        case Period(first, last):
            return between(first, last)
    return None


def _when(clause: Clause) -> When | None:
    return (clause.after and clause.after.first(When)) or clause.first(When)


def _is_absence(clause: Clause) -> bool:
    """Whether it says that nothing happened for some time."""
    match clause.subject:
        case Seen("last_seen" | "seen", absent):
            span = clause.first(Span)
            return absent != clause.negated or (span is not None and span.older)
    return False
