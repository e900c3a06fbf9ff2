"""The inputs of a rule: each shows one field of a definition, and keeps what becomes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from pages.builder import words
from pages.builder.known import Known
from pages.builder.tree import Piece
from pages.parts import options
from pipeline.rules.comparisons import COMPARISONS
from pipeline.rules.email import MATCHES
from pipeline.rules.event_value import AGGREGATES
from pipeline.rules.filters import OPERATORS
from pipeline.rules.paths import from_words, in_words
from pipeline.rules.windows import WINDOWS, last_day

_ANYTHING = "anything"
_EVER = "at any time"
_DAY = timedelta(days=1)
_NEW_WINDOW = {"lastDays": 30, "olderThanDays": 30, "between": [None, None]}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a piece; `event_type` is that of the events whose properties it is about."""

    piece: Piece
    name: str
    known: Known
    event_type: str | None = None

    @property
    def value(self) -> Any:
        """What the field is, None while it is missing."""
        return self.piece.get(self.name)

    def keep(self, value: Any) -> None:
        """Let the field be this."""
        self.piece[self.name] = value

    def inside(self, name: str) -> "Field":
        """A field of the piece that this field is."""
        return replace(self, piece=self.value, name=name)

    def input(
        self, shown: Any, *, part: str = "", is_typed: bool = False, **options: Any
    ) -> dict[str, Any]:
        """The options that all inputs have; at first the input shows `shown`."""
        key = f"segments.{self.piece.id}.{self.name}{part}"
        # Each time: the browser may have missed it in a run that another one cut short. Where one
        # types, telling the value would take back what has been typed since.
        if is_typed:
            options["value"] = shown
        else:
            st.session_state[key] = st.session_state.get(key, shown)
        return {"key": key, "label_visibility": "collapsed", **options}


Input = Callable[[Field], None]


# ------------------------------------------------------------------------------------------- plain
def _text(field: Field, shown: str, label: str, width: int, part: str = "") -> str:
    options = field.input(shown, part=part, is_typed=True, width=width, placeholder=label.lower())
    return st.text_input(label, live=True, **options) or ""


def whole(field: Field, label: str) -> None:
    """A whole number of days, hours or times."""
    field.keep(words.whole(_text(field, _typed(field.value), label, 88)))


def number(field: Field) -> None:
    """Any number."""
    field.keep(words.number(_text(field, _typed(field.value), "Number", 120)))


def _typed(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else words.shown(value)


def choice(field: Field, label: str, choices: Mapping[str, Any], width: int) -> None:
    """One of the language's own words; each has a `label`."""
    picked = st.selectbox(
        label,
        list(choices),
        format_func=lambda name: choices[name].label,
        **field.input(field.value, width=width),
    )
    field.keep(picked)


# ------------------------------------------------------------------------------------------ events
def event_type(field: Field) -> None:
    """An event type; "" while none is chosen."""
    shown = field.input(field.value or None, width=200, placeholder="event type")
    field.keep(options.pick("Event type", field.known.types, **shown) or "")


def any_event_type(field: Field) -> None:
    """An event type, or any, which is None."""
    shown = _ANYTHING if field.value is None else field.value or None
    shown = field.input(shown, width=200, placeholder="event type")
    picked = options.pick("Event type", {_ANYTHING: None, **field.known.types}, **shown)
    field.keep(None if picked == _ANYTHING else picked or "")


def event_property(field: Field) -> None:
    """A property of these events."""
    _property(field, field.known.properties(field.event_type))


def text_property(field: Field) -> None:
    """A property of these events that can be compared with a text alone."""
    _property(field, field.known.texts(field.event_type))


def _property(field: Field, known: Mapping[str, int]) -> None:
    at_present = in_words(field.value) if field.value else None
    shown = field.input(at_present, width=180, placeholder="property")
    picked = options.pick("Property", known, **shown)
    if picked != at_present:
        field.keep(picked and from_words(picked))


def count(field: Field) -> None:
    """How often."""
    choice(field.inside("op"), "How often", COMPARISONS, 130)
    whole(field.inside("value"), "Times")


def negation(field: Field) -> None:
    """Whether it was done or not."""
    chosen = st.selectbox(
        "Whether it was done",
        [False, True],
        format_func=lambda negated: "did not do" if negated else "did",
        **field.input(field.value, width=125),
    )
    field.keep(chosen)


# ------------------------------------------------------------------------------------------ values
def string(field: Field) -> None:
    """A string that a property can be."""
    shown = field.input(field.value, width=180, placeholder="value")
    known = {name: count for name, count in _values(field).items() if words.scalar(name) == name}
    field.keep(options.pick("Value", known, **shown))


def operand(field: Field) -> None:
    """What a filter's operator compares with."""
    OPERANDS[field.piece["op"]](field)


def _nothing(field: Field) -> None:
    field.keep(None)


def _one_value(field: Field) -> None:
    value = _first(field.value)
    shown = None if value is None else words.shown(value)
    known = _values(field)
    picked = options.pick("Value", known, **field.input(shown, width=180, placeholder="value"))
    field.keep(None if picked is None else _value(picked, known))


def _several_values(field: Field) -> None:
    shown = [words.shown(each) for each in _all(field.value)]
    known = _values(field)
    picked = options.pick_several(
        "Values", known, wrap=True, **field.input(shown, part="s", width=300, placeholder="values")
    )
    field.keep([_value(each, known) for each in picked])


def _limit(field: Field) -> None:
    value = _first(field.value)
    shown = "" if value is None else words.shown(value)
    text = _text(field, shown, "Value", 140, "limit")
    field.keep(words.scalar(text) if text else None)


def _part_of_text(field: Field) -> None:
    field.keep(_text(field, _typed(_first(field.value)), "Text", 180, "text") or None)


OPERANDS: Mapping[str, Input] = {
    "equals": _one_value,
    "not_equals": _one_value,
    "in": _several_values,
    "greater": _limit,
    "greater_or_equal": _limit,
    "less": _limit,
    "less_or_equal": _limit,
    "contains": _part_of_text,
    "starts_with": _part_of_text,
    "exists": _nothing,
    "missing": _nothing,
}


def _values(field: Field) -> Mapping[str, int]:
    """The values that the property has, as they are shown, with counts."""
    return field.known.values(field.event_type, field.piece.get("path"))


def _value(picked: str, known: Mapping[str, int]) -> Any:
    # Whoever types 10115 means the "10115" that is there.
    in_quotes = words.shown(picked)
    return picked if picked not in known and in_quotes in known else words.scalar(picked)


def _first(value: Any) -> Any:
    return next(iter(value), None) if isinstance(value, list) else value


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def address(field: Field) -> None:
    """What an address is compared with."""
    if field.piece["op"] == "in":
        shown = field.input(_all(field.value), part="s", width=300, placeholder="addresses")
        field.keep(options.pick_several("Addresses", {}, wrap=True, **shown))
    else:
        field.keep(_text(field, _first(field.value) or "", "Address", 220) or None)


# --------------------------------------------------------------------------------------------- time
def window(field: Field) -> None:
    """A window of time, or none, which is ever."""
    at_present = next(iter(field.value)) if field.value else _EVER
    labels = {_EVER: _EVER, **{name: each.label for name, each in WINDOWS.items()}}
    picked = st.selectbox(
        "When", list(labels), format_func=labels.get, **field.input(at_present, width=185)
    )
    if picked != at_present:
        field.keep(None if picked == _EVER else Piece({picked: _NEW_WINDOW[picked]}))
    if picked != _EVER:
        _WINDOWS[picked](field.inside(picked))


def _two_days(field: Field) -> None:
    first, after = (day and date.fromisoformat(day) for day in field.value)
    first = _day(field, first, "First day", date.max)
    # A definition has the day after the last one, a person thinks of the last one itself.
    last = _day(field, after and last_day(after), "Last day", date.max - _DAY)
    after = last and last + _DAY
    field.keep([day and day.isoformat() for day in (first, after)])
    st.caption("inclusive, UTC", width="content")


def _day(field: Field, shown: date | None, label: str, latest: date) -> date | None:
    return st.date_input(
        label,
        value=None,
        min_value=date.min,
        max_value=latest,
        format="YYYY-MM-DD",
        **field.input(shown, part=label, width=145),
    )


_WINDOWS: Mapping[str, Input] = {
    "lastDays": partial(whole, label="Days"),
    "olderThanDays": partial(whole, label="Days"),
    "between": _two_days,
}


# ---------------------------------------------------------------------------------------- segments
def segment(field: Field) -> None:
    """Another segment."""
    names = field.known.segments
    shown = field.input(field.value if field.value in names else None, width="stretch")
    picked = st.selectbox(
        "Segment",
        list(names),
        index=None,
        format_func=names.get,
        placeholder="segment",
        **shown,
    )
    field.keep(picked)


#: The inputs that a form can name.
INPUTS: Mapping[str, Input] = {
    "address": address,
    "aggregate": partial(choice, label="Figure", choices=AGGREGATES, width=150),
    "any_type": any_event_type,
    "comparison": partial(choice, label="Comparison", choices=COMPARISONS, width=130),
    "count": count,
    "days": partial(whole, label="Days"),
    "hours": partial(whole, label="Hours"),
    "match": partial(choice, label="Comparison", choices=MATCHES, width=120),
    "negation": negation,
    "number": number,
    "operand": operand,
    "operator": partial(choice, label="Comparison", choices=OPERATORS, width=140),
    "property": event_property,
    "segment": segment,
    "string": string,
    "text": text_property,
    "times": partial(whole, label="Times"),
    "type": event_type,
    "window": window,
}
