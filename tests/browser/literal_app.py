"""Each text of a file, in every kind of place where Streamlit reads Markdown."""

import json
import os
from pathlib import Path

import streamlit as st

from pages.parts import literal

for number, text in enumerate(json.loads(Path(os.environ["TEXTS"]).read_text())):
    escaped = literal.markdown(text)
    with st.container(key=f"text_{number}"):
        st.markdown(escaped)
        st.markdown(f"Found {escaped} here")
        st.caption(escaped)
        st.error(escaped)
        st.button(escaped, key=f"button_{number}")
        st.page_link("https://example.com", label=f":green[{escaped}]")
        st.subheader(escaped, anchor=False)
