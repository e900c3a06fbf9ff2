"""Campaigns in numbers. Cost follows their drafts and sends, index alone."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.campaigns import get_campaign
from pipeline.definitions import campaign_rule
from pipeline.models import Campaign, Customer, EmailDraft, Segment, Send
from pipeline.reports.named import named
from pipeline.segments import matches
from pipeline.sends.outstanding import Outstanding
from pipeline.sql import where


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """How far a campaign has got, as of its `revision`, in customers.

    `sent`, `failed` and `claimed` (handed to the sender, outcome unknown) are of the approved.
    """

    revision: int
    to_review: int
    approved: int
    rejected: int
    sent: int
    failed: int
    claimed: int

    @property
    def drafted(self) -> int:
        """All drafts."""
        return self.to_review + self.approved + self.rejected

    @property
    def unsent(self) -> int:
        """Approved drafts that nobody has tried to send."""
        return self.approved - self.sent - self.failed - self.claimed

    @property
    def sendable(self) -> int:
        """How many a call to send tries: those not tried yet, and those that failed."""
        return self.unsent + self.failed


@dataclass(frozen=True, slots=True)
class CampaignReach:
    """Who a campaign is for: how many customers match now, and how many of them have a draft."""

    audience: int
    drafted: int

    @property
    def undrafted(self) -> int:
        """Those who match and have no draft."""
        return self.audience - self.drafted


def campaign_progress(session: Session, campaign_id: uuid.UUID) -> CampaignProgress:
    """A campaign's drafts and sends in numbers; raises NotFound."""
    return _progress(session, [get_campaign(session, campaign_id)])[0]


def campaign_count(session: Session, search: str = "") -> int:
    """How many campaigns have `search` in their name; raises Invalid as `named` does."""
    query = sa.select(sa.func.count()).select_from(Campaign).where(named(Campaign.name, search))
    return session.scalars(query).one()


def newest_campaigns(
    session: Session, limit: int, offset: int = 0, search: str = ""
) -> list[tuple[Campaign, Segment, CampaignProgress]]:
    """Those campaigns, the ones that were changed last first, with their segments and numbers."""
    query = (
        sa.select(Campaign, Segment)
        .join(Segment, Segment.id == Campaign.segment_id)
        .where(named(Campaign.name, search))
        .order_by(Campaign.updated_at.desc(), Campaign.id)
        .limit(limit)
        .offset(offset)
    )
    rows = session.execute(query).all()
    numbers = _progress(session, [campaign for campaign, _ in rows])
    return [(*row, progress) for row, progress in zip(rows, numbers, strict=True)]


def campaign_reach(session: Session, campaign: Campaign, *, now: datetime) -> CampaignReach:
    """A campaign's audience at `now`; a query over customers."""
    rule = campaign_rule(campaign)
    theirs = sa.and_(EmailDraft.campaign_id == campaign.id, EmailDraft.customer_id == Customer.id)
    query = (
        sa.select(sa.func.count(), sa.func.count(EmailDraft.customer_id))
        .select_from(Customer)
        .outerjoin(EmailDraft, theirs)
    )
    return CampaignReach(*session.execute(where(session, query, matches(session, rule, now))).one())


def unsent_strangers(
    session: Session, campaign: Campaign, *, only_failed: bool = False, now: datetime
) -> int:
    """Of those whom a call to send tries, how many do not match at `now`; a query over customers.

    They did when their draft was written. `only_failed` as in `send_campaign`.
    """
    rule = campaign_rule(campaign)
    members = where(session, sa.select(Customer.id), matches(session, rule, now))
    outstanding = Outstanding(campaign.id, None, only_failed)
    to_be_tried = sa.select(EmailDraft.customer_id).where(*outstanding.where())
    strangers = sa.except_(to_be_tried, members).subquery()  # as drafts are removed, and why
    return session.scalars(sa.select(sa.func.count()).select_from(strangers)).one()


def _progress(session: Session, campaigns: Sequence[Campaign]) -> list[CampaignProgress]:
    drafts, sends = (_by_status(session, table, campaigns) for table in (EmailDraft, Send))
    return [
        CampaignProgress(
            campaign.revision,
            *(drafts[campaign.id, status] for status in ("generated", "approved", "rejected")),
            *(sends[campaign.id, status] for status in ("sent", "failed", "queued")),
        )
        for campaign in campaigns
    ]


def _by_status(
    session: Session, table: type[EmailDraft] | type[Send], campaigns: Sequence[Campaign]
) -> Counter[tuple[uuid.UUID, str]]:
    query = (
        sa.select(table.campaign_id, table.status, sa.func.count())
        .where(table.campaign_id.in_([campaign.id for campaign in campaigns]))
        .group_by(table.campaign_id, table.status)
    )
    rows = session.execute(query)
    return Counter({(campaign_id, status): number for campaign_id, status, number in rows})
