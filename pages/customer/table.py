"""The customers of a page as a table: one opens a profile, a column's head sorts by it."""

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.customer import filters, opened
from pages.parts import numbers, times
from pipeline.reports.customers import ListedCustomer

_TABLES = "customers_tables"
_CLICKED = "customers_clicked"
_HEADS = {
    "email": "E-mail",
    "last_seen": "Last seen",
    "events": "Events",
    "types": "Most frequent",
    "first_seen": "First seen",
}


def show(rows: Sequence[ListedCustomer]) -> None:
    """Draw them."""
    ids = [row.id for row in rows]
    st.dataframe(
        pd.DataFrame(
            {
                "email": [_button(row.email) for row in rows],
                "last_seen": [row.last_seen_at for row in rows],
                "events": [row.events for row in rows],
                "types": [[f"{name} {numbers.whole(n)}" for name, n in row.types] for row in rows],
                "first_seen": [row.first_seen_at for row in rows],
            }
        ),
        column_config=_columns(ids),
        hide_index=True,
        height="content",
        selection_mode=["single-row", "single-column"],
        on_select=partial(_select, ids),
        key=_key(),
        alt="Customers",
    )


def _columns(ids: Sequence[uuid.UUID]) -> dict[str, Any]:
    heads = {name: _head(name) for name in _HEADS}
    return {
        "email": st.column_config.ButtonColumn(
            heads["email"],
            type="tertiary",
            alignment="left",
            width="medium",
            help="Opens the customer's profile",
            key=_CLICKED,
            on_click=_click,
            args=(ids,),
        ),
        "last_seen": times.column(heads["last_seen"]),
        "events": numbers.column(heads["events"]),
        "types": st.column_config.ListColumn(
            heads["types"], width=320, help="The event types they did most, and how often"
        ),
        "first_seen": times.column(heads["first_seen"]),
    }


def _head(name: str) -> str:
    column, descending = filters.order()
    return f"{_HEADS[name]} {'↓' if descending else '↑'}" if name == column else _HEADS[name]


def _button(email: str) -> str:
    # At its beginning a button's label can name an icon, and so can an address.
    return f"\u2060{email}" if email.startswith(":") else email


def _click(ids: Sequence[uuid.UUID]) -> None:
    opened.go(ids[st.session_state[_CLICKED].row])


def _select(ids: Sequence[uuid.UUID]) -> None:
    picked = st.session_state[_key()].selection
    if picked.rows:
        opened.go(ids[picked.rows[0]])
    elif picked.columns:
        if picked.columns[0] != "types":
            filters.turn(picked.columns[0])
        # A new table: this one's column would stay picked, and the next click take that back.
        st.session_state[_TABLES] = st.session_state.get(_TABLES, 0) + 1


def _key() -> str:
    return f"customers_table_{st.session_state.get(_TABLES, 0)}"
