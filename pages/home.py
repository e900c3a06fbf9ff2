"""Home: what is in the pipeline, and where the API is."""

from urllib.parse import urljoin

import streamlit as st

from pipeline.database import default
from pipeline.reports import totals

st.title("Customer intelligence pipeline")
st.caption("Events → Profiles → Segments → Campaigns")

with default().read() as session:
    found = totals(session)

customers, events, segments, campaigns = st.columns(4)
customers.metric("Customers", f"{found.customers:,}", border=True)
events.metric("Events", f"{found.events:,}", border=True)
segments.metric("Segments", f"{found.segments:,}", border=True)
campaigns.metric("Campaigns", f"{found.campaigns:,}", border=True)

st.subheader("REST API")
st.markdown("All of it can be done over HTTP as well: [/api/docs](/api/docs) says how.")
address = urljoin(st.context.url or "http://localhost:8501", "/api/events")
event = '{"email": "ada@example.com", "type": "purchase"}'
st.code(f"curl {address} -d '{event}'", language="bash")
