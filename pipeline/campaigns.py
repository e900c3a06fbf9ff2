"""Campaigns: one mailing each, to the audience that a segment described at that moment.

`pipeline.drafts` writes and reviews its drafts, `pipeline.sends` mails the approved ones.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.definitions import segment_rule
from pipeline.errors import NotFound
from pipeline.limits import check_description, check_name
from pipeline.models import Campaign, Segment
from pipeline.segments import get_segment
from pipeline.segments.references import freeze, snapshot

#: Which status a campaign may have before it gets the one on the left.
STATUS_CHANGES = {
    "drafted": {"draft"},
    "sending": {"drafted", "sending", "sent", "failed"},
    "sent": {"sending"},
    "failed": {"sending"},
}


def create_campaign(
    session: Session,
    *,
    name: object,
    segment_id: uuid.UUID,
    description: object = None,
    now: datetime,
) -> Campaign:
    """Create a campaign with a copy of what the segment means; raises Invalid and NotFound.

    The copy has the definitions of the segments that are referred to in place of the references.
    """
    name, description = check_name(name, "Campaign"), check_description(description)
    freeze(session)  # its own definition and those that it refers to, as of one moment
    rule = segment_rule(get_segment(session, segment_id))
    campaign = Campaign(
        id=uuid.uuid4(),
        name=name,
        description=description,
        segment_id=segment_id,
        segment_snapshot=snapshot(session, rule),
        status="draft",
        created_at=now,
        updated_at=now,
    )
    session.add(campaign)
    session.flush()
    return campaign


def list_campaigns(session: Session) -> Sequence[tuple[Campaign, Segment]]:
    """All campaigns with their segments, last updated first."""
    newest = sa.select(Campaign, Segment).join(Segment, Segment.id == Campaign.segment_id)
    rows = session.execute(newest.order_by(Campaign.updated_at.desc(), Campaign.id))
    return [(campaign, segment) for campaign, segment in rows]


def get_campaign(session: Session, campaign_id: uuid.UUID) -> Campaign:
    """One campaign; raises NotFound."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("Campaign")
    return campaign


def change_status(session: Session, campaign_id: uuid.UUID, status: str, now: datetime) -> None:
    """Give the campaign `status` if `STATUS_CHANGES` lets it; else leave it as it is."""
    session.execute(
        sa.update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.status.in_(STATUS_CHANGES[status]))
        .values(status=status, updated_at=now)
    )


def next_revision(session: Session, campaign_id: uuid.UUID) -> int:
    """The number of the change to the campaign's drafts that is about to be made.

    Raises NotFound. Whoever changes drafts asks first: from here to the end of their transaction
    others wait, so who reads a campaign sees all changes up to its revision, and none after it.
    """
    change = sa.update(Campaign).where(Campaign.id == campaign_id)
    change = change.values(revision=Campaign.revision + 1)
    revision = session.scalars(change.returning(Campaign.revision)).one_or_none()
    if revision is None:
        raise NotFound("Campaign")
    return revision
