"""Verdicts on all drafts that a filter shows: those that were counted, and no others."""

import uuid
from dataclasses import dataclass, field

import streamlit as st

import pipeline
from pages.campaign import notes, question, reviewer
from pages.parts import literal
from pages.parts.numbers import counted, whole
from pipeline import review_rest
from pipeline.database import default
from pipeline.drafts import DraftFilter

WORDS = {"approved": "Approve", "rejected": "Reject"}


@dataclass(frozen=True)
class Bulk:
    """A verdict on `number` undecided drafts, as they were at a revision of the campaign."""

    campaign_id: uuid.UUID
    among: DraftFilter
    verdict: str
    number: int
    revision: int
    question: uuid.UUID = field(default_factory=question.new)


@st.dialog("Decide all at once")
def ask(bulk: Bulk) -> None:
    """Ask whether that is meant, and do it."""
    word = WORDS[bulk.verdict]
    drafts = counted(bulk.number, "draft")
    st.markdown(f"**{word} {drafts}** that nobody has read one by one?")
    st.markdown(_in_words(bulk.among))
    st.caption(
        "Drafts that come in, or are changed or decided by others, while this question is open are"
        " left alone. A verdict is final. Nothing is sent by it."
    )
    if not reviewer.is_known():
        reviewer.field()
    label = f"{word} {whole(bulk.number)}"
    st.button(label, type="primary", on_click=_decide, args=(bulk,))


def _in_words(among: DraftFilter) -> str:
    parts = {"e-mail or subject has": among.search.strip(), "SKU is": among.sku}
    said = [f"{name} “{literal.markdown(text)}”" for name, text in parts.items() if text]
    whose = f" and whose {' and '.join(said)}" if said else ""
    return f"All of this campaign that wait for review{whose}."


def _decide(bulk: Bulk) -> None:
    if question.is_answered(bulk.question):
        return
    reviewer.answer()
    with notes.refusals():
        decided = default().transact(
            lambda session: review_rest(
                session,
                bulk.campaign_id,
                bulk.verdict,
                among=bulk.among,
                seen=bulk.revision,
                reviewer=reviewer.name(),
                now=pipeline.utcnow(),
            )
        )
        _say(bulk, decided)
    question.close(bulk.question)


def _say(bulk: Bulk, decided: int) -> None:
    said = f"{counted(decided, 'draft')} {bulk.verdict}."
    if decided == bulk.number:
        notes.leave("success", said)
    else:
        others = counted(bulk.number - decided, "draft was", "drafts were")
        left = "decided or changed by others meanwhile, and left alone"
        notes.leave("warning", f"{said} {others} {left}.")
