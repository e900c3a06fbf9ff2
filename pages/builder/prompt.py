"""Smart Generate: a rule from a sentence, and what of the sentence is not in it."""

from collections.abc import Iterable, Sequence

import streamlit as st

from pages.builder.drafts import SegmentDraft
from pages.builder.tree import Piece
from pages.parts import errors, literal
from pipeline import Invalid, Rule
from pipeline.limits import PROMPT_LENGTH
from pipeline.smart import understand

_EXAMPLE = "added to cart but did not purchase in the last 7 days"
_HELP = (
    "Speak of any event type that there is, by its name or in words: `newsletter_opened` is "
    "“opened the newsletter” as well; of times such as “in the last week”, “in November 2026” or "
    "“between 2026-11-01 and 2026-11-15”. What is not understood is said."
)


@errors.shown()
def show(draft: SegmentDraft, event_types: Iterable[str]) -> None:
    """Draw the prompt; when it is sent, the rule becomes what it says, if it says anything."""
    # Streamlit writes into the input that Enter sends it: beside a button both would not fit.
    with st.form(f"segments.{draft.id}.smart", border=False):
        prompt = st.text_input(
            "In your own words",
            key=f"segments.{draft.id}.prompt",
            max_chars=PROMPT_LENGTH,
            placeholder=_EXAMPLE,
            help=_HELP,
        )
        is_sent = st.form_submit_button("Generate", icon=":material/auto_awesome:")
    if is_sent:
        draft.understanding = None
        _become(draft, prompt, [*event_types])


def _become(draft: SegmentDraft, prompt: str, event_types: Sequence[str]) -> None:
    if not prompt.strip():
        raise Invalid("Say first, in your own words, who it is about.")
    found = understand(prompt, event_types)
    if found.understood:
        draft.understanding = found
        draft.rule = Piece(found.rule.definition())
    else:
        said = "Nothing in these words was understood: the rule stays as it is."
        st.warning(said, icon=":material/help:")


def say(draft: SegmentDraft, rule: Rule | None) -> None:
    """Draw what was understood, as long as the rule is that."""
    if draft.understanding and rule == draft.understanding.rule:
        sentence = literal.markdown(draft.understanding.rule.sentence())
        st.caption(f":material/check: Understood: customers who {sentence}.")
        if remark := draft.understanding.remark():
            st.warning(literal.markdown(remark), icon=":material/help:")
