"""The live preview of a rule: how many customers match, how it reads, what is odd about it."""

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts import literal, numbers
from pipeline import Preview, Rule, preview, rule_warnings
from pipeline.reports import customer_count


def show(session: Session, rule: Rule, now: datetime) -> Preview:
    """Draw it; returns who matches."""
    found = preview(session, rule, now=now)
    everybody = customer_count(session)
    with st.container(border=True, gap="xsmall"):
        st.metric("Customers who match", numbers.whole(found.count))
        share = numbers.share(found.count, everybody)
        st.caption(f"{share} of all {numbers.counted(everybody, 'customer')}")
        st.markdown(f"Customers who {literal.markdown(rule.sentence())}.")
        for each in rule_warnings(session, rule, now=now):
            st.warning(literal.markdown(each.message), icon=":material/warning:")
    return found
