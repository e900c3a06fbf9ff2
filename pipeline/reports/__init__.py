"""Reports: read-only numbers for screens. Each says what it reads, and so what its cost follows."""

from pipeline.reports.daily import DailyEvents, daily_events
from pipeline.reports.engagement import ActiveCustomers, Engagement, engagement
from pipeline.reports.funnels import Funnel, campaign_funnels
from pipeline.reports.newest import RecentEvent, newest_by_type, newest_events
from pipeline.reports.progress import (
    CampaignProgress,
    CampaignReach,
    campaign_count,
    campaign_progress,
    campaign_reach,
    newest_campaigns,
    unsent_strangers,
)
from pipeline.reports.responses import Responses, responses
from pipeline.reports.saved import SavedSegment, saved_count, saved_segments, segment_users
from pipeline.reports.sizes import SegmentSize, segment_sizes
from pipeline.reports.totals import Totals, customer_count, has_customers, totals

__all__ = [
    "ActiveCustomers",
    "CampaignProgress",
    "CampaignReach",
    "DailyEvents",
    "Engagement",
    "Funnel",
    "RecentEvent",
    "Responses",
    "SavedSegment",
    "SegmentSize",
    "Totals",
    "campaign_count",
    "campaign_funnels",
    "campaign_progress",
    "campaign_reach",
    "customer_count",
    "daily_events",
    "engagement",
    "has_customers",
    "newest_by_type",
    "newest_campaigns",
    "newest_events",
    "responses",
    "saved_count",
    "saved_segments",
    "segment_sizes",
    "segment_users",
    "totals",
    "unsent_strangers",
]
