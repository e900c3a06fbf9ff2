"""Campaigns: the copy of their segment, and the status they go through."""

import uuid
from datetime import timedelta
from functools import partial
from itertools import product

import pytest

from pipeline.campaigns import (
    STATUS_CHANGES,
    change_status,
    create_campaign,
    get_campaign,
    list_campaigns,
)
from pipeline.database import Database
from pipeline.drafts import generate_drafts, review_rest
from pipeline.errors import Conflict, Invalid, NotFound
from pipeline.models import Campaign
from pipeline.segments import create_segment, delete_segment, list_segments, update_segment
from pipeline.sends import send_campaign
from tests.factories import (
    BUYERS,
    NOW,
    Recorder,
    ago,
    approved_campaign,
    ask,
    at_once,
    bought,
    buyers,
    campaign,
    did,
    draft_statuses,
)

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def segment_id(database: Database) -> uuid.UUID:
    return ask(database, create_segment, name="Buyers", definition=BUYERS, now=NOW).id


def status_of(database: Database, campaign_id: uuid.UUID) -> str:
    return ask(database, get_campaign, campaign_id).status


# ------------------------------------------------------------------------------------ create, list
def test_a_campaign_starts_as_a_draft_with_a_copy_of_the_definition(
    database: Database, segment_id: uuid.UUID
) -> None:
    created = ask(
        database,
        create_campaign,
        name=" Hello\n",
        segment_id=segment_id,
        description=" To all. ",
        now=NOW,
    )
    found = ask(database, get_campaign, created.id)
    assert (found.name, found.description, found.status) == ("Hello", "To all.", "draft")
    assert (found.segment_id, found.segment_snapshot) == (segment_id, BUYERS)
    assert found.created_at == found.updated_at == NOW


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": None}, "Campaign name is required"),
        ({"name": " "}, "Campaign name is required"),
        ({"name": 5}, "Campaign name is required"),
        ({"name": "n" * 201}, "name must be at most 200 characters"),
        ({"name": "a", "description": "d" * 2001}, "description must be at most 2000 characters"),
    ],
    ids=["none", "blank", "number", "long", "long description"],
)
def test_a_campaign_that_cannot_be_is_refused(
    database: Database, segment_id: uuid.UUID, fields: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Invalid, match=f"^{sentence}$"):
        ask(database, create_campaign, **{"segment_id": segment_id, "now": NOW} | fields)  # type: ignore[arg-type]
    assert ask(database, list_campaigns) == []


def test_a_campaign_needs_a_segment_that_exists(database: Database) -> None:
    with pytest.raises(NotFound, match="Segment not found"):
        ask(database, create_campaign, name="Hello", segment_id=uuid.uuid4(), now=NOW)


def test_an_unknown_campaign_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="Campaign not found"):
        ask(database, get_campaign, uuid.uuid4())


def test_campaigns_are_listed_with_their_segments_last_updated_first(
    database: Database, segment_id: uuid.UUID
) -> None:
    for name, days in [("a", 2), ("b", 1), ("c", 3)]:
        ask(database, create_campaign, name=name, segment_id=segment_id, now=ago(days=days))
    rows = ask(database, list_campaigns)
    assert [(row.name, segment.name) for row, segment in rows] == [
        ("b", "Buyers"),
        ("a", "Buyers"),
        ("c", "Buyers"),
    ]


def test_a_campaign_and_the_deletion_of_its_segment_exclude_each_other(
    database: Database,
) -> None:
    for _ in range(5):
        segment = ask(database, create_segment, name="Buyers", definition=BUYERS, now=NOW)
        created, deleted = at_once(
            partial(ask, database, create_campaign, name="a", segment_id=segment.id, now=NOW),
            partial(ask, database, delete_segment, segment.id),
        )
        assert (type(created), type(deleted)) in [(Campaign, Conflict), (NotFound, type(None))]


# ---------------------------------------------------------------------------------------- snapshot
def test_a_campaign_keeps_its_definition_when_the_segment_changes(database: Database) -> None:
    bought(database, "ada@example.com")
    did(database, "bob@example.com", "visit")
    campaign_id = campaign(database)
    (segment,) = ask(database, list_segments)
    visitors = {**BUYERS, "eventType": "visit"}
    ask(database, update_segment, segment.id, name="Visitors", definition=visitors, now=LATER)
    assert ask(database, get_campaign, campaign_id).segment_snapshot == BUYERS
    assert generate_drafts(database, campaign_id, now=NOW) == 1
    assert draft_statuses(database, campaign_id) == {"ada@example.com": "generated"}
    assert [found.name for _, found in ask(database, list_campaigns)] == ["Visitors"]


# ------------------------------------------------------------------------------------------ status
ALLOWED = {
    ("draft", "drafted"),
    ("drafted", "sending"),
    ("sending", "sending"),
    ("sending", "sent"),
    ("sending", "failed"),
    ("sent", "sending"),
    ("failed", "sending"),
}
STATUSES = ("draft", "drafted", "sending", "sent", "failed")


def test_a_status_changes_as_the_table_says_and_otherwise_not_at_all(database: Database) -> None:
    pairs = list(product(STATUSES, STATUS_CHANGES))
    ids = [campaign(database) for _ in pairs]
    with database.begin() as session:
        for campaign_id, (before, after) in zip(ids, pairs, strict=True):
            session.get_one(Campaign, campaign_id).status = before
            session.flush()
            change_status(session, campaign_id, after, LATER)
    found = [ask(database, get_campaign, campaign_id) for campaign_id in ids]
    changed = {pair for pair, row in zip(pairs, found, strict=True) if row.updated_at == LATER}
    assert changed == ALLOWED
    assert [row.status for row in found] == [
        after if (before, after) in ALLOWED else before for before, after in pairs
    ]


def test_a_campaign_goes_from_draft_to_sent(database: Database) -> None:
    buyers(database, 2)
    campaign_id = campaign(database)
    seen = [status_of(database, campaign_id)]
    generate_drafts(database, campaign_id, now=NOW)
    seen.append(status_of(database, campaign_id))
    ask(database, review_rest, campaign_id, "approved", now=NOW)
    seen.append(status_of(database, campaign_id))

    class Watching(Recorder):
        def send(self, _message: object) -> None:
            seen.append(status_of(database, campaign_id))

    send_campaign(database, campaign_id, clock=lambda: LATER, sender=Watching(batch_size=1))
    found = ask(database, get_campaign, campaign_id)
    assert [*seen, found.status] == ["draft", "drafted", "drafted", "sending", "sending", "sent"]
    assert found.updated_at == LATER


def test_a_sent_campaign_stays_sent_when_drafts_are_generated(database: Database) -> None:
    buyers(database, 1)
    campaign_id = approved_campaign(database)
    send_campaign(database, campaign_id, clock=lambda: NOW, sender=Recorder())
    buyers(database, 2)
    assert generate_drafts(database, campaign_id, now=NOW) == 2
    assert status_of(database, campaign_id) == "sent"


def test_a_campaign_that_matches_nobody_stays_a_draft(database: Database) -> None:
    did(database, "ada@example.com", "visit")
    campaign_id = campaign(database)
    assert generate_drafts(database, campaign_id, now=NOW) == 0
    assert status_of(database, campaign_id) == "draft"
