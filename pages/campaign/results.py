"""What became of each mail, customer by customer."""

import uuid
from functools import partial
from io import BytesIO

import pandas as pd
import streamlit as st

from pages.parts import downloads, pager, statuses, times
from pages.parts.numbers import counted
from pipeline import list_sends
from pipeline.database import default
from pipeline.exports import sends_csv
from pipeline.limits import EMAIL_LENGTH
from pipeline.sends import SendFilter, count_sends

_PAGE = 25
_STATUSES = statuses.choices("sent", "failed", "queued")


def begin(status: str) -> None:
    """Have the mails of this status shown, from the first page on; before `show`."""
    st.session_state.update(send_status=status, send_search="", send_page=1)


def show(campaign_id: uuid.UUID) -> None:
    """Draw it."""
    st.subheader("Result per customer", anchor=False)
    with st.grid(2, min_column_width=160):
        status = st.selectbox(
            "Status",
            list(_STATUSES),
            key="send_status",
            on_change=pager.begin,
            args=("send_page",),
            bind="query-params",
        )
        search = pager.search("E-mail", "send_search", "send_page", EMAIL_LENGTH)
    among = SendFilter(_STATUSES[status], search)
    with default().read() as session:
        found = count_sends(session, campaign_id, among)
    rows = st.container()
    offset = pager.offset(found, _PAGE, "send_page")
    with rows:
        _rows(campaign_id, among, found, offset)
    st.download_button(
        "All as CSV",
        partial(as_csv, campaign_id, among),
        "mails.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not found,
    )


def _rows(campaign_id: uuid.UUID, among: SendFilter, found: int, offset: int) -> None:
    with default().read() as session:
        rows = list_sends(session, campaign_id, among=among, limit=_PAGE, offset=offset)
    if not rows:
        st.caption("No mail is like that.")
        return
    st.caption(f"{counted(found, 'mail')}, by e-mail.")
    st.dataframe(
        pd.DataFrame(
            {
                "to": [customer.email for _, customer in rows],
                "status": [statuses.STATUSES[send.status][0] for send, _ in rows],
                "reason": [send.error for send, _ in rows],
                "sent": [send.sent_at for send, _ in rows],
                "tried": [send.created_at for send, _ in rows],
            }
        ).dropna(axis="columns", how="all"),
        column_config={
            "to": "To",
            "status": "Status",
            "reason": st.column_config.TextColumn("Reason", width="large"),
            "sent": times.column("Sent"),
            "tried": times.column("Tried"),
        },
        hide_index=True,
        height="content",
        placeholder="",
        alt="Result per customer",
    )


def as_csv(campaign_id: uuid.UUID, among: SendFilter) -> BytesIO:
    """All that the filter means, not only this page, as CSV."""
    with default().read() as session:
        return downloads.in_memory(sends_csv(session, campaign_id, among))
