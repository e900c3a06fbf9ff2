"""The form of each kind of rule: a sentence with inputs in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

import streamlit as st

from pages.builder.inputs import INPUTS, Field
from pages.builder.known import Known
from pages.builder.tree import Piece

_FILTER = {"path": "property", "op": "operator", "value": "operand"}
_NEW_FILTER = {"path": None, "op": "equals", "value": None}
_LAST_30_DAYS = {"lastDays": 30}
_SOMETHING = {"eventType": "", "filters": []}


@dataclass(frozen=True, slots=True)
class Form:
    """How a rule reads while it is edited, and what it is when it is new.

    `{days:whole}` stands for the input of that name in `INPUTS`, for the field `days`;
    `{filters}` and `{first.filters}` for a list of filters.
    """

    sentence: str
    new: Mapping[str, Any] = field(default_factory=dict)


FORMS = {
    "event_type_in_last_days": Form(
        "did {eventType:type} in the last {days:days} days",
        {"eventType": "", "days": 30},
    ),
    "event_property_equals": Form(
        "did {eventType:type} with {path:text} {value:string} in the last {days:days} days",
        {"eventType": "", "path": None, "value": None, "days": 30},
    ),
    "event_count_gte_in_last_days": Form(
        "did {eventType:type} at least {minCount:times} times in the last {days:days} days",
        {"eventType": "", "days": 30, "minCount": 3},
    ),
    "event": Form(
        "did {eventType:any_type} {filters} {count:count} times {window:window}",
        {
            **_SOMETHING,
            "window": _LAST_30_DAYS,
            "count": {"op": "greater_or_equal", "value": 1},
        },
    ),
    "event_value": Form(
        "did {eventType:any_type} {filters} {window:window}"
        " with {aggregate:aggregate} {path:property} {op:comparison} {value:number}",
        {
            **_SOMETHING,
            "window": _LAST_30_DAYS,
            "path": None,
            "aggregate": "sum",
            "op": "greater_or_equal",
            "value": None,
        },
    ),
    "sequence": Form(
        "did {first.eventType:any_type} {first.filters} {window:window}"
        " and then {negate:negation} {then.eventType:any_type} {then.filters}"
        " within {withinHours:hours} hours",
        {
            "first": _SOMETHING,
            "then": _SOMETHING,
            "withinHours": 24,
            "window": _LAST_30_DAYS,
            "negate": False,
        },
    ),
    "first_seen": Form("were first seen {window:window}", {"window": _LAST_30_DAYS}),
    "last_seen": Form("were last seen {window:window}", {"window": _LAST_30_DAYS}),
    "email": Form("have an address that {op:match} {value:address}", {"op": "ends_with"}),
    "segment": Form("are in the segment {segmentId:segment}"),
    "all": Form("", {"rules": []}),
    "any": Form("", {"rules": []}),
}


def new(kind: str, like: Mapping[str, Any] = {}) -> Piece:
    """A rule of this kind that nobody has filled in, but for what it shares with another."""
    blank = {"kind": kind, **FORMS[kind].new}
    shared = {name: like[name] for name in blank.keys() & like.keys() - {"kind"}}
    if "window" in blank and "days" in like:
        shared["window"] = {"lastDays": like["days"]}
    if "days" in blank and "lastDays" in (like.get("window") or {}):
        shared["days"] = like["window"]["lastDays"]
    return Piece({**blank, **shared})


def show(rule: Piece, known: Known) -> None:
    """Draw the inputs of a rule that is not made of others."""
    row = _row()
    for words, place, how, _ in Formatter().parse(FORMS[rule.kind].sentence):
        if words.strip():
            row.markdown(words.strip(), width="content")
        if place:
            *way, name = place.split(".")
            piece = rule[way[0]] if way else rule
            if name == "filters":
                row = _filters(piece, known, row)
            else:
                with row:
                    INPUTS[how](Field(piece, name, known, piece.get("eventType")))


def _filters(piece: Piece, known: Known, row: Any) -> Any:
    """Draw the filters, each in a row of its own; returns the row in which to go on."""
    filters = piece["filters"]
    for each in [*filters]:
        row = _row()
        with row:
            st.markdown("with", width="content")
            for name, how in _FILTER.items():
                INPUTS[how](Field(each, name, known, piece["eventType"]))
            st.button(
                ":material/close:",
                key=f"segments.{each.id}.remove",
                type="tertiary",
                help="Remove this filter",
                on_click=_remove,
                args=(filters, each),
            )
    row.button(
        "filter",
        key=f"segments.{piece.id}.filter",
        icon=":material/add:",
        type="tertiary",
        help="Ask for a property of these events",
        on_click=lambda: filters.append(Piece(_NEW_FILTER)),
    )
    return _row() if filters else row


def _remove(pieces: list[Piece], piece: Piece) -> None:
    # Two filters may be equal, and list.remove would take the first of them.
    pieces[:] = [each for each in pieces if each is not piece]


def _row() -> Any:
    return st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
