"""Customer intelligence: Events → Profiles → Segments → Campaigns.

    with database.begin() as session:
        ingest(session, {"email": "ada@example.com", "type": "purchase"}, now=utcnow())
        rule = generate_segment("purchase in the last 30 days")
        preview(session, rule, now=utcnow())
        segment = create_segment(session, name="Buyers", definition=rule.definition(), now=utcnow())
        campaign = create_campaign(session, name="Thanks", segment_id=segment.id, now=utcnow())
    generate_drafts(database, campaign.id, now=utcnow())
    with database.begin() as session:
        review_rest(session, campaign.id, "approved", now=utcnow())
    send_campaign(database, campaign.id, clock=utcnow)

Functions that take a session never commit; the caller owns a short transaction. Long jobs take the
database and commit a chunk at a time. Every refusal is a `PipelineError` whose text is a sentence.
"""

from pipeline.campaigns import create_campaign, get_campaign, list_campaigns
from pipeline.catalogue import event_types, sample
from pipeline.clock import utcnow
from pipeline.customers import Profile, erase, get_customer, list_customers, timeline
from pipeline.database import Database, connect
from pipeline.delivery import DeliveryError, Message, Sender
from pipeline.drafts import generate_drafts, list_drafts, review_draft, review_rest
from pipeline.errors import (
    Conflict,
    DatabaseError,
    Invalid,
    NotFound,
    PipelineError,
    ProviderError,
    SettingError,
)
from pipeline.events import BatchResult, Ingested, Rejected, ingest, ingest_many
from pipeline.paging import Page
from pipeline.rules import Rule, parse
from pipeline.segments import (
    Explained,
    Explanation,
    Member,
    NodeCount,
    Preview,
    RuleWarning,
    Size,
    count,
    counts,
    create_segment,
    delete_segment,
    explain,
    get_segment,
    list_segments,
    preview,
    resolve,
    rule_warnings,
    sizes,
    update_segment,
)
from pipeline.sends import SendResult, fail_interrupted, list_sends, send_campaign
from pipeline.smart import (
    EmailFacts,
    EmailText,
    Understanding,
    draft_email,
    generate_segment,
    understand,
    write_email,
)

__all__ = [
    "BatchResult",
    "Conflict",
    "Database",
    "DatabaseError",
    "DeliveryError",
    "EmailFacts",
    "EmailText",
    "Explained",
    "Explanation",
    "Ingested",
    "Invalid",
    "Member",
    "Message",
    "NodeCount",
    "NotFound",
    "Page",
    "PipelineError",
    "Preview",
    "Profile",
    "ProviderError",
    "Rejected",
    "Rule",
    "RuleWarning",
    "SendResult",
    "Sender",
    "SettingError",
    "Size",
    "Understanding",
    "connect",
    "count",
    "counts",
    "create_campaign",
    "create_segment",
    "delete_segment",
    "draft_email",
    "erase",
    "event_types",
    "explain",
    "fail_interrupted",
    "generate_drafts",
    "generate_segment",
    "get_campaign",
    "get_customer",
    "get_segment",
    "ingest",
    "ingest_many",
    "list_campaigns",
    "list_customers",
    "list_drafts",
    "list_segments",
    "list_sends",
    "parse",
    "preview",
    "resolve",
    "review_draft",
    "review_rest",
    "rule_warnings",
    "sample",
    "send_campaign",
    "sizes",
    "timeline",
    "understand",
    "update_segment",
    "utcnow",
    "write_email",
]
