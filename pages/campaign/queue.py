"""The queue: one draft at a time beside its facts, decided by a key, the next on its own.

The draft that is shown is in the address bar. Everybody begins at a random place, so that reviewers
who work at once seldom meet; when they do, the first verdict stands, and the second is told whose
and goes on at a random place again.
"""

import uuid
from datetime import datetime, timedelta
from functools import partial

import streamlit as st

import pipeline
from pages.campaign import change, draft, editor, notes, reviewer, sending, undrafted
from pages.parts import errors, links, literal
from pages.parts.numbers import counted, whole
from pipeline import NotFound, review_draft
from pipeline.database import default
from pipeline.drafts import Decided, get_draft, next_draft
from pipeline.models import Campaign, Customer, EmailDraft
from pipeline.reports import CampaignProgress, campaign_progress

# Nobody reads a mail in less: a key that is held, or pressed twice, decides one draft.
PAUSE = timedelta(seconds=0.5)

_AFTER = "review_after"
_DECIDED = "review_decided"
_LAST = "review_last"
_SHOWN = "review_shown"


@st.fragment
@errors.shown()
def show(campaign: Campaign, _: datetime) -> None:
    """Draw the queue."""
    notes.show()
    now = pipeline.utcnow()
    with default().read() as session:
        progress = campaign_progress(session, campaign.id)
    found = _current(campaign.id)
    _left(progress)
    if not found:
        st.query_params.pop("draft", None)
        _finished(progress)
        return
    st.query_params["draft"] = str(found[0].id)
    left, right = st.columns([3, 2])
    with left.container(border=True):
        _decision(*found, now)
    with right.container(border=True):
        draft.membership(campaign, found[1], now)
        draft.facts(*found, now)
    _note_showing(found[0])


def _current(campaign_id: uuid.UUID) -> tuple[EmailDraft, Customer] | None:
    """The next draft that waits after one that is done with, else the one in the address bar."""
    after, asked = st.session_state.pop(_AFTER, None), links.asked_for("draft")
    with default().read() as session:
        if asked and not after:
            try:
                return get_draft(session, campaign_id, asked)
            except NotFound:
                st.info("That draft is gone: its customer was erased, or no longer matches.")
        return next_draft(session, campaign_id, after or uuid.uuid4())


def _left(progress: CampaignProgress) -> None:
    if not progress.drafted:
        return
    decided = progress.approved + progress.rejected
    left = f"{whole(progress.to_review)} left of {counted(progress.drafted, 'draft')}. "
    last = st.session_state.get(_LAST, "")
    st.progress(decided / progress.drafted, left + literal.markdown(last))


def _finished(progress: CampaignProgress) -> None:
    if not progress.drafted:
        undrafted.show()
        return
    st.markdown("Nothing is left to review.")
    sending.way(progress, "primary")


# --------------------------------------------------------------------------------------- one draft
def _decision(found: EmailDraft, customer: Customer, now: datetime) -> None:
    if editor.is_open(found):
        editor.show(found, customer)
        return
    draft.text(found, customer)
    if found.status != "generated":
        st.markdown(literal.markdown(draft.verdict(found, now)))
        st.button(
            "Next",
            shortcut="N",
            type="primary",
            disabled=draft.is_covered(customer),
            on_click=_advance,
            args=(found,),
        )
    elif reviewer.is_known():
        _verdicts(found, customer)
    else:
        reviewer.ask()


def _verdicts(found: EmailDraft, customer: Customer) -> None:
    # Their keys name the text: a click on what is no longer shown decides nothing.
    key = f"{found.id}_{found.revision}"
    # Keys reach what is behind a dialog as well.
    is_covered = draft.is_covered(customer)
    with st.container(horizontal=True):
        for label, shortcut, verdict in (("Approve", "A", "approved"), ("Reject", "X", "rejected")):
            st.button(
                label,
                shortcut=shortcut,
                type="primary" if verdict == "approved" else "secondary",
                key=f"review_{verdict}_{key}",
                disabled=is_covered,
                on_click=_decide,
                args=(found, customer.email, verdict),
            )
        for label, shortcut, act in (("Skip", "S", _advance), ("Edit", "E", editor.open_)):
            st.button(
                label,
                shortcut=shortcut,
                key=f"review_{label}_{key}",
                disabled=is_covered,
                on_click=act,
                args=(found,),
            )
    st.caption("A verdict is final. Nothing is sent by it.")
    reviewer.show()


def _decide(found: EmailDraft, email: str, verdict: str) -> None:
    now = pipeline.utcnow()
    if st.session_state.get(_DECIDED) == found.id:
        # The same key once more, before the next draft was there: it cut short what was begun.
        _advance(found, st.session_state.get(_LAST, ""))
        return
    if _is_too_quick(found, now):
        notes.leave("toast", "That was too quick to have been read: nothing is decided.")
        return
    decide = partial(
        review_draft, verdict=verdict, seen=found.revision, reviewer=reviewer.name(), now=now
    )
    refusal = change.carry_out(found, decide)
    if refusal is None:
        st.session_state[_DECIDED] = found.id
        _advance(found, f"You {verdict} the draft to {email}.")
    elif isinstance(refusal, Decided):
        _advance(found)
        # Elsewhere: who comes to where another is would be a draft behind from then on.
        st.session_state[_AFTER] = uuid.uuid4()


def _note_showing(found: EmailDraft) -> None:
    shown, _ = st.session_state.get(_SHOWN, (None, None))
    if shown != found.id:
        st.session_state[_SHOWN] = (found.id, pipeline.utcnow())


def _is_too_quick(found: EmailDraft, now: datetime) -> bool:
    """Whether it is too soon after the draft came up, or after a press that was too soon."""
    shown, since = st.session_state.get(_SHOWN, (None, now))
    st.session_state[_SHOWN] = (found.id, now)
    return bool(shown != found.id or now - since < PAUSE)


def _advance(found: EmailDraft, said: str = "") -> None:
    st.session_state[_AFTER] = found.customer_id
    st.session_state[_LAST] = said
