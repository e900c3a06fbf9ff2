"""Sending: whom it reaches and whom not, and what became of each mail."""

import uuid
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

import pipeline
from pages.campaign import notes, pager
from pages.parts import errors, statuses, times
from pages.parts.numbers import counted, whole
from pipeline import PipelineError, fail_interrupted, list_sends, send_campaign
from pipeline.database import default
from pipeline.delivery import SimulatedSender, current
from pipeline.limits import EMAIL_LENGTH
from pipeline.models import Campaign
from pipeline.reports import CampaignProgress, campaign_progress
from pipeline.sends import SendFilter, count_interrupted, count_sends

# A sender has answered by then, or never will.
_GIVEN_UP_AFTER = timedelta(minutes=15)
_PAGE = 25
_ASKED_FOR = "campaigns_send"
_STATUSES = {"All": None, "Sent": "sent", "Failed": "failed", "Queued": "queued"}


@st.fragment
@errors.shown()
def show(campaign: Campaign, _: datetime) -> None:
    """Draw it."""
    if asked_for := st.session_state.pop(_ASKED_FOR, None):
        _send(*asked_for)
    notes.show()
    now = pipeline.utcnow()
    with default().read() as session:
        progress = campaign_progress(session, campaign.id)
        lost = count_interrupted(session, campaign.id, claimed_before=now - _GIVEN_UP_AFTER)
    _nature()
    _actions(campaign.id, progress)
    if progress.claimed:
        _claimed(campaign.id, progress.claimed, lost)
    if progress.sent or progress.failed or progress.claimed:
        _results(campaign.id)


def _nature() -> None:
    if isinstance(current(), SimulatedSender):
        st.info("The sender is simulated: no mail leaves this machine.", icon=":material/science:")


def _actions(campaign_id: uuid.UUID, progress: CampaignProgress) -> None:
    with st.container(horizontal=True):
        send = f"Send to {counted(progress.sendable, 'customer')}…"
        if progress.unsent and st.button(send, type="primary", icon=":material/send:"):
            _confirm(campaign_id, progress, only_failed=False)
        again = f"Try the {whole(progress.failed)} failed again…"
        if progress.failed and st.button(again, icon=":material/replay:"):
            _confirm(campaign_id, progress, only_failed=True)
    if not progress.unsent:
        st.caption(_why_nobody(progress))


def _why_nobody(progress: CampaignProgress) -> str:
    if not progress.drafted:
        return "There are no drafts yet."
    if not progress.approved:
        return "No draft is approved yet."
    return "Nothing else is approved and unsent."


@st.dialog("Send")
def _confirm(campaign_id: uuid.UUID, progress: CampaignProgress, *, only_failed: bool) -> None:
    """Say exactly who gets a mail, and who does not and why; then have it sent to those."""
    number = progress.failed if only_failed else progress.sendable
    tried = {"again, since it failed before": progress.failed}
    first = {"for the first time": progress.unsent}
    left_out = {
        "waiting for review": progress.to_review,
        "rejected": progress.rejected,
        "sent already": progress.sent,
        "in a sender's hands, outcome unknown": progress.claimed,
    }
    st.markdown(f"**{counted(number, 'customer')}** will be sent their mail:")
    st.markdown(_list(tried if only_failed else first | tried))
    left_out = (first if only_failed else {}) | left_out
    if sum(left_out.values()):
        st.markdown(f"**{counted(sum(left_out.values()), 'draft')}** left out:")
        st.markdown(_list(left_out))
    _nature()
    st.caption("What is approved while this question is open waits for the next time.")
    st.button(
        f"Send to {counted(number, 'customer')}",
        type="primary",
        on_click=_ask_for,
        args=(campaign_id, progress.revision, only_failed),
    )


def _ask_for(*asked_for: object) -> None:
    # The dialog closes first: the sending is shown on the page, where it can be stopped.
    st.session_state[_ASKED_FOR] = asked_for
    st.rerun()


def _list(numbers: dict[str, int]) -> str:
    return "\n".join(f"- {whole(number)} {what}" for what, number in numbers.items() if number)


@errors.shown()
def _send(campaign_id: uuid.UUID, revision: int, only_failed: bool) -> None:
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, "Sending…")
        st.button("Stop sending", help="What is sent is sent; the rest waits for another time.")

    def tell(done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0), f"{whole(done)} of {counted(total, 'mail')}")

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
    said = f"{counted(result.sent, 'mail')} sent"
    if result.failed:
        notes.leave("warning", f"{said}, {whole(result.failed)} failed: the table says why.")
    else:
        notes.leave("success", f"{said}.")
    st.rerun()


# ------------------------------------------------------------------------------------- interrupted
def _claimed(campaign_id: uuid.UUID, claimed: int, lost: int) -> None:
    if not lost:
        st.info(f"{counted(claimed, 'mail is', 'mails are')} in a sender's hands right now.")
        return
    with st.container(border=True):
        st.markdown(
            f":material/warning: **{counted(lost, 'mail')}** went to a sender that never answered:"
            " its process has ended, and nobody can know whether they went out. They are not tried"
            " again by themselves. Look into your mail server's log. If they did not go out, call"
            " them failed here, and send again."
        )
        if st.button(f"Call {whole(lost)} failed…"):
            _give_up(campaign_id, lost)


@st.dialog("Call interrupted mails failed")
def _give_up(campaign_id: uuid.UUID, lost: int) -> None:
    """Ask once more, since nobody but a person can know."""
    st.markdown(
        f"The next sending tries **{counted(lost, 'mail')}** again. Whoever got theirs in spite of"
        " the interruption gets it twice."
    )
    st.button(
        "They did not go out: call them failed",
        type="primary",
        on_click=_call_failed,
        args=(campaign_id,),
    )


def _call_failed(campaign_id: uuid.UUID) -> None:
    before = pipeline.utcnow() - _GIVEN_UP_AFTER
    with notes.refusals():
        number = default().transact(
            lambda session: fail_interrupted(session, campaign_id, claimed_before=before)
        )
        notes.leave("success", f"{counted(number, 'mail')} called failed.")
    st.rerun()


# ----------------------------------------------------------------------------------------- results
def _results(campaign_id: uuid.UUID) -> None:
    st.subheader("Result per customer", anchor=False)
    with st.grid(2, min_column_width=160):
        status = st.selectbox(
            "Status",
            list(_STATUSES),
            key="send_status",
            on_change=_first_page,
            bind="query-params",
        )
        search = st.text_input(
            "E-mail",
            max_chars=EMAIL_LENGTH,
            type="search",
            live="300ms",
            key="send_search",
            on_change=_first_page,
            bind="query-params",
        )
    among = SendFilter(_STATUSES[status], search)
    with default().read() as session:
        found = count_sends(session, campaign_id, among)
    rows = st.container()
    offset = pager.offset(found, _PAGE, "send_page")
    with rows:
        _rows(campaign_id, among, offset)


def _first_page() -> None:
    st.session_state["send_page"] = 1


def _rows(campaign_id: uuid.UUID, among: SendFilter, offset: int) -> None:
    with default().read() as session:
        rows = list_sends(session, campaign_id, among=among, limit=_PAGE, offset=offset)
    if not rows:
        st.caption("No mail is like that.")
        return
    st.dataframe(
        pd.DataFrame(
            {
                "to": [customer.email for _, customer in rows],
                "status": [statuses.STATUSES[send.status][0] for send, _ in rows],
                "reason": [send.error for send, _ in rows],
                "sent": [send.sent_at for send, _ in rows],
                "tried": [send.created_at for send, _ in rows],
            }
        ),
        column_config={
            "to": "To",
            "status": "Status",
            "reason": st.column_config.TextColumn("Reason", width="large"),
            "sent": times.column("Sent"),
            "tried": times.column("Tried"),
        },
        hide_index=True,
        height="content",
        placeholder="",
    )
