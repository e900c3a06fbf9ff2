"""Where the fields of an event come from in a file: guessed, shown, and changed by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from pages.file.uploads import Upload
from pages.parts import literal, options, times
from pipeline.catalogue import EventType
from pipeline.files import FieldMapping
from pipeline.files.guessing import TimeFormat, guess_time_format
from pipeline.files.numbers import COMMA, POINT
from pipeline.files.rows import RowFile
from pipeline.files.time_formats import TIME_FORMATS
from pipeline.files.times import time_reader

_ROW = "The row's content"
_ALL, _SOME = "All other columns", "Only some"
_MOMENT = datetime(2026, 1, 31, 14, 30, tzinfo=UTC)
#: What a format is called, and what `FieldMapping` calls it.
_FORMATS = {
    "2026-01-31 14:30 (ISO 8601)": None,
    "Seconds since 1970": "epoch",
    "Milliseconds since 1970": "epoch-ms",
    "Microseconds since 1970": "epoch-us",
    **{f"{_MOMENT.strftime(each)} ({each})": each for each in TIME_FORMATS},
}
_DECIMALS = {"Point: 1234.50": POINT, "Comma: 1.234,50": COMMA}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is to be imported."""

    mapping: FieldMapping
    shift_to_now: bool


def show(upload: Upload, types: Sequence[EventType]) -> Plan | None:
    """Draw it, filled in with what is guessed; None while something has to be chosen."""
    first, second, third, fourth = st.columns([4, 3, 4, 3], vertical_alignment="bottom")
    with first:
        email = _email(upload)
    with second:
        time = _pick(upload, "Time", upload.rows.columns, upload.guess.time, placeholder="A column")
    with third:
        type_ = _type(upload, types)
    with fourth.popover("More options", icon=":material/tune:", width="stretch"):
        formats = {**_time_format(upload, time), **_timezone(upload)}
        decimal = _decimal(upload)
        details = {**formats, **decimal, **_event_key(upload)}
        properties = _properties(upload)
        shift_to_now = _shift_to_now(upload)
    if not (email and time and type_):
        needed = {"e-mail": email, "time": time, "event type": type_}
        missing = ", ".join(name for name, chosen in needed.items() if not chosen)
        st.info(f"Say where to find: {missing}.", icon=":material/arrow_upward:")
        return None
    _other_reading(upload, time, formats["time_format"])
    _other_numbers(upload, **decimal)
    _thousands(upload, **decimal)
    mapping = FieldMapping(email, time, **type_, **details, **properties)
    return Plan(mapping, shift_to_now)


def _key(upload: Upload, field: str) -> str:
    # With the file's id: a new file begins with its own guesses.
    return f"ingest_{field}_{upload.id}"


def _pick(
    upload: Upload,
    label: str,
    choices: Sequence[str],
    value: str | None,
    *,
    of: str | None = "",
    **more: Any,
) -> str | None:
    """A menu with a guess; one of its own for each column that it is `of`."""
    all_choices = list(dict.fromkeys([*choices, *filter(None, [value])]))
    index = all_choices.index(value) if value else None
    return st.selectbox(label, all_choices, index, key=_key(upload, f"{label}{of}"), **more)


def _email(upload: Upload) -> str | None:
    return _pick(
        upload,
        "E-mail",
        upload.rows.columns,
        upload.guess.email,
        accept_new_options=True,
        placeholder="A column or a template",
        help="A column of addresses, or a template that makes them up: `c{id}@example.com`.",
    )


def _type(upload: Upload, types: Sequence[EventType]) -> dict[str, Any]:
    """`type` or `type_column` of the mapping; neither while nothing is chosen."""
    guess, counts = upload.guess, {each.name: each.events for each in types}
    columns = {f"Column {name}": {"type_column": name} for name in upload.rows.columns}
    constants = {f"Always {name}": {"type": name} for name in (guess.type, *counts) if name}
    choices = columns | constants
    guessed = [{"type_column": guess.type_column}, {"type": guess.type}]
    key = _key(upload, "type")
    if key not in st.session_state:
        st.session_state[key] = next((each for each in choices if choices[each] in guessed), None)
    chosen = options.pick(
        "Event type",
        {each: counts.get(choices[each].get("type", "")) for each in choices},
        key=key,
        placeholder="A column, or one for all rows",
        help="A column that holds it, or a type for all rows: pick one or type a new one.",
    )
    return choices.get(chosen, {"type": chosen}) if chosen else {}


def _time_format(upload: Upload, column: str | None) -> dict[str, Any]:
    guess = _guessed(upload, column) or TimeFormat(None)
    guessed = next(label for label, each in _FORMATS.items() if each == guess.name)
    label = _pick(
        upload,
        "Time format",
        list(_FORMATS),
        guessed,
        of=column,
        accept_new_options=True,
        help="Another one can be typed, in the directives of Python's `strptime`.",
    )
    return {"time_format": _FORMATS.get(label or guessed, label)}


def _guessed(upload: Upload, column: str | None) -> TimeFormat | None:
    return _guess(upload.id, column, upload.rows) if column else None


# The first rows are read for it.
@st.cache_data(scope="session", max_entries=20, show_spinner=False)
def _guess(file_id: str, column: str, _rows: RowFile) -> TimeFormat | None:  # noqa: ARG001 - a key
    return guess_time_format(_rows, column)


def _other_reading(upload: Upload, column: str, time_format: str | None) -> None:
    """Say so if the times can be read in two ways."""
    guess = _guessed(upload, column)
    if guess and guess.other and time_format in (guess.name, guess.other):
        other = guess.other if time_format == guess.name else guess.name
        here, there = (_day(each, guess.example) for each in (time_format, other))
        st.warning(
            f"{literal.markdown(guess.example)} is read as **{here}**; it may mean {there}. For"
            " that, choose the other time format under More options.",
            icon=":material/calendar_month:",
        )


def _day(time_format: str | None, written: str) -> str:
    moment = time_reader(time_format, None)(written)
    return f"{moment.day} {moment:%B %Y}"


def _timezone(upload: Upload) -> dict[str, Any]:
    zones = ["UTC", times.zone().key, *_zones()]
    zone = _pick(upload, "Time zone of times without one", zones, "UTC")
    return {"timezone": zone}


@cache
def _zones() -> Sequence[str]:
    return sorted(available_timezones())


def _decimal(upload: Upload) -> dict[str, Any]:
    """`decimal` of the mapping, for a file whose numbers are texts."""
    if not (numbers := upload.rows.numbers):
        return {}
    found = next(label for label, sign in _DECIMALS.items() if sign == numbers.decimal)
    label = _pick(upload, "Decimal sign", list(_DECIMALS), found)
    return {"decimal": _DECIMALS[label or found]}


def _other_numbers(upload: Upload, decimal: str | None = None) -> None:
    """Say so if what stays text would be numbers with the other decimal sign."""
    word, other = ("point", POINT) if decimal == COMMA else ("comma", COMMA)
    numbers = upload.rows.numbers
    if columns := numbers.only_with(other) if numbers else []:
        st.warning(
            f"With a decimal {word}, {literal.listed(columns)} would hold numbers instead of texts."
            " For that, choose the other decimal sign under More options.",
            icon=":material/decimal_increase:",
        )


def _thousands(upload: Upload, decimal: str | None = None) -> None:
    """Say so if points that are taken for decimal ones may stand for thousands."""
    numbers = upload.rows.numbers
    if numbers and decimal == POINT and numbers.unclear:
        st.warning(
            f"With a decimal comma, the points in {literal.listed(numbers.unclear)} would stand for"
            " thousands. For that, choose the other decimal sign under More options.",
            icon=":material/decimal_increase:",
        )


def _event_key(upload: Upload) -> dict[str, Any]:
    label = _pick(
        upload,
        "Idempotency key",
        [_ROW, *upload.rows.columns],
        upload.guess.key or _ROW,
        accept_new_options=True,
        help="What tells an event from another: a column, or a template such as `{order}-{line}`.",
    )
    return {"key": None if label == _ROW else label}


def _properties(upload: Upload) -> dict[str, Any]:
    key = _key(upload, "properties")
    choice = st.segmented_control(
        "Properties of the event", [_ALL, _SOME], default=_ALL, required=True, key=key
    )
    if choice == _ALL:
        return {}
    chosen = st.multiselect(
        "Columns that become properties", upload.rows.columns, key=f"{key}_chosen"
    )
    return {"properties": {name: name for name in chosen}, "remaining": False}


def _shift_to_now(upload: Upload) -> bool:
    return st.toggle(
        "Move all times so that the newest is now",
        key=_key(upload, "shift"),
        help="For old data that is to be tried as if it were of today.",
    )
