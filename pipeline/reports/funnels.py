"""Campaigns as funnels: from the audience to the mail that arrived.

Cost follows the drafts of the campaigns asked for, and each audience is a query of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from pipeline.definitions import Unreadable, campaign_rule
from pipeline.models import Campaign, EmailDraft, Send
from pipeline.segments import count


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far a campaign has got, in customers.

    `audience` are those who match now, None when the rule cannot be read; `drafted` those with a
    draft, `approved` those whose draft may go out, `sent` and `failed` those whom the mail has
    reached or has not.
    """

    campaign: Campaign
    audience: int | None
    drafted: int
    approved: int
    sent: int
    failed: int


def campaign_funnels(session: Session, limit: int, *, now: datetime) -> list[Funnel]:
    """The `limit` campaigns that were changed last, newest first."""
    query = (
        sa.select(
            Campaign,
            _number(EmailDraft.campaign_id),
            _number(EmailDraft.campaign_id, EmailDraft.status == "approved"),
            _number(Send.campaign_id, Send.status == "sent"),
            _number(Send.campaign_id, Send.status == "failed"),
        )
        .order_by(Campaign.updated_at.desc(), Campaign.id)
        .limit(limit)
    )
    return [
        Funnel(campaign, _audience(session, campaign, now), *numbers)
        for campaign, *numbers in session.execute(query).all()
    ]


def _audience(session: Session, campaign: Campaign, now: datetime) -> int | None:
    try:
        return count(session, campaign_rule(campaign), now=now)
    except Unreadable:
        return None


def _number(campaign_id: InstrumentedAttribute[Any], *where: sa.ColumnElement[bool]) -> Any:
    theirs = sa.select(sa.func.count()).where(campaign_id == Campaign.id, *where)
    return theirs.correlate(Campaign).scalar_subquery()
