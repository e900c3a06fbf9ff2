"""The definition as JSON: to be seen, copied and edited."""

import streamlit as st

from pages.builder.drafts import SegmentDraft
from pages.builder.tree import Piece
from pages.parts import literal, live_area
from pipeline import Invalid, Rule, exact_json, parse


def show(draft: SegmentDraft, rule: Rule | None) -> None:
    """Draw it; an edited one becomes the rule once it is applied."""
    text = exact_json.indented(rule.definition() if rule else draft.rule)
    with st.expander("Definition as JSON", icon=":material/data_object:"):
        seen, edited = st.tabs(["See", "Edit"])
        seen.code(text, language="json", wrap_lines=True)
        with edited:
            _edit(draft, text)


def _edit(draft: SegmentDraft, text: str) -> None:
    typed = live_area.show("Definition as JSON", text, key=f"segments.{draft.id}.json")
    rule = None
    try:
        rule = _parse(typed)
    except Invalid as error:
        st.markdown(f":small[:red[:material/error: {literal.markdown(str(error))}]]")
    else:
        st.caption(f":material/check: Customers who {literal.markdown(rule.sentence())}.")
    st.button(
        "Apply",
        key=f"segments.{draft.id}.apply",
        disabled=rule is None or typed == text,
        on_click=lambda: setattr(draft, "rule", Piece(rule.definition())),
    )


def _parse(text: str) -> Rule:
    try:
        return parse(exact_json.loads(text))
    except ValueError as error:
        raise Invalid(f"This is not JSON: {error}") from None
