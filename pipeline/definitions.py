"""Definitions as they are stored: each was a rule to the program that saved it."""

from pipeline.errors import Conflict, Invalid
from pipeline.models import Campaign, Segment
from pipeline.rules import Rule, parse


class Unreadable(Conflict):
    """What is stored is no rule to this program: a later one wrote it, or somebody by hand."""


def segment_rule(segment: Segment) -> Rule:
    """The rule that a segment is saved with; raises Unreadable."""
    return stored_rule(f"segment '{segment.name}'", segment.definition)


def campaign_rule(campaign: Campaign) -> Rule:
    """The rule that a campaign was created with; raises Unreadable."""
    return stored_rule(f"campaign '{campaign.name}'", campaign.segment_snapshot)


def stored_rule(whose: str, definition: object) -> Rule:
    """A rule that was read from the database; raises Unreadable, which says whose it is."""
    try:
        return parse(definition)
    except Invalid as error:
        raise Unreadable(f"The rule of the {whose} cannot be read ({error})") from None
