"""Customers: find them, and see what each of them did."""

from datetime import datetime

import streamlit as st

from pages.customer import erasing, exporting, filters, opened, profile, table
from pages.parts import links, literal, pager, welcome
from pages.parts.numbers import counted
from pipeline import utcnow
from pipeline.database import default
from pipeline.reports.customers import CustomerFilter, count_customers, find_customers

PAGE = 25


def listing(now: datetime) -> None:
    st.title("Customers")
    among, words = filters.show()
    with default().answer() as session:
        found = count_customers(session, among, now=now)
    if found:
        listed(among, found, now)
    elif words:
        nobody(words)
    else:
        st.info("There are no customers yet: each comes with their first event.")
        welcome.begin(now)


def listed(among: CustomerFilter, found: int, now: datetime) -> None:
    said = counted(found, "customer")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{said}**", width="content")
        exporting.of_all(among, said, now)
    place = st.container()
    offset = pager.offset(found, PAGE, filters.PAGE)
    order, descending = filters.order()
    with default().answer() as session:
        rows = find_customers(
            session,
            among,
            order=order,
            descending=descending,
            limit=PAGE,
            offset=offset,
            now=now,
        )
    with place:
        table.show(rows)


def nobody(words: list[str]) -> None:
    st.info(f"There are no customers who {' and '.join(map(literal.markdown, words))}.")
    st.button("Clear the filters", icon=":material/filter_alt_off:", on_click=filters.clear)


now = utcnow()
erasing.say()
if "customer" in st.query_params:
    profile.show(links.wanted("customer"), now)
else:
    opened.has_left()
    listing(now)
