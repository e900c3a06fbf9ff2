"""A question before a reload, or the closing of the window, drops what is not saved yet.

The browser asks it. Streamlit keeps what a visitor has begun only as long as their window is open.
"""

import streamlit as st

_BROWSER = st.components.v2.component(
    "pipeline.leaving",
    js="""
export default () => {
  window.onbeforeunload = (event) => event.preventDefault();
  return () => { window.onbeforeunload = null; };
};
""",
)


def asks(key: str) -> None:
    """Have it asked as long as this is drawn; best below all else, as it takes a line's room."""
    _BROWSER(key=key, height=1)
