"""A file's way into the pipeline: tried, imported, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from pages.file.mapping import Plan
from pages.file.uploads import Upload
from pages.parts import errors, literal, numbers
from pipeline import Database, DatabaseError, PipelineError
from pipeline.files import ImportReport, import_file

_REFUSED_ROWS = 10
_SAFE = (
    "Rows are stored some thousand at a time. If you stop or leave, those stay, and importing the"
    " file again adds the rest: nothing is stored twice."
)

_JOBS: tuple[tuple[str, str, Any], ...] = (
    ("dry", "Dry run", {"icon": ":material/fact_check:"}),
    ("import", "Import", {"icon": ":material/database_upload:", "type": "primary"}),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a dry run or an import of an upload has come to."""

    upload: Upload
    plan: Plan
    is_dry: bool
    report: ImportReport


def pressed() -> str | None:
    """Which button was, for this run of the page alone."""
    job: str | None = st.session_state.pop("ingest_job", None)
    return job


def show(database: Database, upload: Upload, plan: Plan, job: str | None, now: datetime) -> None:
    """Draw the two buttons, the progress of the one that was pressed, and the outcome."""
    outcome = None if job else _outcome(upload, plan)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, label, look in _JOBS:
            key = f"ingest_{name}"
            st.button(label, key, on_click=_start, args=[name], disabled=bool(job), **look)
        if job:
            # Any click ends the run of the page that is going on: there is nothing else to do.
            st.button("Stop", key="ingest_stop", icon=":material/stop_circle:")
        if outcome:
            st.markdown(_headline(outcome), width="content")
    if job:
        _run(database, upload, plan, now, is_dry=job == "dry")
    if outcome:
        _show(outcome)
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
        st.session_state["ingest_outcome"] = Outcome(upload, plan, is_dry, report)
        if not is_dry:
            del st.session_state["ingest_interrupted"]
    st.rerun()  # which draws the buttons anew


# ----------------------------------------------------------------------------------------- outcome
def _outcome(upload: Upload, plan: Plan) -> Outcome | None:
    """The latest one, unless it is of another file or another plan."""
    outcome: Outcome | None = st.session_state.get("ingest_outcome")
    return outcome if outcome and (outcome.upload, outcome.plan) == (upload, plan) else None


def _headline(outcome: Outcome) -> str:
    report = outcome.report
    rows = f"{numbers.counted(report.read, 'row')} in {report.seconds:,.1f} s"
    if outcome.is_dry:
        return f":blue[:material/fact_check:] Dry run of {rows}: nothing is stored yet."
    if not report.stored:
        return f":blue[:material/content_copy:] Nothing new in {rows}."
    return f":green[:material/check_circle:] Imported {rows}."


def _show(outcome: Outcome) -> None:
    report, refused = outcome.report, outcome.report.refused.total()
    with st.grid(4, min_column_width=130):
        for label, number in (
            ("Would be stored" if outcome.is_dry else "Stored", report.stored),
            ("There already", report.duplicates),
            ("Refused", refused),
            ("New customers", report.new_customers),
        ):
            st.metric(label, numbers.whole(number), border=True)
    if refused:
        _refused(outcome, refused)
    if not outcome.is_dry:
        st.page_link("pages/customers.py", label="See the customers", icon=":material/group:")


def _refused(outcome: Outcome, number: int) -> None:
    why, which = st.columns([2, 3])
    with why:
        st.markdown("##### Why rows are refused", anchors=False)
        st.dataframe(
            pd.DataFrame(outcome.report.refused.most_common(), columns=["Reason", "Rows"]),
            hide_index=True,
            column_config={"Rows": numbers.column("Rows", width="small")},
            alt="Why rows are refused",
        )
        st.download_button(
            "Download the refused rows",
            outcome.upload.refused.read_bytes,
            f"{outcome.upload.path.name}.refused.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
    with which:
        st.markdown("##### Refused rows", anchors=False)
        st.dataframe(_first_refused(outcome.upload), hide_index=True, alt="Refused rows")
        if number > _REFUSED_ROWS:
            st.caption(f"The first {_REFUSED_ROWS} of {numbers.whole(number)}.")


def _first_refused(upload: Upload) -> pd.DataFrame:
    return pd.read_csv(upload.refused, nrows=_REFUSED_ROWS, dtype=str, keep_default_na=False)
