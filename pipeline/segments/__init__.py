"""Segments: audiences, saved or not, and why they are what they are.

`matching` is the one evaluator of rules, for previews and campaigns alike.
"""

from pipeline.segments.explanations import Explained, Explanation, NodeCount, counts, explain
from pipeline.segments.matching import Member, count, matches, members
from pipeline.segments.previewing import Preview, preview
from pipeline.segments.references import Circle, resolve
from pipeline.segments.saved import (
    Overtaken,
    create_segment,
    delete_segment,
    get_segment,
    list_segments,
    update_segment,
)
from pipeline.segments.sizes import MOST_DAYS, Size, sizes
from pipeline.segments.warnings import RuleWarning, rule_warnings

__all__ = [
    "MOST_DAYS",
    "Circle",
    "Explained",
    "Explanation",
    "Member",
    "NodeCount",
    "Overtaken",
    "Preview",
    "RuleWarning",
    "Size",
    "count",
    "counts",
    "create_segment",
    "delete_segment",
    "explain",
    "get_segment",
    "list_segments",
    "matches",
    "members",
    "preview",
    "resolve",
    "rule_warnings",
    "sizes",
    "update_segment",
]
