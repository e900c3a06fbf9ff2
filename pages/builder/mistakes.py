"""What an unfinished rule lacks, said where it is missing."""

import re
from typing import Any

from pages.builder.tree import Piece, walk
from pipeline import Invalid, Rule, parse
from pipeline.rules import MAX_COUNT, MAX_DAYS
from pipeline.rules.filters import MAX_FILTERS
from pipeline.rules.groups import MAX_RULES

# The package names fields as the API has them, and says of an empty one what it has to be; to who
# fills in a form, that it is. Of numbers: how many of what, the least and the most.
_NUMBERS = {
    "days": ("days", 1, MAX_DAYS),
    "lastDays": ("days", 1, MAX_DAYS),
    "olderThanDays": ("days", 1, MAX_DAYS),
    "withinHours": ("hours", 1, MAX_DAYS * 24),
    "minCount": ("times", 1, MAX_COUNT),
    "count.value": ("times", 0, MAX_COUNT),
}
_MISSING = {
    "eventType": "Choose an event type.",
    "path": "Choose a property.",
    "value": "Say which value.",
    "between": "Choose both days.",
    "segmentId": "Choose a segment.",
    "rules": "Add a condition.",
}
_MISFIT = {
    "path": 'Choose a property that is in no other; "did something" with a filter takes those too.',
    "value": "Say which value, as a number.",
    "filters": f"At most {MAX_FILTERS} filters.",
    "rules": f"At most {MAX_RULES} conditions in a group.",
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
    name = "count.value" if names[-2:] == ["count", "value"] else "".join(names[-1:])
    if name in _NUMBERS:
        what, least, most = _NUMBERS[name]
        limits = "" if _is_missing(value) else f", as a whole number from {least} to {most:,}"
        return f"Say how many {what}{limits}."
    sentences = _MISSING if _is_missing(value) else _MISFIT
    return sentences.get(name, f"{error}.")


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list) and (not value or None in value))
