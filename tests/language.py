"""Short ways to write definitions, in every test's own words."""

from typing import Any

A_SEGMENT = "7b0c8a52-4e0e-4f5e-9d43-0d9b9d4b4f0e"


def event(event_type: str | None = "purchase", **fields: Any) -> dict[str, Any]:
    return {"kind": "event", "eventType": event_type, **fields}


def times(op: str, value: Any) -> dict[str, Any]:
    return {"op": op, "value": value}


def where(path: Any, op: str, value: Any = None) -> dict[str, Any]:
    return {"path": path, "op": op, "value": value}


def all_of(*rules: Any) -> dict[str, Any]:
    return {"kind": "all", "rules": [*rules]}


def any_of(*rules: Any) -> dict[str, Any]:
    return {"kind": "any", "rules": [*rules]}


def not_(rule: Any) -> dict[str, Any]:
    return {"kind": "not", "rule": rule}


def value(aggregate: str, op: str, number: Any, **fields: Any) -> dict[str, Any]:
    asked = {"path": "total", "aggregate": aggregate, "op": op, "value": number}
    return {**event(**fields), "kind": "event_value", **asked}


def sequence(**fields: Any) -> dict[str, Any]:
    steps = {"first": {"eventType": "added_to_cart"}, "then": {"eventType": "purchase"}}
    return {"kind": "sequence", **steps, "withinHours": 24, **fields}


def email(op: str, text: Any) -> dict[str, Any]:
    return {"kind": "email", "op": op, "value": text}


def seen(which: str, **window: Any) -> dict[str, Any]:
    return {"kind": f"{which}_seen", "window": window or None}
