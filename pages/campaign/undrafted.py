"""A campaign without drafts: nothing to review, to look through or to send."""

import streamlit as st

from pages.campaign import opened


def show() -> None:
    """Say so, and draw the way to where they are generated."""
    st.markdown("There are no drafts yet.")
    st.button("Generate drafts", type="primary", on_click=opened.go, args=("Overview",))
