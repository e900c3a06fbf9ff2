"""The shop's mailings: one sent, one only planned, one in the middle of its review."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.campaigns import get_campaign
from pipeline.database import Database
from pipeline.delivery import SimulatedSender
from pipeline.demo.events import ShopEvent
from pipeline.demo.planned import planned_id, store_once
from pipeline.demo.segments import FREQUENT, IN_CART, PRICING, SegmentPlan
from pipeline.drafts import VERDICTS, generate_drafts, list_drafts, review_draft
from pipeline.errors import Conflict
from pipeline.models import Campaign, EmailDraft
from pipeline.sends import fail_interrupted, send_campaign

_SPARED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class CampaignPlan:
    """A campaign, created so long before the demo's first load, and how far it has got.

    The reviewer went through the addresses up to the letter `reviewed_to` ("" is none of them),
    rejecting the drafts to those who did `spared_after` in the week before.
    """

    name: str
    description: str
    segment: SegmentPlan
    age: timedelta = timedelta()
    reviewed_to: str = ""
    spared_after: str = ""
    is_sent: bool = False

    @property
    def id(self) -> uuid.UUID:
        """The campaign's id."""
        return planned_id("campaign", self.name)

    def create(self, session: Session, now: datetime) -> bool:
        """Save the campaign, as yet without drafts, unless it is there; whether it was new."""
        return store_once(
            session,
            Campaign,
            id=self.id,
            name=self.name,
            description=self.description,
            segment_id=self.segment.id,
            segment_snapshot=self.segment.snapshot(),
            status="draft",
            created_at=now - self.age,
            updated_at=now - self.age,
        )


IN_REVIEW = CampaignPlan(
    "Cart reminder",
    "A friendly word to everybody who put something in the cart this week.",
    IN_CART,
    reviewed_to="k",
    spared_after="purchase",
)
CAMPAIGNS = (
    CampaignPlan(
        "Coffee subscription, second look",
        "To those who have read about our prices.",
        PRICING,
        age=timedelta(days=12, hours=3),
        reviewed_to="z",
        spared_after="support_ticket",
        is_sent=True,
    ),
    CampaignPlan(
        "Thank you, regulars",
        "A preview of the new harvest for our best customers.",
        FREQUENT,
        age=timedelta(days=2, hours=4),
    ),
    IN_REVIEW,
)


def first_load(session: Session) -> datetime:
    """When the demo was loaded for the first time: the moment from which all its times count."""
    # Kept by a row that no screen and no route can delete.
    return get_campaign(session, IN_REVIEW.id).created_at


def is_unfinished(session: Session) -> bool:
    """Whether the demo's first load has begun and not come to its end, or is going on."""
    # This campaign's row is among the first that a load stores, its review is the last.
    begun = sa.exists().where(Campaign.id == IN_REVIEW.id)
    return session.scalars(sa.select(begun & ~_decided(IN_REVIEW))).one()


def carry_out(
    database: Database,
    plan: CampaignPlan,
    events: Sequence[ShopEvent],
    *,
    loaded_at: datetime,
    now: datetime,
) -> None:
    """Take a campaign as far as its plan says; what is decided or sent already is left alone."""
    at = loaded_at - plan.age
    if plan.reviewed_to and not _is_begun(database, plan):
        generate_drafts(database, plan.id, now=at)
        _review(database, plan, _verdicts(plan, events, at), at)
    if plan.is_sent:
        _send(database, plan, at, now)


def _is_begun(database: Database, plan: CampaignPlan) -> bool:
    with database.read() as session:
        return session.scalars(sa.select(_decided(plan))).one()


def _decided(plan: CampaignPlan) -> sa.Exists:
    drafts = EmailDraft.campaign_id == plan.id, EmailDraft.status.in_(VERDICTS)
    return sa.exists().where(*drafts)


def _verdicts(plan: CampaignPlan, events: Sequence[ShopEvent], at: datetime) -> dict[str, str]:
    """By address, of the shop's customers only: drafts to others wait for a person."""
    spared = {
        event.email
        for event in events
        if event.type == plan.spared_after and at - _SPARED_FOR <= event.at <= at
    }
    reached = {event.email for event in events if event.email[0] <= plan.reviewed_to}
    return {email: "rejected" if email in spared else "approved" for email in reached}


def _review(
    database: Database, plan: CampaignPlan, verdicts: Mapping[str, str], at: datetime
) -> None:
    with database.read() as session:
        drafts = [(draft.id, customer.email) for draft, customer in list_drafts(session, plan.id)]

    def decide(session: Session) -> None:
        for draft_id, email in drafts:
            if email in verdicts:
                with suppress(Conflict):  # decided by another load at the same moment
                    review_draft(session, plan.id, draft_id, verdicts[email], now=at)

    # All at once: a review that was begun counts as done.
    database.transact(decide)


def _send(database: Database, plan: CampaignPlan, at: datetime, now: datetime) -> None:
    """Send what was approved; a load that was killed here is known to have mailed nobody."""
    with database.begin() as session:
        if get_campaign(session, plan.id).status in ("sent", "failed"):
            return
        fail_interrupted(session, plan.id, claimed_before=now)
    # Never by the sender that is plugged in: the demo must not mail anybody.
    send_campaign(database, plan.id, clock=lambda: at, sender=SimulatedSender())
