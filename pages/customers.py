"""Customers: find customers, and see what each of them did."""

import streamlit as st

st.title("Customers")
st.caption("Find customers, and see what each of them did.")
