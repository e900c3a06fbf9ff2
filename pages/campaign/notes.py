"""Notes: what an action has to say, shown by the run that follows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from pages.parts import literal
from pipeline import PipelineError

_KEY = "campaigns_notes"


def leave(kind: Literal["success", "info", "warning", "error", "toast"], text: str) -> None:
    """Have this said by the next `show`; the text is shown as it stands."""
    st.session_state.setdefault(_KEY, []).append((kind, text))


def show() -> None:
    """Say what was left, once."""
    for kind, text in st.session_state.pop(_KEY, []):
        getattr(st, kind)(literal.markdown(text))


@contextmanager
def refusals() -> Iterator[None]:
    """Leave what the package refuses in this block: a callback has no place to say it."""
    try:
        yield
    except PipelineError as error:
        leave("error", str(error))
