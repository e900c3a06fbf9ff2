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


def badge(status: str) -> None:
    """Draw the badge of a status."""
    word, colour = STATUSES[status]
    st.badge(word, color=colour)  # type: ignore[arg-type]
