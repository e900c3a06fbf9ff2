"""One clause as a definition."""

from pipeline.rules import MAX_DAYS
from pipeline.smart.grammar.amounts import MONEY_PATH
from pipeline.smart.grammar.clauses import Clause
from pipeline.smart.grammar.definitions import (
    Definition,
    Step,
    Window,
    all_of,
    counted,
    did,
    did_not,
    filtered,
    is_between,
    last_days,
    not_counted,
    older_than,
    sequence,
    step,
    unless,
)
from pipeline.smart.grammar.meanings import (
    Abandoned,
    Amount,
    Delay,
    Edge,
    Email,
    Event,
    Money,
    Seen,
    When,
    Where,
)
from pipeline.smart.grammar.said import Said
from pipeline.smart.table import PAGE_EVENT_TYPE, PAGE_PATH

BUYING = "purchase"
HOURS_UNTIL_ABANDONED = 24

_MOST_FILTERS, _MOST_COUNTS = 5, 2


def condition(clause: Clause, window: Window) -> tuple[Definition, set[int]]:
    """The definition of a clause, and where the tokens begin that went into it."""
    said = Said(clause)
    if not isinstance(clause.subject, Email) and not _is_of_first_step(clause):
        said.take(When)
    match clause.subject:
        case Event() as event:
            return _event(event, clause, said, window), said.used
        case Seen() as seen:
            return _seen(seen, clause.negated, window), said.used
        case Email(op, value):
            rule: Definition = {"kind": "email", "op": op, "value": value}
        case Money() as money:
            rule = _money(money, said, window)
        case Abandoned(event_type):
            delay = said.take(Delay) or Delay(HOURS_UNTIL_ABANDONED)
            rule = sequence(step(event_type), step(BUYING), delay.hours, window, negate=True)
    return unless(clause.negated, rule), said.used


def _is_of_first_step(clause: Clause) -> bool:
    """Whether its time is that of a first step, which says it."""
    return clause.after is not None and clause.after.first(When) is not None


def _seen(seen: Seen, negated: bool, window: Window) -> Definition:
    if seen.which != "first_seen" and not is_between(window):
        return {"kind": "last_seen", "window": window}  # which says if it is denied
    if seen.which == "seen":
        return (did_not if negated != seen.absent else did)(step(None), window)
    return unless(negated, {"kind": seen.which, "window": window})


# ----------------------------------------------------------------------------------------- events
def _event(event: Event, clause: Clause, said: Said, window: Window) -> Definition:
    what = _step(event, said)
    if first := _first_step(clause, said):
        delay = said.take(Delay)
        hours = delay.hours if delay else 24 * (window or {}).get("lastDays", MAX_DAYS)
        return sequence(first, what, hours, window, negate=clause.negated)
    # What was before a day of the calendar, or after it, is in no window.
    if not is_between(window) and (edge := said.take(Edge)):
        return unless(clause.negated, _edge(edge, what, window))
    return _counted(what, clause, said, window)


def _step(event: Event, said: Said) -> Step:
    """What was done, with the properties that are asked for."""
    said.take(Event, lambda other: other == Event(PAGE_EVENT_TYPE) and event.page is not None)
    page = [filtered(PAGE_PATH, "equals", event.page)] if event.page else []
    paid = said.take_all(Amount, lambda amount: amount.of == "money", most=_MOST_FILTERS)
    prices = [filtered(MONEY_PATH, *bound) for amount in paid for bound in amount.bounds]
    return step(event.type, [*page, *prices, *_wheres(said)])


def _wheres(said: Said) -> list[Definition]:
    wheres = said.take_all(Where, most=_MOST_FILTERS)
    return [filtered(where.path, where.op, where.value) for where in wheres]


def _first_step(clause: Clause, said: Said) -> Step | None:
    """What was done before it, if it is the second step of a sequence."""
    if clause.after and isinstance(clause.after.subject, Event):
        before = Said(clause.after)
        before.take(When)
        first = _step(clause.after.subject, before)
        said.used |= before.used
        return first
    named = said.take(Event) if clause.first(Delay) else None  # within a day of signing up
    return _step(named, said) if named else None


def _edge(edge: Edge, what: Step, window: Window) -> Definition:
    """The last one long ago: one then, and none since. The first one lately: none before."""
    match window:
        case {"olderThanDays": days} if edge.is_last:
            return all_of([did(what, window), did_not(what, last_days(days))])
        case {"lastDays": days} if not edge.is_last:
            return all_of([did(what, window), did_not(what, older_than(days))])
    return did(what, window)


def _counted(what: Step, clause: Clause, said: Said, window: Window) -> Definition:
    amounts = said.take_all(Amount, _is_count, most=_MOST_COUNTS)
    counts = [(op, int(number)) for amount in amounts for op, number in amount.bounds]
    if not counts:
        return (did_not if clause.negated else did)(what, window)
    if len(counts) == 1:
        return (not_counted if clause.negated else counted)(what, *counts[0], window)
    return unless(clause.negated, all_of([counted(what, *count, window) for count in counts]))


def _is_count(amount: Amount) -> bool:
    return amount.of == "times" and all(isinstance(number, int) for _, number in amount.bounds)


# ------------------------------------------------------------------------------------------ money
def _money(money: Money, said: Said, window: Window) -> Definition:
    said.take(Event, lambda event: event == Event(BUYING))
    paid = said.take(Amount, lambda amount: amount.of == "money") or said.take(Amount)
    bounds = paid.bounds if paid else (("greater", 0),)
    value = {"kind": "event_value", **step(BUYING, _wheres(said)), "window": window}
    value |= {"path": money.path, "aggregate": money.aggregate}
    return all_of([{**value, "op": op, "value": number} for op, number in bounds])
