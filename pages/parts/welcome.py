"""The welcome on an empty pipeline: what it does in four steps, and two ways to begin."""

from datetime import datetime

import streamlit as st

from pages.parts import errors, numbers
from pipeline.database import default
from pipeline.demo import load_demo

_STEPS = (
    ("bolt", "Events", "Whatever your customers do comes in: by form, from a file, over HTTP."),
    ("person", "Profiles", "Each customer gets a timeline, by their e-mail address."),
    ("filter_alt", "Segments", "Describe an audience and see at once who is in it, and why."),
    ("mail", "Campaigns", "Each of them gets a draft of their own; you approve what goes out."),
)


def show(now: datetime) -> None:
    """Draw it."""
    st.title("Welcome")
    st.caption("From what your customers do to the mail that each of them gets, in four steps.")
    with st.grid(4, min_column_width=200):
        for icon, name, sentence in _STEPS:
            with st.container(border=True, height="stretch"):
                st.markdown(f"##### :material/{icon}: {name}", anchors=False)
                st.markdown(sentence)
    with st.container(border=True):
        st.subheader("See it with a shop's data", anchor=False)
        st.markdown(
            "An invented shop with over 2,000 customers and 90 days of events, a few segments and a"
            " campaign in the middle of its review. Nobody is mailed."
        )
        begin(now)


def begin(now: datetime) -> None:
    """Draw the two ways to begin: with the shop's data, or with one's own."""
    with st.container(horizontal=True, vertical_alignment="center"):
        is_wanted = st.button("Load demo data", type="primary", icon=":material/storefront:")
        st.page_link("pages/ingest.py", label=":green[Or bring in your own events]")
    if is_wanted:
        _load(now)


def go_on(now: datetime) -> None:
    """Draw the way to finish a load of the demo data that was interrupted."""
    with st.container(border=True):
        st.markdown(
            "**The demo data is not complete:** loading it was interrupted, or goes on elsewhere."
        )
        if st.button("Load the rest", icon=":material/storefront:"):
            _load(now)


@errors.shown()
def _load(now: datetime) -> None:
    bar = st.progress(0.0, "Loading…")

    def tell(done: int, total: int) -> None:
        events = numbers.counted(total, "event")
        bar.progress(done / total, f"{numbers.whole(done)} of {events}")

    load_demo(default(), now=now, on_progress=tell)
    st.rerun()
