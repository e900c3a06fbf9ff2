"""A file's first rows as tables: as they are, and as the events that they become."""

import json
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from pages.file.mapping import Plan
from pages.file.uploads import Upload
from pages.parts import literal, times
from pipeline.files.preview import first_rows, preview_events

ROWS = 3
_LONGEST_CELL = 200


def as_they_are(upload: Upload) -> None:
    """Draw them as the file has them."""
    rows = first_rows(upload.rows, ROWS)
    table = {
        column: [text(row.values.get(column)) for row in rows] for column in upload.rows.columns
    }
    st.dataframe(pd.DataFrame(table), hide_index=True, alt="The first rows of the file")
    if renamed := upload.rows.renamed:
        names = literal.listed(renamed)
        st.caption(f"Numbered, since an earlier column has the same name: {names}")


def as_events(upload: Upload, plan: Plan, now: datetime) -> None:
    """Draw what a plan makes of them; raises Invalid for a mapping that does not fit."""
    rows = preview_events(upload.rows, plan.mapping, ROWS, now=now)
    table = {
        "E-mail": [row.email for row in rows],
        "Event type": [row.type for row in rows],
        "Time": pd.to_datetime([row.occurred_at for row in rows], utc=True),
        "Properties": [text(row.properties) for row in rows],
    }
    if any(row.problem for row in rows):
        table = {"Problem": [row.problem for row in rows], **table}
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        column_config={"Time": times.column("Time")},
        placeholder="",
        alt="The events that the first rows become",
    )
    said = (
        f"A time without a zone is read as {plan.mapping.timezone} (see More options); all are"
        f" shown in {times.zone().key}."
    )
    moved = " The import moves them so that the newest is now." if plan.shift_to_now else ""
    st.caption(said + moved)


def text(value: Any) -> str:
    """A value as a table shows it: the text that it is, or JSON, and no more than its beginning."""
    whole = value if isinstance(value, str) else _written(value)
    short = whole if len(whole) <= _LONGEST_CELL else f"{whole[:_LONGEST_CELL]}…"
    # A lone surrogate, as JSON may have it, cannot be sent.
    return short.encode(errors="replace").decode()


def _written(value: Any) -> str:
    if value is None:
        return ""
    is_json = isinstance(value, dict | list)
    return json.dumps(value, ensure_ascii=False, default=str) if is_json else str(value)
