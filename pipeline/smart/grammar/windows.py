"""When each clause's condition has to hold."""

from collections.abc import Iterable, Sequence

from pipeline.smart.grammar.clauses import Clause
from pipeline.smart.grammar.definitions import Window, last_days, older_than
from pipeline.smart.grammar.meanings import Seen, Span
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
    match _span(clause):
        case Span(int(days), older):
            return older_than(days) if older or absence else last_days(days)
        case Span():
            return None
    if absence:
        return older_than(DEFAULT_DAYS)
    return None if clause.ever else _lent(neighbours, default)


def _lent(clauses: Iterable[Clause], default: Window) -> Window:
    spans = (_span(clause) for clause in clauses if not _is_absence(clause))
    days = (span.days for span in spans if span and span.days is not None and not span.older)
    return next(map(last_days, days), default)


def _span(clause: Clause) -> Span | None:
    return (clause.after and clause.after.first(Span)) or clause.first(Span)


def _is_absence(clause: Clause) -> bool:
    """Whether it says that nothing happened for some time."""
    match clause.subject:
        case Seen("last_seen", absent):
            span = clause.first(Span)
            return absent != clause.negated or (span is not None and span.older)
    return False
