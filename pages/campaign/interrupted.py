"""Mails of which nobody can know whether they went out, and what somebody may decide about them."""

import uuid
from datetime import timedelta

import streamlit as st

import pipeline
from pages.campaign import notes, question
from pages.parts.numbers import counted, whole
from pipeline import fail_interrupted
from pipeline.database import default
from pipeline.reports import CampaignProgress
from pipeline.sends import GIVEN_UP_AFTER, count_interrupted


def show(campaign_id: uuid.UUID, progress: CampaignProgress) -> None:
    """Say what is in a sender's hands, or was lost there, and what to do."""
    before = pipeline.utcnow() - GIVEN_UP_AFTER
    with default().read() as session:
        lost = count_interrupted(session, campaign_id, claimed_before=before)
    if not lost:
        hands = counted(progress.claimed, "mail is", "mails are")
        minutes = GIVEN_UP_AFTER // timedelta(minutes=1)
        st.info(
            f"{hands} in a sender's hands right now. What has no answer after {minutes} minutes, as"
            " when this program was ended, is for you to decide here."
        )
        return
    with st.container(border=True):
        st.markdown(
            f":material/warning: **{counted(lost, 'mail')}** went to a sender that never answered:"
            " its process or its connection has ended, and nobody can know whether they went out."
            " They are not tried again by themselves. Look into your mail server's log. If they did"
            " not go out, call them failed here, and send again."
        )
        if st.button(f"Call {whole(lost)} failed…"):
            _give_up(question.new(), campaign_id, lost)


@st.dialog("Call interrupted mails failed")
def _give_up(asked: uuid.UUID, campaign_id: uuid.UUID, lost: int) -> None:
    """Ask once more, since nobody but a person can know."""
    st.markdown(
        f"The next sending tries **{counted(lost, 'mail')}** again. Whoever got theirs in spite of"
        " the interruption gets it twice."
    )
    st.button(
        "They did not go out: call them failed",
        type="primary",
        on_click=_call_failed,
        args=(asked, campaign_id),
    )


def _call_failed(asked: uuid.UUID, campaign_id: uuid.UUID) -> None:
    if question.is_answered(asked):
        return
    before = pipeline.utcnow() - GIVEN_UP_AFTER
    with notes.refusals():
        number = default().transact(
            lambda session: fail_interrupted(session, campaign_id, claimed_before=before)
        )
        notes.leave("success", f"{counted(number, 'mail')} called failed.")
    question.close(asked)
