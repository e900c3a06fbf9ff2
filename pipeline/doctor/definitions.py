"""Does this program know what segments and campaigns are saved with?"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.definitions import Unreadable, campaign_rule, segment_rule
from pipeline.doctor.examination import Examination, Verdict
from pipeline.models import Campaign, Segment

_LATER = "start the version of this program that wrote it, or"


def readable(examination: Examination) -> list[Verdict]:
    """Each one that is no rule."""
    with examination.database.read() as session:
        found = [*_unreadable(session)]
    return found or [("the rules of all segments and campaigns can be read", "")]


def _unreadable(session: Session) -> Iterator[Verdict]:
    for segment in session.scalars(sa.select(Segment).order_by(Segment.created_at)):
        try:
            segment_rule(segment)
        except Unreadable as error:
            yield str(error), f"{_LATER} replace it: PUT /api/segments/{segment.id}"
    for campaign in session.scalars(sa.select(Campaign).order_by(Campaign.created_at)):
        try:
            campaign_rule(campaign)
        except Unreadable as error:
            yield str(error), f"{_LATER} create a campaign anew in place of {campaign.id}"
