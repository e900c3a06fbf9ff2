"""What a dry run or an import has come to: numbers, and the rows that were refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from pages.file import first_rows
from pages.file.mapping import Plan
from pages.file.uploads import Upload
from pages.parts import numbers, times
from pipeline.files import ImportReport

_REFUSED_ROWS = 10
# Home looks back over as many days.
_LATELY = timedelta(days=30)
_OLD = (
    " Charts and rules of the last days look back from now: to try old data as if it were of today,"
    " move the times under More options."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a dry run or an import of an upload has come to."""

    upload: Upload
    plan: Plan
    is_dry: bool
    report: ImportReport


def keep(outcome: Outcome) -> None:
    """Remember it, until another run begins."""
    st.session_state["ingest_outcome"] = outcome


def forget() -> None:
    """Forget the latest one, whose refused rows are about to be written over."""
    st.session_state.pop("ingest_outcome", None)


def latest(upload: Upload, plan: Plan) -> Outcome | None:
    """The latest one, unless it is of another file or another plan."""
    outcome: Outcome | None = st.session_state.get("ingest_outcome")
    return outcome if outcome and (outcome.upload, outcome.plan) == (upload, plan) else None


def headline(outcome: Outcome) -> str:
    """It in one line of Markdown."""
    report = outcome.report
    rows = f"{numbers.counted(report.read, 'row')} in {max(report.seconds, 0.1):,.1f} s"
    if outcome.is_dry:
        return f":blue[:material/fact_check:] Dry run of {rows}: nothing is stored yet."
    if report.is_all_refused:
        return f":red[:material/block:] Nothing stored of {rows}: all are refused."
    if not report.stored:
        return f":blue[:material/content_copy:] Nothing new in {rows}."
    return f":green[:material/check_circle:] Imported {numbers.whole(report.stored)} of {rows}."


def show(outcome: Outcome, now: datetime) -> None:
    """Draw its numbers, the time that it is about, and the refused rows with their reasons."""
    report, refused = outcome.report, outcome.report.refused.total()
    with st.grid(4, min_column_width=130):
        for label, number in (
            ("Would be stored" if outcome.is_dry else "Stored", report.stored),
            ("There already", report.duplicates),
            ("Refused", refused),
            ("New customers", report.new_customers),
        ):
            st.metric(label, numbers.whole(number), border=True)
    if report.first_at and report.last_at:
        first, last = map(times.exact, (report.first_at, report.last_at))
        is_old = outcome.is_dry and report.last_at < now - _LATELY
        hint = _OLD if is_old else ""
        st.caption(f"The events are of {first} to {last} in {times.zone().key}.{hint}")
    if refused:
        _refused(outcome, refused)
    if not outcome.is_dry:
        st.page_link(
            "pages/customers.py", label=":green[See the customers]", icon=":material/group:"
        )


def _refused(outcome: Outcome, number: int) -> None:
    why, which = st.columns([2, 3])
    with why:
        st.markdown("##### Why rows are refused", anchors=False)
        reasons = pd.DataFrame(outcome.report.refused.most_common(), columns=["Reason", "Rows"])
        st.dataframe(
            reasons[["Rows", "Reason"]],  # a long reason would push the number out of sight
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
    # A row with more cells than there are columns has them in the file alone.
    columns = range(len(("line", "reason", *upload.rows.columns)))
    table = pd.read_csv(
        upload.refused,
        nrows=_REFUSED_ROWS,
        dtype=str,
        keep_default_na=False,
        index_col=False,
        usecols=columns,
    )
    return table.map(first_rows.text)
