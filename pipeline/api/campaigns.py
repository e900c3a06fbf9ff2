"""Campaigns: create, draft, review, send."""

from fastapi import APIRouter

from pipeline.api import requests, shapes
from pipeline.api.answer import Answer
from pipeline.api.body import Fields
from pipeline.api.document import refuses, takes
from pipeline.api.parameters import Clock, Db, DraftId, Id, required_id
from pipeline.campaigns import create_campaign, get_campaign, list_campaigns
from pipeline.drafts import generate_drafts, list_drafts, review_draft
from pipeline.limits import check_name
from pipeline.segments import get_segment
from pipeline.sends import list_sends, send_campaign

router = APIRouter(prefix="/campaigns", tags=["Campaigns"])


@router.post(
    "",
    status_code=201,
    response_model=shapes.CampaignId,
    responses=refuses(400, 404, 409, 413, 503),
    openapi_extra=takes(requests.NewCampaign),
)
def add_campaign(database: Db, clock: Clock, fields: Fields) -> Answer:
    """Create a campaign with a copy of the segment's definition."""
    name = check_name(fields.get("name"), "Campaign")  # first, before the segment's id
    segment_id = required_id(fields, "segmentId")
    campaign = database.transact(
        lambda session: create_campaign(
            session,
            name=name,
            description=fields.get("description"),
            segment_id=segment_id,
            now=clock(),
        )
    )
    return Answer(shapes.CampaignId(campaign_id=campaign.id), 201)


@router.get("", response_model=shapes.CampaignList, responses=refuses(503))
def all_campaigns(database: Db) -> Answer:
    """All campaigns, last updated first."""
    with database.read() as session:
        found = list_campaigns(session)
    rows = [shapes.CampaignSummary.of(campaign, segment=segment) for campaign, segment in found]
    return Answer(shapes.CampaignList(campaigns=rows))


@router.get("/{id}", response_model=shapes.Campaign, responses=refuses(404, 503))
def show_campaign(database: Db, campaign_id: Id) -> Answer:
    """A campaign with all its drafts and sends."""
    with database.read() as session:
        campaign = get_campaign(session, campaign_id)
        segment = get_segment(session, campaign.segment_id)
        drafts = list_drafts(session, campaign_id)
        sends = list_sends(session, campaign_id)
    return Answer(
        shapes.Campaign.of(
            campaign,
            segment=segment,
            drafts=[shapes.Draft.of(draft, customer=customer) for draft, customer in drafts],
            sends=[shapes.Send.of(send, customer=customer) for send, customer in sends],
        )
    )


@router.post(
    "/{id}/generate-drafts",
    response_model=shapes.DraftedCount,
    responses=refuses(404, 409, 502, 503),
)
def generate_campaign_drafts(database: Db, clock: Clock, campaign_id: Id) -> Answer:
    """Write a draft for every customer who matches; decided ones are kept."""
    count = generate_drafts(database, campaign_id, now=clock())
    return Answer(shapes.DraftedCount(drafted_count=count))


@router.patch(
    "/{id}/drafts/{draftId}",
    response_model=shapes.ReviewedDraft,
    responses=refuses(400, 404, 409, 413, 503),
    openapi_extra=takes(requests.Verdict),
)
def review_campaign_draft(
    database: Db, clock: Clock, campaign_id: Id, draft_id: DraftId, fields: Fields
) -> Answer:
    """Approve or reject a draft, once."""
    status = fields.get("status")
    draft = database.transact(
        lambda session: review_draft(session, campaign_id, draft_id, status, now=clock())
    )
    return Answer(shapes.ReviewedDraft.model_validate(draft))


@router.post("/{id}/send", response_model=shapes.SendResult, responses=refuses(400, 404, 503))
def send_approved_drafts(database: Db, clock: Clock, campaign_id: Id) -> Answer:
    """Send what is approved and not sent yet, or failed before."""
    result = send_campaign(database, campaign_id, clock=clock)
    not_sent = result.failed + result.undecided  # the sends tell which
    return Answer(shapes.SendResult(sent_count=result.sent, failed_count=not_sent))
