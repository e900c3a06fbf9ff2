"""Sending what is approved: claimed, given to the sender and written down, a batch at a time."""

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import delivery
from pipeline.campaigns import change_status
from pipeline.database import Database
from pipeline.delivery import Sender, check_sender
from pipeline.errors import DatabaseError, Invalid
from pipeline.models import Campaign, Send
from pipeline.progress import Progress, silent
from pipeline.sends.claims import Claim, take
from pipeline.sends.outcomes import ENOUGH, Outcome, attempt, is_hopeless, record
from pipeline.sends.outstanding import Outstanding, count_outstanding, some_outstanding

Clock = Callable[[], datetime]

#: A database that was started anew is there again by then.
_PAUSES_S = (1, 5, 25)

_START = uuid.UUID(int=0)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SendResult:
    """What one call did: how many messages were taken, and how many were not.

    Of those that are `undecided` nobody can know, as the sender failed in the middle. `stopped` is
    why mails were left for another call, in a sentence; None when none was.
    """

    sent: int
    failed: int
    undecided: int = 0
    stopped: str | None = None


def send_campaign(
    database: Database,
    campaign_id: uuid.UUID,
    *,
    clock: Clock,
    seen: int | None = None,
    only_failed: bool = False,
    sender: Sender | None = None,
    on_progress: Progress = silent,
) -> SendResult:
    """Send what is approved and not sent yet, or failed before; progress counts mails.

    `seen` is the campaign's revision when somebody decided to send: what was approved after it
    waits for another call. `only_failed` sends nothing for the first time. Stops by itself after
    ten mails in a row that the sender failed on or was Unavailable for. Raises NotFound, and
    Invalid when no draft is approved.
    """
    sender = sender or delivery.current()
    check_sender(sender)
    outstanding = Outstanding(campaign_id, seen, only_failed)
    try:
        with database.read() as session:
            total = count_outstanding(session, outstanding)
    except Invalid:
        # They may have been erased after it was interrupted: then this is its end.
        database.transact(lambda session: _finish(session, campaign_id, clock()))
        raise
    outcomes: list[Outcome] = []
    after = _START
    while candidates := _next(database, outstanding, after, sender.batch_size):
        if is_hopeless(outcomes):
            # The campaign stays as it is, that of an interrupted sending.
            return _result(outcomes, _why_stopped(campaign_id, outcomes))
        after = _send_batch(database, campaign_id, candidates, sender, clock, outcomes)
        # What others leave behind meanwhile is sent as well.
        on_progress(len(outcomes), max(total, len(outcomes)))
    database.transact(lambda session: _finish(session, campaign_id, clock()))
    return _result(outcomes)


def _result(outcomes: Sequence[Outcome], stopped: str | None = None) -> SendResult:
    statuses = [outcome.status for outcome in outcomes]
    sent, failed, undecided = map(statuses.count, ("sent", "failed", "queued"))
    return SendResult(sent, failed, undecided, stopped)


def _why_stopped(campaign_id: uuid.UUID, outcomes: Sequence[Outcome]) -> str:
    reason = outcomes[-1].error
    _log.error("The sending of %s has stopped: %s", campaign_id, reason)
    found = f"{ENOUGH} mails in a row failed ({reason})"
    return f"Sending has stopped, as {found}; the others can be sent when that is mended"


def _next(
    database: Database, outstanding: Outstanding, after: uuid.UUID, size: int
) -> Sequence[uuid.UUID]:
    with database.read() as session:
        return some_outstanding(session, outstanding, after, size)


def _send_batch(
    database: Database,
    campaign_id: uuid.UUID,
    candidates: Sequence[uuid.UUID],
    sender: Sender,
    clock: Clock,
    outcomes: list[Outcome],
) -> uuid.UUID:
    """Send a batch, and add what became of each message; returns the customer that it got to."""
    claim = Claim(campaign_id, clock())
    messages, failures = database.transact(lambda session: take(session, claim, candidates))
    # Until it is attempted, what failed before is still failed, and the others are not claimed.
    theirs = {each: Outcome("failed", reason) for each, reason in failures.items()}
    unclaimed = [each for each in messages if each not in failures]
    try:
        for customer_id, message in messages.items():
            if theirs.pop(customer_id, None) is None:
                unclaimed.remove(customer_id)
            theirs[customer_id] = attempt(sender, message)
            outcomes.append(theirs[customer_id])
            if is_hopeless(outcomes):
                return customer_id
    finally:
        # After an interruption too. The one in the sender's hands stays queued: nobody can know.
        _insist(database, lambda session: record(session, claim, theirs, unclaimed, clock()))
    return candidates[-1]


def _insist(database: Database, work: Callable[[Session], object]) -> None:
    """Do what is lost if the database, locked or starting anew, cannot do it right now."""
    for seconds in _PAUSES_S:
        try:
            database.transact(work)
        except DatabaseError:
            time.sleep(seconds)
        else:
            return
    database.transact(work)


def _finish(session: Session, campaign_id: uuid.UUID, now: datetime) -> None:
    """A campaign is sent when anybody got their mail, and failed when nobody did."""
    # Whoever claims begins with the campaign, so nobody does between the look and the verdict.
    session.get(Campaign, campaign_id, with_for_update=True)
    theirs = sa.select(Send.status).where(Send.campaign_id == campaign_id).distinct()
    found = set(session.scalars(theirs))
    if "queued" not in found:
        change_status(session, campaign_id, "sent" if "sent" in found else "failed", now)
