"""Sends: each approved draft is mailed once, ever.

A send is claimed in a committed transaction before the sender is called, and its outcome is written
after. A process killed in between leaves a claim that nobody takes again by itself, and so does a
sender that fails without saying that it took nothing, when a connection ends before the mail
server's answer: nobody can know whether that mail went out. `fail_interrupted` is for the person
who decides that it did not.
"""

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import delivery
from pipeline.campaigns import change_status, get_campaign
from pipeline.customers import addressed, kept
from pipeline.database import Database
from pipeline.delivery import DeliveryError, Message, Sender, check_recipient
from pipeline.errors import DatabaseError, Invalid
from pipeline.models import Campaign, Customer, EmailDraft, Send
from pipeline.progress import Progress, silent
from pipeline.rules import Condition
from pipeline.sql import insert, kind_of

Clock = Callable[[], datetime]

#: A sender has answered by then, or never will.
GIVEN_UP_AFTER = timedelta(minutes=15)
#: A database that was started anew is there again by then.
_PAUSES_S = (1, 5, 25)

_log = logging.getLogger(__name__)
_START = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class SendResult:
    """What one call did: how many messages were taken, and how many were not.

    Of those that are `undecided` nobody can know, as the sender failed in the middle.
    """

    sent: int
    failed: int
    undecided: int = 0


# ------------------------------------------------------------------------------------------- send
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
    meant = _Meant(campaign_id, seen, only_failed)
    try:
        with database.read() as session:
            total = _count_open(session, meant)
    except Invalid:
        # They may have been erased after it was interrupted: then this is its end.
        database.transact(lambda session: _finish(session, campaign_id, clock()))
        raise
    outcomes: list[_Outcome] = []
    after = _START
    while candidates := _candidates(database, meant, after, sender.batch_size):
        outcomes += _send_batch(database, campaign_id, candidates, sender, clock)
        # What others leave behind meanwhile is sent as well.
        on_progress(len(outcomes), max(total, len(outcomes)))
        after = candidates[-1]
    database.transact(lambda session: _finish(session, campaign_id, clock()))
    statuses = [outcome.status for outcome in outcomes]
    return SendResult(*(statuses.count(each) for each in ("sent", "failed", "queued")))


class _Outcome(NamedTuple):
    """The status that a send has after the sender had it, and why it is not sent."""

    status: str
    error: str | None


_SENT = _Outcome("sent", None)
_UNKNOWN = "it is not known whether this mail went out"


@dataclass(frozen=True, slots=True)
class _Meant:
    """The approved drafts that a call is to send."""

    campaign_id: uuid.UUID
    seen: int | None
    only_failed: bool

    def where(self) -> list[Condition]:
        """Approved, and neither sent nor in somebody's hands."""
        conditions = [*_approved(self.campaign_id), ~self._has_send("queued", "sent")]
        if self.seen is not None:
            conditions.append(EmailDraft.revision <= self.seen)
        if self.only_failed:
            conditions.append(self._has_send("failed"))
        return conditions

    def _has_send(self, *statuses: str) -> Condition:
        theirs = sa.select(Send.id).where(
            Send.campaign_id == self.campaign_id,
            Send.customer_id == EmailDraft.customer_id,
            Send.status.in_(statuses),
        )
        # With an OFFSET, PostgreSQL looks each draft's up. It would join all sends instead, as it
        # takes them for few: they have just been written.
        return theirs.offset(0).exists()


def _count_open(session: Session, meant: _Meant) -> int:
    get_campaign(session, meant.campaign_id)
    approved = sa.exists().where(*_approved(meant.campaign_id))
    if not session.scalars(sa.select(approved)).one():
        raise Invalid("No approved drafts to send")
    return session.scalars(sa.select(sa.func.count()).where(*meant.where())).one()


def _approved(campaign_id: uuid.UUID) -> tuple[Condition, Condition]:
    return EmailDraft.campaign_id == campaign_id, EmailDraft.status == "approved"


def _candidates(
    database: Database, meant: _Meant, after: uuid.UUID, size: int
) -> Sequence[uuid.UUID]:
    query = (
        sa.select(EmailDraft.customer_id)
        .where(*meant.where(), EmailDraft.customer_id > after)
        .order_by(EmailDraft.customer_id)
        .limit(size)
    )
    with database.read() as session:
        return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class _Held:
    """Sends of a campaign that were claimed at a moment."""

    campaign_id: uuid.UUID
    claimed_at: datetime

    def of(self, customer_ids: Sequence[uuid.UUID]) -> tuple[Condition, ...]:
        """Those of customers that nobody has called interrupted, and another claimed, since."""
        mine = Send.status == "queued", Send.created_at == self.claimed_at
        return *_theirs(self.campaign_id, customer_ids), *mine


def _send_batch(
    database: Database,
    campaign_id: uuid.UUID,
    candidates: Sequence[uuid.UUID],
    sender: Sender,
    clock: Clock,
) -> list[_Outcome]:
    """What became of each message of a batch."""
    held = _Held(campaign_id, clock())
    messages = database.transact(lambda session: _claim(session, held, candidates))
    outcomes: dict[uuid.UUID, _Outcome] = {}
    try:
        for customer_id, message in messages.items():
            outcomes[customer_id] = _attempt(sender, message)
    finally:
        # After an interruption too. The one in the sender's hands stays queued: nobody can know.
        untouched = [*messages][len(outcomes) + 1 :]
        _insist(database, lambda session: _record(session, held, outcomes, untouched, clock()))
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


def _claim(
    session: Session, held: _Held, customer_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Message]:
    """Take what nobody else has taken; the messages by customer."""
    campaign_id, now = held.campaign_id, held.claimed_at
    change_status(session, campaign_id, "sending", now)
    approved = sa.select(
        EmailDraft.customer_id,
        EmailDraft.id,
        EmailDraft.campaign_id,
        sa.literal("queued"),
        sa.literal(now, Send.created_at.type),
    ).where(*_approved(campaign_id), EmailDraft.customer_id.in_(customer_ids))
    columns = ["customer_id", "id", "campaign_id", "status", "created_at"]
    in_order = kept(approved, EmailDraft.customer_id).order_by(EmailDraft.customer_id)
    claim = insert(kind_of(session), Send).from_select(columns, in_order)
    claim = claim.on_conflict_do_update(
        index_elements=[Send.campaign_id, Send.customer_id],
        set_={"status": "queued", "error": None, "created_at": now},
        where=Send.status == "failed",
    )
    claimed = session.scalars(claim.returning(Send.customer_id)).all()
    return _messages(session, campaign_id, claimed)


def _messages(
    session: Session, campaign_id: uuid.UUID, customer_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Message]:
    query = (
        sa.select(
            EmailDraft.customer_id,
            EmailDraft.id,
            Customer.email,
            EmailDraft.subject,
            EmailDraft.body,
        )
        .join(Customer, Customer.id == EmailDraft.customer_id)
        .where(EmailDraft.campaign_id == campaign_id, EmailDraft.customer_id.in_(customer_ids))
        .order_by(EmailDraft.customer_id)
    )
    rows = session.execute(query)
    return {
        customer_id: Message(draft_id, email, subject, body)
        for customer_id, draft_id, email, subject, body in rows
    }


def _attempt(sender: Sender, message: Message) -> _Outcome:
    try:
        check_recipient(message.to)
        sender.send(message)
    except DeliveryError as error:
        return _Outcome("failed", _reason(error))
    except Exception as error:
        # Its text may hold a password of the mail server: the log has it, the reason has not.
        _log.exception("The sender failed on send %s", message.id)
        return _Outcome("queued", f"The sender failed ({type(error).__name__}); {_UNKNOWN}")
    return _SENT


def _reason(error: DeliveryError) -> str:
    # A mail server's words may be none at all, or bytes that no database stores as text.
    words = str(error).replace("\0", "").encode(errors="replace").decode().strip()
    return words or "The message was not taken"


def _record(
    session: Session,
    held: _Held,
    outcomes: dict[uuid.UUID, _Outcome],
    untouched: Sequence[uuid.UUID],
    now: datetime,
) -> None:
    by_outcome: dict[_Outcome, list[uuid.UUID]] = defaultdict(list)
    for customer_id, outcome in outcomes.items():
        by_outcome[outcome].append(customer_id)
    # What went out is sent, though somebody may have called it interrupted meanwhile.
    sent = sa.update(Send).where(*_theirs(held.campaign_id, by_outcome.pop(_SENT, [])))
    session.execute(sent.values(status="sent", error=None, sent_at=now))
    for (status, error), customer_ids in by_outcome.items():
        unsent = sa.update(Send).where(*held.of(customer_ids))
        session.execute(unsent.values(status=status, error=error))
    if untouched:
        session.execute(sa.delete(Send).where(*held.of(untouched)))


def _theirs(campaign_id: uuid.UUID, customer_ids: Sequence[uuid.UUID]) -> tuple[Any, ...]:
    return Send.campaign_id == campaign_id, Send.customer_id.in_(customer_ids)


def _finish(session: Session, campaign_id: uuid.UUID, now: datetime) -> None:
    """A campaign is sent when anybody got their mail, and failed when nobody did."""
    # Whoever claims begins with the campaign, so nobody does between the look and the verdict.
    session.get(Campaign, campaign_id, with_for_update=True)
    theirs = sa.select(Send.status).where(Send.campaign_id == campaign_id).distinct()
    found = set(session.scalars(theirs))
    if "queued" not in found:
        change_status(session, campaign_id, "sent" if "sent" in found else "failed", now)


# ----------------------------------------------------------------------------------------- results
@dataclass(frozen=True, slots=True)
class SendFilter:
    """Which sends of a campaign are meant: all that fit each part that is given.

    `search` is looked for in the e-mail address.
    """

    status: str | None = None
    search: str = ""

    def where(self) -> list[Condition]:
        """The conditions on `Send`; raises Invalid for a text that cannot be."""
        conditions: list[Condition] = []
        if self.status:
            conditions.append(Send.status == self.status)
        if found := addressed(self.search):
            conditions.append(Send.customer_id.in_(sa.select(Customer.id).where(*found)))
        return conditions


ALL = SendFilter()


def list_sends(
    session: Session,
    campaign_id: uuid.UUID,
    *,
    among: SendFilter = ALL,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[tuple[Send, Customer]]:
    """A campaign's sends with their customers, by e-mail."""
    query = (
        sa.select(Send, Customer)
        .join(Customer, Customer.id == Send.customer_id)
        .where(Send.campaign_id == campaign_id, *among.where())
        .order_by(Customer.email)
    )
    rows = session.execute(query.limit(limit).offset(offset))
    return [(send, customer) for send, customer in rows]


def count_sends(session: Session, campaign_id: uuid.UUID, among: SendFilter = ALL) -> int:
    """How many sends `list_sends` has for the same filter."""
    query = sa.select(sa.func.count()).select_from(Send)
    return session.scalars(query.where(Send.campaign_id == campaign_id, *among.where())).one()


def count_interrupted(session: Session, campaign_id: uuid.UUID, *, claimed_before: datetime) -> int:
    """How many sends have no outcome and were claimed before a moment, or by a failing sender."""
    interrupted = _interrupted(campaign_id, claimed_before)
    return session.scalars(sa.select(sa.func.count()).select_from(Send).where(*interrupted)).one()


def fail_interrupted(session: Session, campaign_id: uuid.UUID, *, claimed_before: datetime) -> int:
    """Call failed what `count_interrupted` counts, so that it is tried again.

    Only a person can decide this: a mail that did go out is sent twice. Returns how many.
    """
    get_campaign(session, campaign_id)
    change = (
        sa.update(Send)
        .where(*_interrupted(campaign_id, claimed_before))
        .values(status="failed", error=f"Interrupted; {_UNKNOWN}")
    )
    return len(session.execute(change.returning(Send.id)).all())


def _interrupted(campaign_id: uuid.UUID, claimed_before: datetime) -> tuple[Condition, ...]:
    return (
        Send.campaign_id == campaign_id,
        Send.status == "queued",
        sa.or_(Send.created_at < claimed_before, Send.error.is_not(None)),
    )
