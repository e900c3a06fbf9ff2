"""One draft: its text, the facts it was written from, and what has become of it."""

import uuid
from collections.abc import Iterator
from datetime import datetime

import streamlit as st

from pages.audience import explanation
from pages.parts import errors, links, literal, statuses, times
from pages.parts.numbers import counted
from pipeline import Rule, explain, timeline
from pipeline.database import default
from pipeline.definitions import campaign_rule
from pipeline.drafts import SOMEBODY, Decided, DraftFacts, draft_facts
from pipeline.models import Campaign, Customer, EmailDraft, Event

_EVENTS = 8
_IN = ":green[:material/check_circle:] In the audience now."
_OUT = ":orange[:material/warning:] **No longer in the audience.**"


def text(draft: EmailDraft, customer: Customer) -> None:
    """Draw the e-mail as it would arrive."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("To", width="content")
        st.text(customer.email, width="stretch")
        statuses.badge(draft.status)
    st.subheader(literal.markdown(draft.subject), anchor=False)
    st.text(draft.body)
    if draft.written_by:
        st.caption(
            f"Edited by {literal.markdown(draft.written_by)}, {times.exact(draft.written_at)}"
        )


@errors.shown()
def membership(campaign: Campaign, customer: Customer, now: datetime) -> None:
    """Draw whether the customer matches the campaign's rule now, and the way to why."""
    rule = campaign_rule(campaign)
    with default().answer() as session:
        is_in = explain(session, rule, customer.id, now=now).explanation.matches
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_IN if is_in else _OUT, width="stretch")
        if st.button("Why?", type="tertiary", key=_why_key(customer)):
            _why(rule, customer.id, now)


def is_covered(customer: Customer) -> bool:
    """Whether the draft to this customer will be behind the answer to why."""
    return bool(st.session_state.get(_why_key(customer)))


def _why_key(customer: Customer) -> str:
    return f"review_why_{customer.id}"


@st.dialog("Why?", width="medium", on_dismiss="rerun")
@errors.shown()
def _why(rule: Rule, customer_id: uuid.UUID, now: datetime) -> None:
    explanation.show(rule, customer_id, now)


def facts(draft: EmailDraft, customer: Customer, now: datetime) -> None:
    """Draw what it was written from, and what the customer did of late."""
    with default().read() as session:
        found = draft_facts(session, draft)
        events = timeline(session, customer.id, limit=_EVENTS).rows
    st.markdown("**Written from**")
    for sentence in _sentences(draft, found):
        st.text(sentence)
    st.markdown("**Newest events**")
    st.markdown("\n".join(f"- {_event(event, draft)}" for event in events))
    links.link("customer", customer.id, "Whole timeline")
    st.caption(times.note(now))


def verdict(decided: EmailDraft | Decided, now: datetime) -> str:
    """Who decided what, and when: `Ada approved this draft 12 seconds ago.`"""
    when = f" {_ago(decided.reviewed_at, now)}" if decided.reviewed_at else ""
    return f"{decided.reviewed_by or SOMEBODY} {decided.status} this draft{when}."


def _sentences(draft: EmailDraft, found: DraftFacts) -> Iterator[str]:
    if found.sku:
        yield f"SKU {draft.recommended_sku}: {found.sku.type}, {times.exact(found.sku.occurred_at)}"
    elif draft.recommended_sku:
        yield f"SKU {draft.recommended_sku}, whose event is gone"
    if found.recent:
        yield f"Newest event: {found.recent.type}, {times.exact(found.recent.occurred_at)}"
    elif not draft.recommended_sku:
        yield "No event in the 30 days before"


def _event(event: Event, draft: EmailDraft) -> str:
    sku = event.properties.get("sku")
    words = [event.type, f"SKU {sku}"] if isinstance(sku, str) and sku.strip() else [event.type]
    line = f"{times.exact(event.occurred_at)} · {literal.markdown(', '.join(words))}"
    return f"{line} :orange-badge[after writing]" if event.occurred_at > draft.written_at else line


def _ago(moment: datetime, now: datetime) -> str:
    seconds = int((now - moment).total_seconds())
    return f"{counted(seconds, 'second')} ago" if 0 < seconds < 60 else times.ago(moment, now)
