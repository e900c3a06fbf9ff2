"""Claims: what one call to send takes, so that no other sends it, too."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.campaigns import change_status
from pipeline.customers import kept
from pipeline.delivery import Message
from pipeline.models import Customer, EmailDraft, Send
from pipeline.rules import Condition
from pipeline.sends.outstanding import approved
from pipeline.sql import insert, kind_of


@dataclass(frozen=True, slots=True)
class Claim:
    """Of some customers' sends, those that this call claimed, all at one moment."""

    campaign_id: uuid.UUID
    claimed_at: datetime

    def of(self, customer_ids: Sequence[uuid.UUID]) -> tuple[Condition, ...]:
        """Those of customers that nobody has called interrupted, and another claimed, since."""
        mine = Send.status == "queued", Send.created_at == self.claimed_at
        return *sends_to(self.campaign_id, customer_ids), *mine


class Taken(NamedTuple):
    """What a claim got: the messages by customer, and why those that failed before did."""

    messages: dict[uuid.UUID, Message]
    failures: dict[uuid.UUID, str | None]


def take(session: Session, claim: Claim, customer_ids: Sequence[uuid.UUID]) -> Taken:
    """Take what nobody else has taken."""
    campaign_id, now = claim.campaign_id, claim.claimed_at
    change_status(session, campaign_id, "sending", now)
    failures = _failures(session, campaign_id, customer_ids)  # nobody else claims meanwhile
    theirs = sa.select(
        EmailDraft.customer_id,
        EmailDraft.id,
        EmailDraft.campaign_id,
        sa.literal("queued"),
        sa.literal(now, Send.created_at.type),
    ).where(*approved(campaign_id), EmailDraft.customer_id.in_(customer_ids))
    columns = ["customer_id", "id", "campaign_id", "status", "created_at"]
    in_order = kept(theirs, EmailDraft.customer_id).order_by(EmailDraft.customer_id)
    add = insert(kind_of(session), Send).from_select(columns, in_order)
    add = add.on_conflict_do_update(
        index_elements=[Send.campaign_id, Send.customer_id],
        set_={"status": "queued", "error": None, "created_at": now},
        where=Send.status == "failed",
    )
    taken = session.scalars(add.returning(Send.customer_id)).all()
    messages = _messages(session, campaign_id, taken)
    return Taken(messages, {each: failures[each] for each in messages if each in failures})


def _failures(
    session: Session, campaign_id: uuid.UUID, customer_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, str | None]:
    failed = Send.status == "failed", *sends_to(campaign_id, customer_ids)
    query = sa.select(Send.customer_id, Send.error).where(*failed)
    return dict(session.execute(query).all())


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


def sends_to(campaign_id: uuid.UUID, customer_ids: Sequence[uuid.UUID]) -> tuple[Any, ...]:
    """The conditions on `Send` that it is one of a campaign to one of the customers."""
    return Send.campaign_id == campaign_id, Send.customer_id.in_(customer_ids)
