"""What customers did after their mail: whether the campaign was worth it."""

import uuid
from datetime import datetime

import pandas as pd
import streamlit as st

from pages.parts import errors, later
from pages.parts.numbers import column, counted, share, whole
from pipeline.database import default
from pipeline.reports import Responses, responses

_DAYS = [1, 7, 30]
_TYPES = 10


@st.fragment(parallel=True)
@errors.shown()
def show(campaign_id: uuid.UUID, now: datetime) -> None:
    """Draw it."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Responses", anchor=False, width="stretch")
            days = _days()
        with later.awaited(160), default().read() as session:
            found = responses(session, campaign_id, days, _TYPES, now=now)
        _found(found, days)


def _days() -> int:
    days: int = st.segmented_control(
        "Days after the mail",
        _DAYS,
        default=7,
        required=True,
        format_func=lambda days: counted(days, "day"),
        key="campaigns_response_days",
        label_visibility="collapsed",
        width="content",
    )
    return days


def _found(found: Responses, days: int) -> None:
    customers, span = counted(found.mailed, "customer"), counted(days, "day")
    if not found.customers:
        st.markdown(f"None of **{customers}** did anything within {span} after their mail.")
    else:
        st.markdown(f"What **{customers}** did within {span} after their mail.")
        _table(found)
        if len(found.customers) == _TYPES:
            st.caption(f"The {_TYPES} types that most of them did.")
    if found.waiting:
        st.caption(f"For {whole(found.waiting)} of them that time is not over yet.")
    st.caption("They did it after the mail, not necessarily because of it.")


def _table(found: Responses) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "type": list(found.customers),
                "customers": list(found.customers.values()),
                "share": [share(number, found.mailed) for number in found.customers.values()],
            }
        ),
        column_config={
            "type": "Event type",
            "customers": column("Customers"),
            "share": st.column_config.TextColumn("Share", alignment="right"),
        },
        hide_index=True,
        height="content",
        alt="Responses",
    )
