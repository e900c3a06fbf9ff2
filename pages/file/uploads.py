"""Uploaded files, each as a temporary file for as long as it is looked at.

Streamlit keeps an upload in memory; here it is copied to the disk piece by piece, since the import
reads files, and a second process may read them too.
"""

import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import streamlit as st
from streamlit.typing import UploadedFile

from pipeline import Invalid
from pipeline.files.guessing import Guess, guess_mapping
from pipeline.files.opening import open_rows
from pipeline.files.rows import SAMPLE_ROWS, RowFile
from pipeline.limits import unstorable

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on the disk, what it seems to hold, and where its refused rows may be written."""

    id: str
    rows: RowFile
    guess: Guess
    refused: Path
    remove: Callable[[], None]

    @property
    def path(self) -> Path:
        """Where it is; its name is the visitor's."""
        return self.rows.path


def pick() -> Upload | None:
    """Draw the uploader; raises Invalid for a file that cannot be read."""
    file = st.file_uploader(
        "CSV, JSON Lines or Parquet, plain or gzip",
        key="ingest_file",
        label_visibility="collapsed",
    )
    if file is None:
        _on_disk.clear()
        st.caption("Larger files go by the command line: `python -m pipeline import FILE`.")
        return None
    return _on_disk(file.file_id, file)


# One at a time, and gone with the visitor.
@st.cache_resource(
    scope="session",
    max_entries=1,
    on_release=lambda upload: upload.remove(),
    show_spinner="Reading the file…",
)
def _on_disk(file_id: str, _file: UploadedFile) -> Upload:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pipeline-upload-")))
        path = folder / "file" / _plain_name(_file.name)
        path.parent.mkdir()
        with path.open("wb") as copy:
            shutil.copyfileobj(_file, copy)
        rows = _readable(path)
        guess = guess_mapping(rows)
        return Upload(file_id, rows, guess, folder / "refused.csv", stack.pop_all().close)


def _readable(path: Path) -> RowFile:
    rows = open_rows(path)
    for column in rows.columns:
        if problem := unstorable(column):
            raise Invalid(f"A column's name in {path.name} {problem}")
    if all(row.problem for row in islice(rows.rows(), SAMPLE_ROWS)):
        raise Invalid(f"{path.name} has no rows that can be read")
    return rows


def _plain_name(name: str) -> str:
    """The file's own name, for sentences that say it, without what could lead elsewhere."""
    last = re.sub(r"[^\w .()+-]", "_", PurePosixPath(name.replace("\\", "/")).name)
    return last[-_LONGEST_NAME:].strip(". ") or "upload"
