"""An event's properties, exactly as they are stored: few in a line, more of them folded."""

from collections.abc import Mapping

import streamlit as st

from pages.parts import literal
from pages.parts.numbers import counted
from pipeline import exact_json

_SHORT = 160


def show(properties: Mapping[str, object]) -> None:
    """Draw them; nothing for none."""
    if not properties:
        return
    if _is_short(properties):
        st.markdown("\u2003".join(_pair(*each) for each in properties.items()))
        return
    with st.expander(_summary(properties)):
        # As text, since the browser's numbers have but 16 digits.
        st.code(exact_json.indented(properties), language="json", wrap_lines=True)


def _is_short(properties: Mapping[str, object]) -> bool:
    nested = any(isinstance(value, dict | list) for value in properties.values())
    return not nested and len(exact_json.dumps(properties)) <= _SHORT


def _pair(name: str, value: object) -> str:
    shown = literal.markdown(exact_json.dumps(value))
    # Not to be torn apart at the end of a line.
    return f":gray[{literal.markdown(name)}]\u00a0{shown}"


def _summary(properties: Mapping[str, object]) -> str:
    names = ", ".join(properties)
    cut = names if len(names) <= _SHORT else f"{names[:_SHORT]}…"
    return f"{counted(len(properties), 'property', 'properties')}: {literal.markdown(cut)}"
