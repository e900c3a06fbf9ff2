"""Sending: whom it reaches and whom not, and what became of each mail."""

import uuid
from datetime import datetime
from typing import Literal

import streamlit as st

import pipeline
from pages.campaign import interrupted, notes, opened, question, results, undrafted
from pages.parts import errors, literal
from pages.parts.numbers import counted, whole
from pipeline import PipelineError, SendResult, send_campaign
from pipeline.database import default
from pipeline.delivery import SimulatedSender, current, nature
from pipeline.models import Campaign
from pipeline.reports import CampaignProgress, campaign_progress, unsent_strangers

_ASKED_FOR = "campaigns_send"


def show(campaign: Campaign, _: datetime) -> None:
    """Draw it."""
    # In no fragment: a click inside of one waits until the run is over that it would stop.
    if asked_for := st.session_state.pop(_ASKED_FOR, None):
        _send(*asked_for)
    _show(campaign)


@st.fragment
@errors.shown()
def _show(campaign: Campaign) -> None:
    notes.show()
    with default().read() as session:
        progress = campaign_progress(session, campaign.id)
    _actions(campaign, progress)
    if progress.claimed:
        interrupted.show(campaign.id, progress)
    if progress.sent or progress.failed or progress.claimed:
        results.show(campaign.id)


def way(progress: CampaignProgress, kind: Literal["primary", "secondary"]) -> None:
    """Draw the way here from another step, in the words of what can be done here; else nothing."""
    if progress.unsent:
        label = _to_all(progress)
    elif progress.failed:
        label = _to_failed(progress)
    elif progress.claimed:
        label = f"{counted(progress.claimed, 'mail')} without an outcome"
    else:
        return
    st.button(label, type=kind, on_click=opened.go, args=("Sending",))


def _to_all(progress: CampaignProgress) -> str:
    return f"Send to {counted(progress.sendable, 'customer')}"


def _to_failed(progress: CampaignProgress) -> str:
    return f"Try the {whole(progress.failed)} failed again"


def _nature() -> None:
    sender = current()
    text = literal.markdown(nature(sender))
    if isinstance(sender, SimulatedSender):
        st.info(text, icon=":material/science:")
    else:
        st.warning(text, icon=":material/outgoing_mail:")


@errors.shown()
def _actions(campaign: Campaign, progress: CampaignProgress) -> None:
    _nature()
    with st.container(horizontal=True):
        send = f"{_to_all(progress)}…"
        if progress.unsent and st.button(send, type="primary", icon=":material/send:"):
            _confirm(question.new(), campaign, progress, only_failed=False)
        again = f"{_to_failed(progress)}…"
        if progress.failed and st.button(again, icon=":material/replay:"):
            _confirm(question.new(), campaign, progress, only_failed=True)
    if not progress.unsent:
        _nothing(progress)


def _nothing(progress: CampaignProgress) -> None:
    if not progress.drafted:
        undrafted.show()
    elif progress.approved:
        st.caption("Nothing else is approved and unsent.")
    else:
        st.caption("No draft is approved yet.")


@st.dialog("Send")
def _confirm(
    asked: uuid.UUID, campaign: Campaign, progress: CampaignProgress, *, only_failed: bool
) -> None:
    """Say exactly who gets a mail, and who does not and why; then have it sent to those."""
    number = progress.failed if only_failed else progress.sendable
    unsent = 0 if only_failed else progress.unsent
    sent = {"for the first time": unsent, "again, since it failed before": progress.failed}
    left_out = {
        "approved, and not tried yet": progress.unsent - unsent,
        "waiting for review": progress.to_review,
        "rejected": progress.rejected,
        "sent already": progress.sent,
        "in a sender's hands, outcome unknown": progress.claimed,
    }
    st.markdown(f"**{counted(number, 'customer')}** will be sent their mail:")
    st.markdown(_list(sent))
    _strangers(campaign, only_failed)
    if sum(left_out.values()):
        st.markdown(f"**{counted(sum(left_out.values()), 'draft')}** left out:")
        st.markdown(_list(left_out))
    _nature()
    st.caption("What is approved while this question is open waits for the next time.")
    st.button(
        f"Send to {counted(number, 'customer')}",
        type="primary",
        on_click=_ask_for,
        args=(asked, campaign.id, progress.revision, only_failed),
    )


@errors.shown()
def _strangers(campaign: Campaign, only_failed: bool) -> None:
    """Say how many do not match any more: a reminder may have come true by itself."""
    with default().answer() as session:
        number = unsent_strangers(session, campaign, only_failed=only_failed, now=pipeline.utcnow())
    if number:
        said = "of them. What is approved stays approved, and is sent."
        st.warning(
            f"No longer in the audience: **{whole(number)}** {said}", icon=":material/person_off:"
        )


def _ask_for(asked: uuid.UUID, *asked_for: object) -> None:
    if not question.is_answered(asked):
        # The dialog closes first: the sending is shown on the page, where it can be stopped.
        st.session_state[_ASKED_FOR] = asked_for
        question.close(asked)


def _list(numbers: dict[str, int]) -> str:
    return "\n".join(f"- {whole(number)} {what}" for what, number in numbers.items() if number)


@errors.shown()
def _send(campaign_id: uuid.UUID, revision: int, only_failed: bool) -> None:
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, "Sending…")
        st.button("Stop sending", help="What is sent is sent; the rest waits for another time.")

    def tell(done: int, total: int) -> None:
        # Others may have taken all there was.
        bar.progress(done / max(total, 1), f"{whole(done)} of {counted(total, 'mail')}")

    try:
        result = send_campaign(
            default(),
            campaign_id,
            clock=pipeline.utcnow,
            seen=revision,
            only_failed=only_failed,
            on_progress=tell,
        )
    except PipelineError:
        place.empty()
        raise
    results.begin("Failed" if result.failed else "All")
    _say(result)
    st.rerun()


def _say(result: SendResult) -> None:
    sent = f"{counted(result.sent, 'mail')} sent"
    unsent = {"failed": result.failed, "without an outcome": result.undecided}
    if any(unsent.values()):
        said = (f"{whole(number)} {what}" for what, number in unsent.items() if number)
        notes.leave("warning", f"{', '.join([sent, *said])}: the table says why.")
    else:
        notes.leave("success", f"{sent}.")
    if result.stopped:
        notes.leave("error", f"{result.stopped}.")
