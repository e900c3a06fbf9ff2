"""Drafts: one personal e-mail for each member of a campaign's audience, decided by a person.

People decide on what they saw some time ago, while drafts are written anew, edited and decided by
others. So each change to a campaign's drafts has a number, its revision, and each draft that of
its last change. Who says which revision they saw decides that, and nothing that changed since:
a draft's own for one draft, the campaign's for many.
"""

from pipeline.drafts.editing import edit_draft
from pipeline.drafts.facts import DraftFacts, draft_facts
from pipeline.drafts.finding import (
    DRAFT_ORDERS,
    DraftCount,
    DraftFilter,
    count_drafts,
    draft_skus,
    get_draft,
    list_drafts,
    next_draft,
)
from pipeline.drafts.generating import generate_drafts
from pipeline.drafts.reviewing import (
    SOMEBODY,
    VERDICTS,
    Changed,
    Decided,
    review_draft,
    review_rest,
)

__all__ = [
    "DRAFT_ORDERS",
    "SOMEBODY",
    "VERDICTS",
    "Changed",
    "Decided",
    "DraftCount",
    "DraftFacts",
    "DraftFilter",
    "count_drafts",
    "draft_facts",
    "draft_skus",
    "edit_draft",
    "generate_drafts",
    "get_draft",
    "list_drafts",
    "next_draft",
    "review_draft",
    "review_rest",
]
