"""The rule language: what a segment's definition can say, its condition in SQL, its sentence.

A rule is one class: its fields are the definition's (camelCase in JSON), `where(now)` is a
condition on `Customer`, `sentence()` says it in English. A new kind is one class and one entry in
`KINDS`. A condition is true or false, never NULL, so that its negation loses nobody; and it is
exact for a `now` in the past, as only events at or before `now` exist for it.
"""

import json
from collections.abc import Iterable, Mapping

from pipeline.errors import Invalid
from pipeline.rules.basic import (
    EventCountGteInLastDays,
    EventPropertyEquals,
    EventTypeInLastDays,
)
from pipeline.rules.email import EmailAddress
from pipeline.rules.event import EventCount
from pipeline.rules.event_value import EventValue
from pipeline.rules.fields import MAX_COUNT, MAX_DAYS, Mistake, checked
from pipeline.rules.groups import AllOf, AnyOf, Group, Not
from pipeline.rules.intervals import Condition
from pipeline.rules.reference import Reference, Resolved
from pipeline.rules.rule import Evidence, Rule, walk
from pipeline.rules.seen import FirstSeen, LastSeen
from pipeline.rules.sequence import EventSequence

__all__ = [
    "KINDS",
    "MAX_COUNT",
    "MAX_DAYS",
    "Condition",
    "Evidence",
    "Group",
    "Reference",
    "Resolved",
    "Rule",
    "parse",
    "walk",
]

MAX_DEPTH = 10
MAX_NODES = 200
MAX_BYTES = 64 * 1024

# Only to see how long it is: what is no JSON has sentences of its own later.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), skipkeys=True, default=str)

KINDS: dict[str, type[Rule]] = {
    rule.kind: rule
    for rule in (
        EventTypeInLastDays,
        EventPropertyEquals,
        EventCountGteInLastDays,
        AllOf,
        AnyOf,
        Not,
        EventCount,
        EventValue,
        EventSequence,
        FirstSeen,
        LastSeen,
        EmailAddress,
        Reference,
    )
}


def parse(definition: object) -> Rule:
    """The rule that a definition describes; raises Invalid with one sentence otherwise.

    The checks of size come first and do not recurse, however deep a hostile definition is.
    """
    if not isinstance(definition, Mapping):
        raise Invalid("Definition must be a JSON object")
    kind = definition.get("kind")
    if not isinstance(kind, str):
        raise Invalid("Definition must have a 'kind' field")
    if kind not in KINDS:
        raise Invalid(f"Unknown definition kind: '{kind[:100]}'")
    _check_bytes(definition)
    _check_nodes(definition)
    try:
        rule = checked(KINDS[kind], definition, context=_nested)
    except Mistake as mistake:
        raise Invalid(str(mistake), mistake.path) from None
    _check_bytes(rule.definition())  # what was left out is written out in there
    return rule


def _nested(definition: object) -> Rule:
    if not isinstance(definition, Mapping):
        raise Mistake("must be a JSON object")
    kind = definition.get("kind")
    if not isinstance(kind, str):
        raise Mistake("must have a 'kind' field")
    if kind not in KINDS:
        raise Mistake(f"is unknown: '{kind[:100]}'", "kind")
    return checked(KINDS[kind], definition, context=_nested)


def _check_bytes(definition: Mapping[str, object]) -> None:
    try:
        text = _json.encode(definition)
    except (TypeError, ValueError, RecursionError):
        raise Invalid("Definition must be JSON, and not nested too deeply") from None
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise Invalid(f"Definition must be at most {MAX_BYTES // 1024} KiB as JSON")


def _check_nodes(definition: Mapping[str, object]) -> None:
    level: list[object] = [definition]
    depth = nodes = 0
    while level:
        depth, nodes = depth + 1, nodes + len(level)
        if depth > MAX_DEPTH:
            raise Invalid(f"Definition must be at most {MAX_DEPTH} rules deep")
        if nodes > MAX_NODES:
            raise Invalid(f"Definition must have at most {MAX_NODES} rules")
        level = [rule for node in level for rule in _rules_in(node)]


def _rules_in(node: object) -> Iterable[object]:
    if isinstance(node, Mapping):
        rules = node.get("rules")
        yield from rules if isinstance(rules, list) else ()
        if "rule" in node:
            yield node["rule"]
