"""Definitions of the rule language, each in the simplest kind that says it."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pipeline.rules import MAX_COUNT, MAX_DAYS
from pipeline.smart import table
from pipeline.smart.grammar.meanings import Comparison, FilterOp
from pipeline.smart.numbers import clamped

Definition = dict[str, Any]
Window = dict[str, Any] | None
Step = dict[str, Any]  # the event type and filters of an event, or of one in a sequence

_OPPOSITE: dict[Comparison, str] = {
    "equals": "not_equals",
    "greater": "less_or_equal",
    "greater_or_equal": "less",
    "less": "greater_or_equal",
    "less_or_equal": "greater",
}


# ------------------------------------------------------------------------------------------ groups
def all_of(rules: Sequence[Definition]) -> Definition:
    """Every one of the rules."""
    return _several("all", rules)


def any_of(rules: Sequence[Definition]) -> Definition:
    """At least one of the rules."""
    return _several("any", rules)


def unless(negated: bool, rule: Definition) -> Definition:
    """The rule, or, negated, all customers whom it does not match."""
    return {"kind": "not", "rule": rule} if negated else rule


def _several(kind: str, rules: Sequence[Definition]) -> Definition:
    different = [rule for position, rule in enumerate(rules) if rule not in rules[:position]]
    return {"kind": kind, "rules": different} if len(different) > 1 else different[0]


# ----------------------------------------------------------------------------------------- windows
def last_days(days: int) -> Window:
    """The window of the last days."""
    return {"lastDays": clamped(days, MAX_DAYS)}


def older_than(days: int) -> Window:
    """The window before the last days."""
    return {"olderThanDays": clamped(days, MAX_DAYS)}


def between(first: date, last: date) -> Window:
    """The window from a day to another, which is in it."""
    return {"between": [str(first), str(last + timedelta(days=1))]}


def is_between(window: Window) -> bool:
    """Whether it is one between two days of the calendar."""
    return window is not None and "between" in window


# ------------------------------------------------------------------------------------------ events
def step(event_type: str | None, filters: Sequence[Definition] = ()) -> Step:
    """Events of a type, or of any, that pass all filters."""
    return {"eventType": event_type, "filters": [*filters]}


def filtered(path: str, op: FilterOp, value: str | float | Decimal | bool) -> Definition:
    """A filter."""
    return {"path": path, "op": op, "value": value}


def did(what: Step, window: Window) -> Definition:
    """Did it in the window."""
    return counted(what, "greater_or_equal", 1, window)


def did_not(what: Step, window: Window) -> Definition:
    """Did not do it in the window."""
    return _event(what, "equals", 0, window)


def counted(what: Step, op: Comparison, number: int, window: Window) -> Definition:
    """Did it so many times in the window; "at least 0" is read as at least once."""
    if op == "greater":
        op, number = "greater_or_equal", number + 1
    if op == "greater_or_equal":
        number = clamped(number, MAX_COUNT)
        return _simple(what, number, window) or _event(what, op, number, window)
    return _event(what, op, number, window)


def not_counted(what: Step, op: Comparison, number: int, window: Window) -> Definition:
    """Did not do it so many times in the window; those who never did are among them."""
    if (op, number) in (("greater_or_equal", 1), ("greater", 0)):
        return did_not(what, window)
    return _event(what, _OPPOSITE[op], number, window)


def _simple(what: Step, at_least: int, window: Window) -> Definition | None:
    """The same in a kind of the contract's table, for which there are quicker ways."""
    match window, what:
        case {"lastDays": days}, {"eventType": str(event_type), "filters": []}:
            once = at_least == 1
            counts = table.count_at_least(event_type, at_least, days)
            return table.did(event_type, days) if once else counts
        case {"lastDays": days}, {"eventType": str(event_type), "filters": [only]} if at_least == 1:
            match only:
                case {"path": path, "op": "equals", "value": str(value)}:
                    return table.property_equals(event_type, path, value, days)
    return None


def _event(what: Step, op: str, number: int, window: Window) -> Definition:
    count = {"op": op, "value": min(number, MAX_COUNT)}
    return {"kind": "event", **what, "window": window, "count": count}


def sequence(first: Step, then: Step, hours: int, window: Window, *, negate: bool) -> Definition:
    """Did the first and, within so many hours, the second; or not the second."""
    steps = {"kind": "sequence", "first": first, "then": then}
    within = clamped(hours, MAX_DAYS * 24)
    return {**steps, "withinHours": within, "window": window, "negate": negate}
