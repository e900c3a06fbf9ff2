"""Sending what is approved: claimed, given to the sender and written down, a batch at a time."""

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
from pipeline.delivery import Sender
from pipeline.errors import DatabaseError, Invalid
from pipeline.models import Campaign, Send
from pipeline.progress import Progress, silent
from pipeline.sends.claims import Claim, take
from pipeline.sends.outcomes import Outcome, attempt, record
from pipeline.sends.outstanding import Outstanding, count_outstanding, some_outstanding

Clock = Callable[[], datetime]

#: A database that was started anew is there again by then.
_PAUSES_S = (1, 5, 25)

_START = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class SendResult:
    """What one call did: how many messages were taken, and how many were not.

    Of those that are `undecided` nobody can know, as the sender failed in the middle.
    """

    sent: int
    failed: int
    undecided: int = 0


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
    waits for another call. `only_failed` sends nothing for the first time. Raises NotFound, and
    Invalid when no draft is approved.
    """
    sender = sender or delivery.current()
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
        outcomes += _send_batch(database, campaign_id, candidates, sender, clock)
        # What others leave behind meanwhile is sent as well.
        on_progress(len(outcomes), max(total, len(outcomes)))
        after = candidates[-1]
    database.transact(lambda session: _finish(session, campaign_id, clock()))
    statuses = [outcome.status for outcome in outcomes]
    return SendResult(*(statuses.count(each) for each in ("sent", "failed", "queued")))


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
) -> list[Outcome]:
    """What became of each message of a batch."""
    claim = Claim(campaign_id, clock())
    messages = database.transact(lambda session: take(session, claim, candidates))
    outcomes: dict[uuid.UUID, Outcome] = {}
    try:
        for customer_id, message in messages.items():
            outcomes[customer_id] = attempt(sender, message)
    finally:
        # After an interruption too. The one in the sender's hands stays queued: nobody can know.
        untouched = [*messages][len(outcomes) + 1 :]
        _insist(database, lambda session: record(session, claim, outcomes, untouched, clock()))
    return list(outcomes.values())


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
