"""What takes its time: with its place held, or in runs of its own, one short one after the other.

While a fragment runs no other does: a long run would make everybody wait who clicks or types.
"""

import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

T = TypeVar("T")

SECONDS = 0.1

# The pause is for those who click or type: their runs come first.
_BROWSER = st.components.v2.component(
    "pipeline.later",
    js="""
export default ({ setTriggerValue }) => {
  const pause = setTimeout(() => setTriggerValue("due", true), 200);
  return () => clearTimeout(pause);
};
""",
)


@contextmanager
def awaited(height: int) -> Iterator[None]:
    """Hold the place, `height` pixels of it, of what is looked up in this block."""
    # `with st.skeleton()` draws from a thread, which fails once the visitor has left.
    place = st.skeleton(height)
    try:
        yield
    finally:
        place.empty()


def some(todo: Iterable[T]) -> Iterator[T]:
    """One of the things to do, and as many more as a short run has the time for."""
    end = time.monotonic() + SECONDS
    for each in todo:
        yield each
        if time.monotonic() > end:
            return


def again(key: str) -> None:
    """Let the browser ask for one more run of this fragment."""
    # The same data would not be heard of again.
    _BROWSER(key=key, data=uuid.uuid4().hex, height=1, on_due_change=lambda: None)
