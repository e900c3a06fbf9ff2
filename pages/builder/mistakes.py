"""What an unfinished rule lacks, said where it is missing."""

import re
from typing import Any

from pages.builder.tree import Piece, walk
from pipeline import Invalid, Rule, parse

# Of a field that is empty the package says what it has to be; to who fills in a form, that it is.
_MISSING = {
    "eventType": "Choose an event type.",
    "path": "Choose a property.",
    "value": "Say which value.",
    "count.value": "Say how many times.",
    "days": "Say how many days.",
    "lastDays": "Say how many days.",
    "olderThanDays": "Say how many days.",
    "between": "Choose both days.",
    "minCount": "Say how many times.",
    "withinHours": "Say how many hours.",
    "segmentId": "Choose a segment.",
    "rules": "Add a condition.",
}
_STEP = re.compile(r"\w+")
# Stands for the rules that a rule is made of, which have mistakes of their own.
_FAULTLESS = {"kind": "last_seen", "window": None}


def of(rule: Piece) -> str | None:
    """What is wrong with a rule, leaving out those that it is made of; None when nothing is."""
    alone = dict(rule)
    if "rules" in rule:
        alone["rules"] = [_FAULTLESS for _ in rule.rules]
    if "rule" in rule:
        alone["rule"] = _FAULTLESS
    try:
        parse(alone)
    except Invalid as error:
        return _sentence(error, rule)
    return None


def whole(rule: Piece) -> Rule | None:
    """The rule that was composed; None while any that it is made of has a mistake.

    Raises Invalid when the mistake is in the whole of it: it is too deep, or too large.
    """
    try:
        return parse(rule)
    except Invalid:
        if any(of(each) for _, each in walk(rule)):
            return None
        raise


def _sentence(error: Invalid, rule: Piece) -> str:
    names: list[str] = []
    value: Any = rule
    for step in _STEP.findall(error.path):
        if isinstance(value, list):
            value = value[int(step)]
        else:
            value = value.get(step)
            names.append(step)
    if _is_missing(value):
        return _MISSING.get(".".join(names[-2:])) or _MISSING[names[-1]]
    return f"{error}."


def _is_missing(value: Any) -> bool:
    return value is None or value in ("", []) or (isinstance(value, list) and None in value)
