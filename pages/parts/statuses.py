"""Statuses as badges: one word and one colour each, the same on every screen."""

import streamlit as st

#: What a status of a campaign, a draft or a send is called, and its colour.
STATUSES = {
    "draft": ("New", "gray"),
    "drafted": ("In review", "blue"),
    "sending": ("Sending", "orange"),
    "sent": ("Sent", "green"),
    "failed": ("Failed", "red"),
    "generated": ("To review", "blue"),
    "approved": ("Approved", "green"),
    "rejected": ("Rejected", "gray"),
    "queued": ("Queued", "orange"),
}


def choices(*statuses: str) -> dict[str, str | None]:
    """Each of these by its word, for a menu; first of all there is All, which is None."""
    return {"All": None, **{STATUSES[status][0]: status for status in statuses}}


def badge(status: str) -> None:
    """Draw the badge of a status."""
    word, colour = STATUSES[status]
    st.badge(word, color=colour)  # type: ignore[arg-type]
