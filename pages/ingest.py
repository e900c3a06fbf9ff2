"""Ingest: bring events in, one by form or many from a file."""

import streamlit as st

st.title("Ingest")
st.caption("Bring events in, one by form or many from a file.")
