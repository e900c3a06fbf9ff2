"""What is still to be sent of a campaign."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.campaigns import get_campaign
from pipeline.errors import Invalid
from pipeline.models import EmailDraft, Send
from pipeline.rules import Condition


@dataclass(frozen=True, slots=True)
class Outstanding:
    """The approved drafts of a campaign that a call is to send."""

    campaign_id: uuid.UUID
    seen: int | None
    only_failed: bool

    def where(self) -> list[Condition]:
        """Approved, and neither sent nor in somebody's hands."""
        conditions = [*approved(self.campaign_id), ~self._has_send("queued", "sent")]
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


def count_outstanding(session: Session, outstanding: Outstanding) -> int:
    """How many there are; raises NotFound, and Invalid when no draft is approved."""
    get_campaign(session, outstanding.campaign_id)
    is_any = sa.exists().where(*approved(outstanding.campaign_id))
    if not session.scalars(sa.select(is_any)).one():
        raise Invalid("No approved drafts to send")
    return session.scalars(sa.select(sa.func.count()).where(*outstanding.where())).one()


def approved(campaign_id: uuid.UUID) -> tuple[Condition, Condition]:
    """The conditions on `EmailDraft` that it is an approved one of a campaign."""
    return EmailDraft.campaign_id == campaign_id, EmailDraft.status == "approved"


def some_outstanding(
    session: Session, outstanding: Outstanding, after: uuid.UUID, size: int
) -> Sequence[uuid.UUID]:
    """The customers of the next ones, by id."""
    query = (
        sa.select(EmailDraft.customer_id)
        .where(*outstanding.where(), EmailDraft.customer_id > after)
        .order_by(EmailDraft.customer_id)
        .limit(size)
    )
    return session.scalars(query).all()
