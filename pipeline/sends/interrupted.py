"""Sends of which nobody knows whether they went out."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.campaigns import get_campaign
from pipeline.models import Send
from pipeline.rules import Condition
from pipeline.sends.outcomes import UNKNOWN

#: A sender has answered by then, or never will.
GIVEN_UP_AFTER = timedelta(minutes=15)


def count_interrupted(session: Session, campaign_id: uuid.UUID, *, claimed_before: datetime) -> int:
    """How many sends have no outcome and were claimed before a moment, or by a failing sender."""
    interrupted = _interrupted(campaign_id, claimed_before)
    return session.scalars(sa.select(sa.func.count()).select_from(Send).where(*interrupted)).one()


def fail_interrupted(session: Session, campaign_id: uuid.UUID, *, claimed_before: datetime) -> int:
    """Call failed, to be tried again, what was claimed before a moment and has no outcome.

    What a failing sender left without one is, too, whenever it was claimed. Only a person can
    decide this: a mail that did go out is sent twice. Returns how many; raises NotFound.
    """
    get_campaign(session, campaign_id)
    change = (
        sa.update(Send)
        .where(*_interrupted(campaign_id, claimed_before))
        .values(status="failed", error=f"Interrupted; {UNKNOWN}")
    )
    return len(session.execute(change.returning(Send.id)).all())


def _interrupted(campaign_id: uuid.UUID, claimed_before: datetime) -> tuple[Condition, ...]:
    return (
        Send.campaign_id == campaign_id,
        Send.status == "queued",
        sa.or_(Send.created_at < claimed_before, Send.error.is_not(None)),
    )
