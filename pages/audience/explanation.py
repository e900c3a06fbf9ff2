"""Why a customer is in an audience, or why not: each condition, and the events that decide it."""

import uuid
from datetime import datetime
from decimal import Decimal

import streamlit as st

from pages.parts import errors, links, literal, numbers, properties, times
from pipeline import Explanation, Rule, explain, list_customers
from pipeline.database import default
from pipeline.models import Event
from pipeline.segments.explanations import Found
from pipeline.sql import EXACT

_MOST_SUGGESTED = 8
_SHOWN = Decimal("0.000001")
_GROUPS = {"all": "All of these", "any": "At least one of these", "not": "None of this"}


@st.dialog("Why?", width="medium")
@errors.shown()
def of_customer(rule: Rule, customer_id: uuid.UUID, now: datetime) -> None:
    """Open the explanation for one customer."""
    show(rule, customer_id, now)


@st.dialog("Why is somebody in it, or not?", width="medium")
@errors.shown()
def of_anybody(rule: Rule, now: datetime) -> None:
    """Open a search for a customer, and the explanation for who is found."""
    search = st.text_input(
        "E-mail address", type="search", live=True, key="segments.why", placeholder="ada@"
    )
    if not search:
        return
    with default().answer() as session:
        found = list_customers(session, search=search, limit=_MOST_SUGGESTED)
    chosen = st.radio(
        "Customers",
        found.rows,
        index=0 if len(found.rows) == 1 else None,
        format_func=lambda profile: literal.markdown(profile.email),
        label_visibility="collapsed",
    )
    if not found.rows:
        st.caption("No customer's address has that in it.")
    elif found.next_cursor:
        st.caption("There are more: type more of the address.")
    if chosen:
        show(rule, chosen.id, now)


def show(rule: Rule, customer_id: uuid.UUID, now: datetime) -> None:
    """Draw the explanation for one customer."""
    with default().answer() as session:
        found = explain(session, rule, customer_id, now=now)
    verdict = "is in this audience" if found.explanation.matches else "is not in this audience"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        links.link("customer", found.customer.id, found.customer.email)
        st.markdown(f"**{verdict}.**", width="content")
    _node(found.explanation, now)
    st.caption(times.note(now))


def _node(node: Explanation, now: datetime) -> None:
    with st.container(border=True, gap="xsmall"):
        words = _GROUPS.get(node.kind) or node.sentence
        mark = ":green[:material/check_circle:]" if node.matches else ":red[:material/cancel:]"
        st.markdown(f"{mark} {literal.markdown(words[0].upper() + words[1:])}")
        if node.found:
            _found(node.found, now)
        for each in node.rules:
            _node(each, now)


def _found(found: Found, now: datetime) -> None:
    what = numbers.counted(found.count, "such event") if found.count else "No such event"
    if found.newest_at:
        what += f", the newest {times.ago(found.newest_at, now)}"
    if found.value is not None:
        what += f"; it comes to {found.value.quantize(_SHOWN, context=EXACT).normalize(EXACT):,f}"
    st.caption(f"{what}{':' if found.events else '.'}")
    for event in found.events:
        _event(event)


def _event(event: Event) -> None:
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{literal.markdown(event.type)}**", width="content")
            times.text(event.occurred_at)
        properties.show(event.properties)
