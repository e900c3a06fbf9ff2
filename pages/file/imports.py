"""A file's way into the pipeline: tried first, then imported."""

from datetime import datetime
from typing import Any

import streamlit as st

from pages.file import outcomes
from pages.file.mapping import Plan
from pages.file.outcomes import Outcome
from pages.file.uploads import Upload
from pages.parts import errors, literal, numbers
from pipeline import Database, DatabaseError, PipelineError
from pipeline.files import import_file

_SAFE = (
    "Rows are stored some thousand at a time. If you stop or leave, those stay, and importing the"
    " file again adds the rest: nothing is stored twice."
)

_JOBS: tuple[tuple[str, str, Any], ...] = (
    ("dry", "Dry run", {"icon": ":material/fact_check:"}),
    ("import", "Import", {"icon": ":material/database_upload:", "type": "primary"}),
)


def pressed() -> str | None:
    """Which button was, for this run of the page alone."""
    job: str | None = st.session_state.pop("ingest_job", None)
    return job


def show(database: Database, upload: Upload, plan: Plan, job: str | None, now: datetime) -> None:
    """Draw the two buttons, the progress of the one that was pressed, and the outcome."""
    outcome = outcomes.latest(upload, plan)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, label, look in _JOBS:
            key = f"ingest_{name}"
            st.button(label, key, on_click=_start, args=[name], disabled=bool(job), **look)
        if job:
            # Any click ends the run of the page that is going on: there is nothing else to do.
            st.button("Stop", key="ingest_stop", icon=":material/stop_circle:")
        if outcome:
            st.markdown(outcomes.headline(outcome), width="content")
    if job:
        _run(database, upload, plan, now, is_dry=job == "dry")
    if outcome:
        outcomes.show(outcome, now)
    with errors.shown():
        if problem := st.session_state.pop("ingest_problem", None):
            raise problem


def interrupted(upload: Upload | None) -> None:
    """Say so, if an import was, until this file or another one has been imported."""
    name = st.session_state.get("ingest_interrupted")
    if name and (upload is None or upload.path.name == name):
        st.warning(
            f"The import of {literal.markdown(name)} was interrupted. What it had stored stays;"
            " import the file again to add the rest. Nothing is stored twice.",
            icon=":material/pause_circle:",
        )


def _start(job: str) -> None:
    st.session_state["ingest_job"] = job
    outcomes.forget()


def _run(database: Database, upload: Upload, plan: Plan, now: datetime, *, is_dry: bool) -> None:
    name = literal.markdown(upload.path.name)
    bar = st.progress(0.0, f"{'Trying' if is_dry else 'Importing'} {name}…")
    if not is_dry:
        st.caption(_SAFE)
        st.session_state["ingest_interrupted"] = upload.path.name
    try:
        report = import_file(
            database,
            upload.path,
            plan.mapping,
            now=now,
            shift_to_now=plan.shift_to_now,
            dry_run=is_dry,
            rejects=upload.refused,
            on_progress=lambda done, total: bar.progress(
                done / total, f"{numbers.share(done, total)} of {name}"
            ),
        )
    except DatabaseError:
        raise
    except PipelineError as error:
        st.session_state["ingest_problem"] = error
    else:
        outcomes.keep(Outcome(upload, plan, is_dry, report))
        if not is_dry:
            del st.session_state["ingest_interrupted"]
    st.rerun()  # which draws the buttons anew
