"""Reports: read-only numbers for screens. Each says what it reads, and so what its cost follows."""

from pipeline.reports.active import ActiveCustomers, active_customers
from pipeline.reports.daily import events_per_day
from pipeline.reports.funnels import Funnel, campaign_funnels
from pipeline.reports.newest import RecentEvent, newest_events
from pipeline.reports.progress import (
    CampaignProgress,
    CampaignReach,
    campaign_progress,
    campaign_reach,
    newest_campaigns,
)
from pipeline.reports.saved import SavedSegment, saved_count, saved_segments
from pipeline.reports.sizes import SegmentSize, segment_sizes
from pipeline.reports.totals import Totals, customer_count, event_count, totals
from pipeline.reports.types import EventType, event_types

__all__ = [
    "ActiveCustomers",
    "CampaignProgress",
    "CampaignReach",
    "EventType",
    "Funnel",
    "RecentEvent",
    "SavedSegment",
    "SegmentSize",
    "Totals",
    "active_customers",
    "campaign_funnels",
    "campaign_progress",
    "campaign_reach",
    "customer_count",
    "event_count",
    "event_types",
    "events_per_day",
    "newest_campaigns",
    "newest_events",
    "saved_count",
    "saved_segments",
    "segment_sizes",
    "totals",
]
