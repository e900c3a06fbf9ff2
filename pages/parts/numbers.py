"""Numbers as people read them: whole ones with thousands separators, shares as percentages."""

from typing import Any

import streamlit as st


def whole(number: int) -> str:
    """`1,234`."""
    return f"{number:,}"


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """`1 customer`, `1,234 customers`; `nouns` where an s does not make the plural."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def share(part: int, of: int) -> str:
    """`12.5%`; a dash of nothing. What is rounded never reads as none or all of it."""
    if not of:
        return "–"  # noqa: RUF001 - a dash for no number
    if 0 < part / of < 0.001:
        return "<0.1%"
    if 0.999 < part / of < 1:
        return ">99.9%"
    return f"{part / of:.1%}".replace(".0%", "%")


def change(now: int, before: int) -> str | int | None:
    """How much more than before, for `st.metric`: `+12.5%`; None when there was nothing before."""
    if not before:
        return None
    return 0 if now == before else f"{(now - before) / before:+,.1%}"


def column(label: str, **options: Any) -> Any:
    """A column of whole numbers in `st.dataframe`."""
    return st.column_config.NumberColumn(label, format="%,d", **options)
