"""Refusals of the package, as one readable sentence where they arose."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages.parts import literal
from pipeline import DatabaseError, PipelineError


@contextmanager
def shown() -> Iterator[None]:
    """Say what the package refuses in this block; `@errors.shown()` does it for a function.

    After a refusal the page goes on. Without a database there is nothing to go on with: the page
    ends there, and the next run of it tries again.
    """
    try:
        yield
    except DatabaseError as error:
        st.error(literal.markdown(str(error)), icon=":material/cloud_off:")
        st.button("Try again", icon=":material/refresh:", key=f"try_again_{uuid.uuid4()}")
        st.stop()
    except PipelineError as error:
        st.error(literal.markdown(str(error)), icon=":material/error:")
