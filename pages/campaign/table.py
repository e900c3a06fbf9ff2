"""A campaign's drafts as a table, filtered, sorted and cut by the database."""

import uuid
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from pages.campaign import bulk, notes, opened, undrafted
from pages.campaign.bulk import Bulk
from pages.parts import errors, pager, statuses, times
from pages.parts.numbers import counted, whole
from pipeline import get_campaign, list_drafts
from pipeline.database import default
from pipeline.drafts import DraftFilter, count_drafts, draft_skus
from pipeline.limits import EMAIL_LENGTH
from pipeline.models import Campaign

_PAGE = 25
_SKUS = 100
_STATUSES = statuses.choices("generated", "approved", "rejected")
_ORDERS = {"E-mail": "email", "Subject": "subject", "SKU": "sku", "Last changed": "changed"}
_SHOWN = "draft_rows"


@st.fragment
@errors.shown()
def show(campaign: Campaign, _: datetime) -> None:
    """Draw the filter, what can be decided at once, and the drafts."""
    notes.show()
    among, order = _filter(campaign.id)
    with default().read() as session:
        revision = get_campaign(session, campaign.id).revision
        found = count_drafts(session, campaign.id, among)
    with st.container(horizontal=True, vertical_alignment="center"):
        said = f"**{counted(found.found, 'draft')}**, {whole(found.undecided)} to review"
        st.markdown(said, width="stretch")
        for verdict, word in bulk.WORDS.items():
            label = f"{word} {whole(found.undecided)}…"
            if st.button(label, disabled=not found.undecided, key=f"drafts_{verdict}"):
                bulk.ask(Bulk(campaign.id, among, verdict, found.undecided, revision))
    rows = st.container()
    offset = pager.offset(found.found, _PAGE, "draft_page")
    with rows:
        _rows(campaign.id, among, order, offset)


def _filter(campaign_id: uuid.UUID) -> tuple[DraftFilter, str]:
    with default().read() as session:
        skus = dict(draft_skus(session, campaign_id, _SKUS))
    kept: dict[str, Any] = {
        "on_change": pager.begin,
        "args": ("draft_page",),
        "bind": "query-params",
    }
    with st.grid(4, min_column_width=160):
        status = st.selectbox("Status", list(_STATUSES), key="draft_status", **kept)
        search = pager.search("E-mail or subject", "draft_search", "draft_page", EMAIL_LENGTH)
        sku = st.selectbox(
            "SKU",
            list(skus),
            index=None,
            placeholder="Any",
            accept_new_options=True,
            key="draft_sku",
            **kept,
        )
        order = st.selectbox("Sort by", list(_ORDERS), key="draft_sort", **kept)
    return DraftFilter(_STATUSES[status], search, sku), _ORDERS[order]


def _rows(campaign_id: uuid.UUID, among: DraftFilter, order: str, offset: int) -> None:
    with default().read() as session:
        rows = list_drafts(
            session, campaign_id, among=among, order=order, limit=_PAGE, offset=offset
        )
    if not rows:
        _nothing(among)
        return
    st.caption("Tick a row to read its draft.")
    st.session_state[_SHOWN] = [draft.id for draft, _ in rows]
    st.dataframe(
        pd.DataFrame(
            {
                "to": [customer.email for _, customer in rows],
                "subject": [draft.subject for draft, _ in rows],
                "sku": [draft.recommended_sku for draft, _ in rows],
                "status": [statuses.STATUSES[draft.status][0] for draft, _ in rows],
                "by": [draft.reviewed_by for draft, _ in rows],
                "at": [draft.reviewed_at for draft, _ in rows],
                "edited": [draft.written_by for draft, _ in rows],
            }
        ).dropna(axis="columns", how="all"),
        column_config={
            "to": "To",
            "subject": st.column_config.TextColumn("Subject", width=190),
            "sku": st.column_config.TextColumn("SKU", width=140),
            "status": "Status",
            "by": "Decided by",
            "at": times.column("Decided"),
            "edited": "Edited by",
        },
        hide_index=True,
        height="content",
        placeholder="",
        alt="Drafts",
        selection_mode="single-row",
        on_select=_open,
        key="draft_table",
    )


def _nothing(among: DraftFilter) -> None:
    if among == DraftFilter():
        undrafted.show()
        return
    st.info("No draft is like that.")
    st.button("Clear the filters", icon=":material/filter_alt_off:", on_click=_clear)


def _clear() -> None:
    st.session_state.update({"draft_status": "All", "draft_search": "", "draft_sku": None})
    pager.begin("draft_page")


def _open() -> None:
    # A click on a draft that is still being drawn tells once more what was picked here.
    is_here = st.session_state["step"] == "Drafts"
    if is_here and (rows := st.session_state["draft_table"].selection.rows):
        st.query_params["draft"] = str(st.session_state[_SHOWN][rows[0]])
        opened.go("Review")
