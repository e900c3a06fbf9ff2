"""Phrases about time: spans that end now, spans that ended long ago, delays after an event."""

from dataclasses import replace

from pipeline.smart.grammar.meanings import Delay, Meaning, Span, Unknown
from pipeline.smart.grammar.rows import ANY_FORM, Match, row
from pipeline.smart.numbers import WHOLE, WORDS, value

_HOURS = {
    "hour": 1,
    "day": 24,
    "week": 7 * 24,
    "fortnight": 14 * 24,
    "month": 30 * 24,
    "quarter": 90 * 24,
    "year": 365 * 24,
}
_UNIT = rf"(?P<unit>(?a:{'|'.join(_HOURS)}))s?"
_TIME = rf"(?P<number>{WHOLE}|{WORDS}|an?(?= )) ?{_UNIT}"
_IN = "(?:(?:in|within|during|over|for|since|from) )?"
_LAST = "(?:last|past|previous|recent|latest)"
_THIS = f"(?:(?:the|this|an?|{_LAST}|current) ){{0,3}}"
_MORE = "(?:more than|over|at least|longer than|>)"
_LESS = "(?:less than|under|up to|<)"
_THAT = "(?:it|that|this|them|doing so|having done so|then)"
# Days, weeks and months with digits: no hours, no years, no "three".
_IN_TABLE = "[^0-9]*[0-9][0-9,]* ?(?:day|week|month)s?(?: ago)?"


def _span(match: Match) -> Meaning:
    return _whole_days(_hours(match))


def _unit(match: Match) -> Meaning:
    return _whole_days(_HOURS[match["unit"].lower()])


def _older(match: Match) -> Meaning:
    span = _span(match)
    return replace(span, older=True) if isinstance(span, Span) else span


def _within(match: Match) -> Meaning:
    span = _span(match)
    return replace(span, within=True) if isinstance(span, Span) else span


def _delay(match: Match) -> Delay:
    return Delay(_hours(match))


def _delay_alone(match: Match) -> Delay:
    return Delay(_hours(match), alone=True)


def _hours(match: Match) -> int:
    number = 1 if match["number"].lower() in ("a", "an") else int(value(match["number"]))
    return number * _HOURS[match["unit"].lower()]


def _whole_days(hours: int) -> Span | Unknown:
    return Unknown() if hours % 24 else Span(hours // 24)


ROWS = (
    # No window has two ends that move.
    row(rf"between [^\W_]{{1,20}} (?:[^\W_]{{1,20}} )?and {_TIME}(?: ago)?", Unknown()),
    row(rf"{_MORE} ?{_TIME} (?:ago|earlier|back|old)", _older),
    row(rf"(?:older than|earlier than|before the {_LAST}) {_TIME}(?: ago)?", _older),
    row(rf"within {_TIME} (?:of|after|from) {_THAT}", _delay),
    row(rf"within {_TIME} (?:afterwards?|later|thereafter)", _delay),
    row(rf"within {_TIME} (?:of|after)", _delay_alone),
    # No sequence is told from its end.
    row(rf"within {_TIME}(?<=hour|ours) before", Unknown()),
    row(rf"within {_TIME}(?<=hour|ours)", _delay_alone),
    row(rf"{_IN}{_THIS}(?P<unit>(?a:week|month))(?:s|ly)?(?: ago)?", _unit, in_table=ANY_FORM),
    row(rf"within {_TIME}", _within, in_table=_IN_TABLE),
    row(
        rf"{_IN}(?:the |these )?(?:{_LAST}|within)(?: the)?(?: last| past)? {_TIME}(?: ago)?",
        _span,
        in_table=_IN_TABLE,
    ),
    row(rf"{_IN}(?:{_MORE} |{_LESS} )?{_TIME}(?: ago)?", _span, in_table=_IN_TABLE),
    row(rf"{_IN}(?:the )?(?:this|{_LAST}|current) {_UNIT}", _unit),
    row("today", Span(1)),
    row("ever", Span(None), in_table=ANY_FORM),
    row("(?:at any|of all|all) time|so far|yet(?=[^a-z]*(?:$|and |or |but ))", Span(None)),
)
