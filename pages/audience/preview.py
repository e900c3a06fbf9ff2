"""The live preview of a rule: how many customers match, how it reads, what is odd about it."""

import shlex
import time
from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts import literal, numbers
from pipeline import Preview, Rule, preview, rule_warnings
from pipeline.reports import customer_count
from pipeline.rules.paths import in_words
from pipeline.tracking import untracked_paths

#: Seconds that a preview may take without a word about it.
_SLOW_S = 1.0


def show(session: Session, rule: Rule, now: datetime) -> Preview:
    """Draw it; returns who matches."""
    begun = time.perf_counter()
    found = preview(session, rule, now=now)
    seconds = time.perf_counter() - begun
    everybody = customer_count(session)
    with st.container(border=True, gap="xsmall"):
        st.metric("Customers who match", numbers.whole(found.count))
        share = numbers.share(found.count, everybody)
        st.caption(f"{share} of all {numbers.counted(everybody, 'customer')}")
        st.markdown(f"Customers who {literal.markdown(rule.sentence())}.")
        # Several conditions may have the same to be said.
        for message in dict.fromkeys(
            each.message for each in rule_warnings(session, rule, now=now)
        ):
            st.warning(literal.markdown(message), icon=":material/warning:")
        if seconds > _SLOW_S:
            _quicken(session, rule, seconds)
    return found


def _quicken(session: Session, rule: Rule, seconds: float) -> None:
    """How an operator could make it quick, if there is a way."""
    if paths := untracked_paths(session, rule):
        properties = " and ".join(literal.markdown(in_words(path)) for path in paths)
        st.caption(
            f"This took {seconds:.1f} seconds, as events are asked for {properties}. Rules for"
            " single values are quick when the property is tracked; on the server:"
        )
        commands = (f"python -m pipeline track-property {shlex.quote(in_words(p))}" for p in paths)
        st.code("\n".join(commands), language="bash", wrap_lines=True)
