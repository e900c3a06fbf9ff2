"""Has a sending stopped half-way, because its process ended?

Generating leaves no such trace: a campaign that is drafted in part looks like one whose audience
has grown, and generating again is right for both.
"""

import sqlalchemy as sa

from pipeline.doctor.examination import Examination, Verdict
from pipeline.models import Campaign
from pipeline.sends import GIVEN_UP_AFTER, count_interrupted

_MINUTES = int(GIVEN_UP_AFTER.total_seconds() / 60)


def stuck(examination: Examination) -> list[Verdict]:
    """Mails whose outcome nobody wrote down, and campaigns being sent where nothing moves."""
    before = examination.now - GIVEN_UP_AFTER
    begun = sa.select(Campaign).where(Campaign.status.in_(["sending", "sent", "failed"]))
    with examination.database.read() as session:
        found = [
            _interrupted(campaign, lost)
            for campaign in session.scalars(begun.order_by(Campaign.created_at))
            if (lost := count_interrupted(session, campaign.id, claimed_before=before))
            or (campaign.status == "sending" and campaign.updated_at < before)
        ]
    return found or [(f"no sending has been without movement for {_MINUTES} minutes", "")]


def _interrupted(campaign: Campaign, lost: int) -> Verdict:
    send = f"python -m pipeline send {campaign.id}"
    if not lost:
        says = f"the sending of {campaign.id} was interrupted between two mails"
        return says, f"send the rest: {send}"
    says = f"mails of {campaign.id} that went to a sender who never answered: {lost:,}"
    return says, f"if the mail server did not take them: {send} --retry-interrupted {_MINUTES}"
