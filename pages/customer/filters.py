"""Which customers are listed, and in which order: chosen here, kept in the address bar."""

import uuid
from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.parts import links, names, pager
from pipeline import list_segments
from pipeline.catalogue import type_names
from pipeline.database import default
from pipeline.limits import EMAIL_LENGTH
from pipeline.models import Segment
from pipeline.reports.customers import CustomerFilter

PAGE = "customers_page"
SORT = "customers_sort"

_SEARCH = "customers_search"
_TYPE = "customers_type"
_SEEN = "customers_seen"
# Its id, not its name, is in the address: names change, and may repeat.
_SEGMENT = "customers_segment"
_SEGMENT_MENU = "customers_segment_menu"

_LAST_SEEN = {
    "In the last 24 hours": {"seen_in_days": 1},
    "In the last 7 days": {"seen_in_days": 7},
    "In the last 30 days": {"seen_in_days": 30},
    "In the last 90 days": {"seen_in_days": 90},
    "Over 7 days ago": {"unseen_for_days": 7},
    "Over 30 days ago": {"unseen_for_days": 30},
    "Over 90 days ago": {"unseen_for_days": 90},
}
#: What the list can be sorted by: a column, and whether from its largest value down.
ORDERS = {
    "Last seen: newest": ("last_seen", True),
    "Last seen: oldest": ("last_seen", False),
    "First seen: newest": ("first_seen", True),
    "First seen: oldest": ("first_seen", False),
    "Most events": ("events", True),
    "Fewest events": ("events", False),
    "E-mail: A to Z": ("email", False),
    "E-mail: Z to A": ("email", True),
}


def show() -> tuple[CustomerFilter, list[str]]:
    """Draw the filters and the order; which customers they leave, and that in words."""
    with default().read() as session:
        types, segments = type_names(session), list_segments(session)
    with st.grid(5, min_column_width=150):
        search = pager.search("Search", _SEARCH, PAGE, EMAIL_LENGTH, "Part of an e-mail").strip()
        event_type = _menu("Ever did", types, "Anything", _TYPE, accept_new_options=True)
        seen = _menu("Last seen", list(_LAST_SEEN), "At any time", _SEEN)
        segment_id, segment = _segment(segments)
        st.selectbox(
            "Sort by",
            list(ORDERS),
            key=SORT,
            bind="query-params",
            on_change=pager.begin,
            args=(PAGE,),
        )
    if _SEGMENT in st.query_params and not segment_id:
        st.warning("The segment in the address is not there: it does not narrow the list.")
    said = {
        f"have “{search}” in their e-mail": search,
        f"ever did {event_type}": event_type,
        f"were last seen {seen}".lower(): seen,
        f"are in the segment “{segment}”": segment,
    }
    window = _LAST_SEEN[seen] if seen else {}
    among = CustomerFilter(search, event_type, segment_id=segment_id, **window)
    return among, [words for words, is_set in said.items() if is_set]


def order() -> tuple[str, bool]:
    """The column that is sorted by, and whether descending."""
    return ORDERS[st.session_state[SORT]]


def turn(column: str) -> None:
    """Sort by this column, or the other way round when it is sorted by already."""
    ways = [label for label, (name, _) in ORDERS.items() if name == column]
    before = st.session_state[SORT]
    st.session_state[SORT] = ways[before == ways[0]]
    pager.begin(PAGE)


def clear() -> None:
    """Show everybody again; for callbacks."""
    st.session_state.update({_SEARCH: "", _TYPE: None, _SEEN: None})
    st.query_params.pop(_SEGMENT, None)
    pager.begin(PAGE)


def _menu(label: str, options: Sequence[str], nothing: str, key: str, **how: Any) -> str | None:
    return st.selectbox(
        label,
        options,
        index=None,
        placeholder=nothing,
        key=key,
        bind="query-params",
        on_change=pager.begin,
        args=(PAGE,),
        **how,
    )


def _segment(segments: Sequence[Segment]) -> tuple[uuid.UUID | None, str | None]:
    named = names.by_id(segments)
    asked = links.asked_for(_SEGMENT)
    st.session_state[_SEGMENT_MENU] = asked if asked in named else None
    picked = st.selectbox(
        "In segment",
        list(named),
        index=None,
        placeholder="Any or none",
        format_func=lambda segment_id: named[segment_id],
        key=_SEGMENT_MENU,
        on_change=_keep_segment,
    )
    return picked, named.get(picked)


def _keep_segment() -> None:
    if picked := st.session_state[_SEGMENT_MENU]:
        st.query_params[_SEGMENT] = str(picked)
    else:
        st.query_params.pop(_SEGMENT, None)
    pager.begin(PAGE)
