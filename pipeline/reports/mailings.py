"""The campaigns that wrote to one customer. Cost follows their drafts."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Campaign, EmailDraft, Send


@dataclass(frozen=True, slots=True)
class Mailing:
    """What a campaign has for a customer: a draft, and a send if anybody has tried."""

    campaign_id: uuid.UUID
    campaign: str
    subject: str
    draft_status: str
    drafted_at: datetime
    send_status: str | None
    sent_at: datetime | None
    error: str | None


def mailings(session: Session, customer_id: uuid.UUID, limit: int) -> list[Mailing]:
    """The customer's `limit` newest drafts, newest first, each with its send."""
    query = (
        sa.select(
            Campaign.id,
            Campaign.name,
            EmailDraft.subject,
            EmailDraft.status,
            EmailDraft.created_at,
            Send.status,
            Send.sent_at,
            Send.error,
        )
        .join_from(EmailDraft, Campaign, Campaign.id == EmailDraft.campaign_id)
        .outerjoin(
            Send, sa.and_(Send.customer_id == EmailDraft.customer_id, Send.id == EmailDraft.id)
        )
        .where(EmailDraft.customer_id == customer_id)
        .order_by(EmailDraft.created_at.desc(), EmailDraft.id)
        .limit(limit)
    )
    return [Mailing(*row) for row in session.execute(query)]
