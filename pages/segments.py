"""Segments: describe an audience, and see at once who is in it."""

import streamlit as st

st.title("Segments")
st.caption("Describe an audience, and see at once who is in it.")
