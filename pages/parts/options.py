"""Menus of what there is, each with how often it is there; what is not there can be typed."""

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

Counts = Mapping[str, int | None]

# The browser knows an option by its label, and sends the old one when the number in it has changed
# since: then it would be something new. No-one types an en space, so such a label can be told.
_COUNT = re.compile(r"\u2002·\u2002[\d,]+\Z")


def pick(label: str, counts: Counts, *, key: str, **options: Any) -> str | None:
    """Draw a menu for one of them, in the order of `counts`; returns its name."""
    picked = st.selectbox(
        label,
        _names(counts, st.session_state.get(key)),
        index=None,
        format_func=lambda name: _shown(name, counts),
        key=key,
        accept_new_options=True,
        **options,
    )
    return None if picked is None else _name(picked, counts)


def pick_several(label: str, counts: Counts, *, key: str, **options: Any) -> list[str]:
    """Draw a menu for several of them; returns their names."""
    picked = st.multiselect(
        label,
        _names(counts, *st.session_state.get(key, [])),
        format_func=lambda name: _shown(name, counts),
        key=key,
        accept_new_options=True,
        **options,
    )
    return [_name(each, counts) for each in picked]


def _names(counts: Counts, *picked: str | None) -> list[str]:
    """What the menu has: what was typed before as well."""
    typed = [each for each in picked if each and _name(each, counts) not in counts]
    return [*typed, *counts]


def _shown(name: str, counts: Counts) -> str:
    count = counts.get(name)
    return name if count is None else f"{name}\u2002·\u2002{count:,}"


def _name(picked: str, counts: Counts) -> str:
    return picked if picked in counts else _COUNT.sub("", picked)
