"""Campaigns as funnels: from the audience to the mail that arrived.

Cost follows the drafts of the campaigns asked for, and each audience is a query of its own.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline.definitions import Unreadable, campaign_rule
from pipeline.models import Campaign
from pipeline.reports.progress import CampaignProgress, newest_campaigns
from pipeline.segments import count


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far a campaign has got, beside how many match now: None when the rule cannot be read."""

    campaign: Campaign
    audience: int | None
    progress: CampaignProgress


def campaign_funnels(session: Session, limit: int, *, now: datetime) -> list[Funnel]:
    """The `limit` campaigns that were changed last, newest first."""
    return [
        Funnel(campaign, _audience(session, campaign, now), progress)
        for campaign, _, progress in newest_campaigns(session, limit)
    ]


def _audience(session: Session, campaign: Campaign, now: datetime) -> int | None:
    try:
        return count(session, campaign_rule(campaign), now=now)
    except Unreadable:
        return None
