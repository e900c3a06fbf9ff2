"""Ingest: bring events in, one by form or many from a file."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.event import form, rest_calls
from pages.file import first_rows, imports, mapping, uploads
from pages.file.mapping import Plan
from pages.file.uploads import Upload
from pages.parts import errors
from pipeline import Invalid, utcnow
from pipeline.catalogue import EventType, event_types
from pipeline.database import default


@st.fragment
@errors.shown()
def one_event(types: Sequence[EventType], *, is_open: bool) -> None:
    left, right = st.columns([4, 3], border=True)
    with left:
        event = form.show(types)
        with st.container(horizontal=True):
            is_complete = st.button(
                "Store event",
                key="ingest_store",
                type="primary",
                icon=":material/add:",
                shortcut="Ctrl+Enter" if is_open else None,
            )
            st.button("Clear", type="tertiary", on_click=form.clear)
        if is_complete:
            form.store(default(), event, utcnow())
    with right:
        st.markdown("##### The same event over HTTP", anchors=False)
        try:
            rest_calls.show(event.shown(), event.key)
        except Invalid:
            st.caption("Shown as soon as the properties are a JSON object.")


def a_file(types: Sequence[EventType]) -> None:
    note, job = st.container(), imports.pressed()
    upload = plan = None
    with step("**File:** CSV, JSON Lines or Parquet, plain or gzip", "upload_file"), errors.shown():
        if upload := uploads.pick():
            first_rows.as_they_are(upload)
    with step("**Columns:** what the rows become", "table_convert", is_next=bool(upload)):
        plan = columns(upload, types) if upload else None
    with step("**Import:** try it, then store it", "database_upload", is_next=bool(plan)):
        if upload and plan:
            imports.show(default(), upload, plan, job, utcnow())
    with note:
        imports.interrupted(upload)


@errors.shown()
def columns(upload: Upload, types: Sequence[EventType]) -> Plan | None:
    """How the file is to be imported; None for a mapping that does not fit."""
    if plan := mapping.show(upload, types):
        first_rows.as_events(upload, plan, utcnow())
    return plan


def step(label: str, icon: str, *, is_next: bool = True) -> DeltaGenerator:
    return st.expander(label, expanded=is_next, icon=f":material/{icon}:", type="step")


st.title("Ingest")
with default().read() as session:
    types = event_types(session)
by_form, by_file = st.tabs(["One event", "A file"], key="ingest", bind="query-params")
with by_form:
    one_event(types, is_open=bool(by_form.open))
with by_file:
    a_file(types)
