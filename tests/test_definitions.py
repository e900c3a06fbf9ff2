"""Definitions that are no rule to this program: each harms what it belongs to, and nothing else."""

import uuid

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from pipeline.campaigns import create_campaign
from pipeline.clock import utcnow
from pipeline.database import Database
from pipeline.definitions import Unreadable
from pipeline.doctor import examine
from pipeline.drafts import generate_drafts
from pipeline.models import Campaign, Segment
from pipeline.reports import campaign_funnels, saved_segments, segment_sizes
from pipeline.reports.memberships import memberships
from pipeline.segments import create_segment, update_segment
from tests.factories import BUYERS, NOW, ask, bought, campaign
from tests.rest import get, post

ADA = "ada@example.com"
LATER_KIND = {"kind": "cohort"}
SENTENCE = "The rule of the segment 'Theirs' cannot be read (Unknown definition kind: 'cohort')"


def save(database: Database, name: str, definition: object = BUYERS) -> uuid.UUID:
    return ask(database, create_segment, name=name, definition=definition, now=NOW).id


@pytest.fixture
def unreadable(database: Database) -> uuid.UUID:
    """A segment of a later version, between two others."""
    save(database, "Ours")
    segment_id = save(database, "Theirs")
    save(database, "Users", {"kind": "segment", "segmentId": str(segment_id)})
    save(database, "Mine")
    change = sa.update(Segment).where(Segment.id == segment_id).values(definition=LATER_KIND)
    with database.begin() as session:
        session.execute(change)
    return segment_id


@pytest.fixture
def campaign_id(database: Database) -> uuid.UUID:
    """A campaign of a later version."""
    campaign_id = campaign(database)
    with database.begin() as session:
        session.execute(sa.update(Campaign).values(segment_snapshot=LATER_KIND))
    return campaign_id


@pytest.mark.usefixtures("unreadable")
def test_lists_have_the_others(database: Database) -> None:
    customer_id = bought(database, ADA)
    found = {row.segment.name: row for row in ask(database, saved_segments, limit=9)}
    mistakes = {name: row.mistake for name, row in found.items()}
    assert mistakes == {"Ours": None, "Theirs": SENTENCE, "Users": SENTENCE, "Mine": None}
    sizes = {row.segment.name: row.customers for row in ask(database, segment_sizes, 9, now=NOW)}
    assert sizes == {"Ours": 1, "Theirs": None, "Users": None, "Mine": 1}
    theirs = ask(database, memberships, customer_id, 9, now=NOW)
    assert {segment.name for segment in theirs.segments} == {"Ours", "Mine"}
    assert (theirs.looked_at, theirs.total) == (2, 4)


def test_a_campaign_that_cannot_be_read_leaves_the_others_their_numbers(
    database: Database, campaign_id: uuid.UUID
) -> None:
    bought(database, ADA)
    campaign(database)
    funnels = ask(database, campaign_funnels, 9, now=NOW)
    assert {each.campaign.id == campaign_id: each.audience for each in funnels} == {
        True: None,
        False: 1,
    }
    with pytest.raises(Unreadable, match="The rule of the campaign 'Hello' cannot be read"):
        generate_drafts(database, campaign_id, now=NOW)


def test_whoever_asks_for_it_is_told_whose_it_is(
    database: Database, api: TestClient, unreadable: uuid.UUID
) -> None:
    assert get(api, f"/api/segments/{unreadable}/preview") == (409, SENTENCE)
    fields = {"name": "Hi", "segmentId": str(unreadable)}
    assert post(api, "/api/campaigns", fields) == (409, SENTENCE)
    refers = {"kind": "segment", "segmentId": str(unreadable)}
    assert post(api, "/api/segments/preview", {"definition": refers}) == (409, SENTENCE)
    with pytest.raises(Unreadable):
        ask(database, create_campaign, name="Hi", segment_id=unreadable, now=NOW)


def test_the_doctor_names_it_and_saving_it_anew_mends_it(
    database: Database, unreadable: uuid.UUID, campaign_id: uuid.UUID
) -> None:
    findings = [each for each in examine(database, now=utcnow()) if each.check == "definitions"]
    (segment, other) = findings
    assert segment.says == SENTENCE
    assert segment.advice.endswith(f"replace it: PUT /api/segments/{unreadable}")
    assert other.says.startswith("The rule of the campaign 'Hello' cannot be read (")
    assert str(campaign_id) in other.advice
    ask(database, update_segment, unreadable, name="Theirs", definition=BUYERS, now=NOW)
    (finding,) = [each for each in examine(database, now=utcnow()) if each.check == "definitions"]
    assert finding == other
