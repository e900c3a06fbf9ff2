"""Campaigns: write to an audience: draft, review, send."""

import streamlit as st

st.title("Campaigns")
st.caption("Write to an audience: draft, review, send.")
