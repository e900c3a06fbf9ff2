"""The campaign that is open: the address bar has it and its view, which begins anew with each."""

import uuid

import streamlit as st

# The keys of widgets that show a part of one campaign, and what they begin with.
_VIEW = {
    "step": "Overview",
    "draft_status": "All",
    "draft_search": "",
    "draft_sku": None,
    "draft_sort": "E-mail",
    "draft_page": 1,
    "send_status": "All",
    "send_search": "",
    "send_page": 1,
}


def open_(campaign_id: uuid.UUID) -> None:
    """Open a campaign; for callbacks."""
    st.query_params["campaign"] = str(campaign_id)


def leave() -> None:
    """Go back to all campaigns; for callbacks."""
    st.query_params.pop("campaign", None)
    st.query_params.pop("draft", None)


def begin(campaign_id: uuid.UUID) -> None:
    """Forget the view of the campaign that was open before, if it was another."""
    if st.session_state.get("campaigns_open", campaign_id) != campaign_id:
        st.session_state.update(_VIEW)
    st.session_state["campaigns_open"] = campaign_id


def go(step: str) -> None:
    """Open another step; for callbacks, from inside a fragment too."""
    st.session_state["step"] = step
    st.rerun()
