"""Finding drafts: filtered, sorted and cut by the database, and what each was written from."""

import uuid
from datetime import timedelta

import pytest
from factories import NOW, TICK, ago, ask, bought, campaign, did, knows_case

from pipeline.customers import erase
from pipeline.database import Database
from pipeline.drafts import (
    DRAFT_ORDERS,
    DraftCount,
    DraftFilter,
    count_drafts,
    draft_facts,
    draft_skus,
    edit_draft,
    generate_drafts,
    list_drafts,
    review_draft,
)
from pipeline.errors import Invalid
from pipeline.ids import customer_id

ANN, BEN, CAT = "ann@example.com", "ben_1@example.com", "cat@shop.example"


@pytest.fixture
def shop(database: Database) -> uuid.UUID:
    """A campaign with three drafts: Ann's is approved, Ben's edited, Cat's has no SKU."""
    bought(database, ANN, sku="B-2")
    bought(database, BEN, sku="A-1")
    bought(database, CAT)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    drafts = {
        customer.email: draft.id for draft, customer in ask(database, list_drafts, campaign_id)
    }
    text = {"subject": "100% Zebra", "body": "b"}
    ask(database, edit_draft, campaign_id, drafts[BEN], **text, now=NOW + TICK)
    ask(database, review_draft, campaign_id, drafts[ANN], "approved", now=NOW + 2 * TICK)
    return campaign_id


@pytest.mark.parametrize(
    ("among", "expected"),
    [
        (DraftFilter(), [ANN, BEN, CAT]),
        (DraftFilter("generated"), [BEN, CAT]),
        (DraftFilter("approved"), [ANN]),
        (DraftFilter("rejected"), []),
        (DraftFilter(sku="A-1"), [BEN]),
        (DraftFilter(sku="a-1"), []),
        (DraftFilter(search=" ANN@ "), [ANN]),
        (DraftFilter(search="example"), [ANN, BEN, CAT]),
        (DraftFilter(search="zebra"), [BEN]),
        (DraftFilter(search="still thinking"), [ANN]),
        (DraftFilter(search="0% z"), [BEN]),
        (DraftFilter(search="%"), [BEN]),
        (DraftFilter(search="_"), [BEN]),
        (DraftFilter(search="'; DROP TABLE customers; --"), []),
        (DraftFilter("generated", "example.com", "A-1"), [BEN]),
        (DraftFilter("generated", "example.com", "B-2"), []),
    ],
    ids=repr,
)
@pytest.mark.parametrize("order", DRAFT_ORDERS)
def test_a_filter_shows_what_fits_all_its_parts(
    database: Database, shop: uuid.UUID, among: DraftFilter, expected: list[str], order: str
) -> None:
    found = ask(database, list_drafts, shop, among=among, order=order)
    assert sorted(customer.email for _, customer in found) == expected
    undecided = sum(draft.status == "generated" for draft, _ in found)
    assert ask(database, count_drafts, shop, among) == DraftCount(len(expected), undecided)


@pytest.mark.parametrize(
    "among", [DraftFilter(search="a\0b"), DraftFilter(search="a" * 255), DraftFilter(sku="\ud800")]
)
def test_a_filter_that_cannot_be_is_refused(
    database: Database, shop: uuid.UUID, among: DraftFilter
) -> None:
    with pytest.raises(Invalid):
        ask(database, list_drafts, shop, among=among)
    with pytest.raises(Invalid):
        ask(database, count_drafts, shop, among)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("email", [ANN, BEN, CAT]),
        ("subject", [BEN, ANN, CAT]),  # 100% …, Still …, We …
        ("changed", [ANN, BEN, CAT]),
    ],
)
def test_the_order_holds_over_all_pages(
    database: Database, shop: uuid.UUID, order: str, expected: list[str]
) -> None:
    pages = [
        ask(database, list_drafts, shop, order=order, limit=1, offset=offset) for offset in range(4)
    ]
    assert [customer.email for page in pages for _, customer in page] == expected


def test_drafts_of_a_sku_are_together(database: Database, shop: uuid.UUID) -> None:
    found = ask(database, list_drafts, shop, order="sku")
    named = [draft.recommended_sku for draft, _ in found if draft.recommended_sku]
    assert named == ["A-1", "B-2"]


def test_the_skus_of_a_campaign_come_by_how_many_drafts_name_them(database: Database) -> None:
    for number, sku in enumerate(["A-1", "B-2", "B-2", "C-3", None]):
        bought(database, f"c{number}@example.com", sku=sku)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    assert ask(database, draft_skus, campaign_id, 2) == [("B-2", 2), ("A-1", 1)]
    assert ask(database, draft_skus, campaign(database), 2) == []


# ------------------------------------------------------------------------------------------- facts
def test_facts_are_the_events_that_the_text_was_written_from(database: Database) -> None:
    did(database, ANN, "purchase", ago(days=3), {"sku": " A-1 "})
    did(database, ANN, "login", ago(days=1))
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    did(database, ANN, "purchase", NOW + TICK, {"sku": "B-2"})
    ((draft, _),) = ask(database, list_drafts, campaign_id)
    facts = ask(database, draft_facts, draft)
    assert facts.sku
    assert facts.recent
    assert (facts.sku.type, facts.sku.occurred_at) == ("purchase", ago(days=3))
    assert (facts.recent.type, facts.recent.occurred_at) == ("login", ago(days=1))


def test_facts_stay_those_of_the_writing_when_the_draft_is_decided(
    database: Database, shop: uuid.UUID
) -> None:
    ((draft, _),) = ask(database, list_drafts, shop, among=DraftFilter("approved"))
    did(database, ANN, "login", NOW + TICK)
    facts = ask(database, draft_facts, draft)
    assert facts.recent
    assert (draft.written_at, facts.recent.type) == (NOW, "purchase")


def test_facts_stay_those_of_the_generation_when_the_draft_is_edited(database: Database) -> None:
    bought(database, ANN, ago(days=29), sku="A-1")
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ((draft, _),) = ask(database, list_drafts, campaign_id)
    later = NOW + timedelta(days=5)
    did(database, ANN, "login", NOW + TICK)
    words = {"subject": "Ann", "body": "Hello"}
    edited = ask(database, edit_draft, campaign_id, draft.id, **words, now=later)
    facts = ask(database, draft_facts, edited)
    assert [each.type for each in (facts.recent, facts.sku) if each] == ["purchase", "purchase"]


def test_facts_that_were_not_there_are_none(database: Database) -> None:
    definition = {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 90}
    bought(database, ANN, ago(days=40), sku="A-1")
    campaign_id = campaign(database, definition)
    generate_drafts(database, campaign_id, now=NOW)
    ((draft, _),) = ask(database, list_drafts, campaign_id)
    facts = ask(database, draft_facts, draft)
    assert (facts.recent, facts.sku, draft.recommended_sku) == (None, None, None)


def test_whoever_is_erased_is_in_no_list(database: Database, shop: uuid.UUID) -> None:
    ask(database, erase, customer_id(ANN))
    assert ask(database, count_drafts, shop) == DraftCount(2, 2)
    later = NOW + timedelta(days=1)
    assert generate_drafts(database, shop, now=later) == 2


def test_drafts_without_a_sku_come_last(database: Database, shop: uuid.UUID) -> None:
    found = ask(database, list_drafts, shop, order="sku")
    assert [draft.recommended_sku for draft, _ in found] == ["A-1", "B-2", None]


def test_a_blank_sku_is_no_fact(database: Database) -> None:
    did(database, ANN, "purchase", properties={"sku": "  "})
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ((draft, _),) = ask(database, list_drafts, campaign_id)
    assert ask(database, draft_facts, draft).sku is None


def test_a_search_knows_the_case_of_letters_as_the_database_does(database: Database) -> None:
    bought(database, ANN, sku="ÉTUI")
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    found = ask(database, list_drafts, campaign_id, among=DraftFilter(search="étui"))
    assert bool(found) == knows_case(database, "É")


def test_a_search_finds_the_very_text_that_is_shown(database: Database) -> None:
    did(database, ANN, "purchase", properties={"sku": "TÜR-01"})
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    for search in ("TÜR-01", "about tÜr", "STILL"):
        found = ask(database, count_drafts, campaign_id, DraftFilter(search=search))
        assert found.found == 1, search
