"""Segments that refer to segments: followed live, never in a circle, never too large."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from pipeline.campaigns import create_campaign
from pipeline.database import Database
from pipeline.drafts import generate_drafts
from pipeline.errors import Conflict, Invalid
from pipeline.models import SegmentReference
from pipeline.rules import parse
from pipeline.segments import (
    count,
    create_segment,
    delete_segment,
    get_segment,
    preview,
    update_segment,
)
from pipeline.segments.explanations import counts, explain
from pipeline.segments.references import resolve
from tests.factories import NOW, ask, at_once, blocks_another, count_rows, did, draft_statuses
from tests.language import A_SEGMENT, all_of, any_of, event, not_

VISITORS, BUYERS = event("visit"), event("purchase")
NO_SEGMENT = "must be the id of a segment"


def saved(database: Database, definition: dict[str, Any], name: str = "Audience") -> uuid.UUID:
    return ask(database, create_segment, name=name, definition=definition, now=NOW).id


def changed(database: Database, segment_id: uuid.UUID, definition: dict[str, Any]) -> None:
    ask(database, update_segment, segment_id, name="Changed", definition=definition, now=NOW)


def member_of(segment_id: uuid.UUID) -> dict[str, Any]:
    return {"kind": "segment", "segmentId": str(segment_id)}


def addresses(database: Database, definition: dict[str, Any]) -> list[str]:
    return [each.email for each in ask(database, preview, parse(definition), now=NOW).customers]


# ----------------------------------------------------------------------------------------- followed
def test_a_reference_stands_for_the_members_of_the_segment_as_it_is_now(
    database: Database,
) -> None:
    did(database, "ada@x.co", "visit")
    did(database, "bob@x.co", "purchase")
    did(database, "eve@x.co", "login")
    visitors = saved(database, VISITORS)
    assert addresses(database, member_of(visitors)) == ["ada@x.co"]
    assert addresses(database, not_(member_of(visitors))) == ["bob@x.co", "eve@x.co"]
    either = saved(database, any_of(member_of(visitors), BUYERS))
    assert addresses(database, member_of(either)) == ["ada@x.co", "bob@x.co"]
    changed(database, visitors, event("login"))
    assert addresses(database, member_of(either)) == ["bob@x.co", "eve@x.co"]
    assert ask(database, count, parse(member_of(either)), now=NOW) == 2


def test_a_resolved_rule_names_the_segment_and_keeps_its_definition(database: Database) -> None:
    definition = all_of(member_of(saved(database, VISITORS, 'The "best"')), not_(BUYERS))
    rule = ask(database, resolve, parse(definition))
    assert rule.sentence() == 'are in the segment "The \\"best\\"" and did not purchase'
    assert rule.definition() == parse(definition).definition()


def test_all_answers_follow_references(database: Database) -> None:
    ada = did(database, "ada@x.co", "visit").customer_id
    did(database, "bob@x.co", "purchase")
    rule = parse(not_(member_of(saved(database, VISITORS, "Visitors"))))
    found = [(each.path, each.count) for each in ask(database, counts, rule, now=NOW)]
    assert found == [("", 1), ("rule", 1), ("rule.segment", 1)]
    top = ask(database, explain, rule, ada, now=NOW).explanation
    (inside,) = top.rules
    (meant,) = inside.rules
    assert (top.matches, inside.matches, meant.matches) == (False, True, True)
    assert (inside.sentence, meant.sentence) == ('are in the segment "Visitors"', "did visit")
    assert meant.found
    assert [each.type for each in meant.found.events] == ["visit"]


# ----------------------------------------------------------------------------------------- refused
def test_an_unknown_segment_is_refused_wherever_it_is_asked_for(database: Database) -> None:
    kept = saved(database, VISITORS)
    ada = did(database, "ada@x.co", "visit").customer_id
    definition = all_of(VISITORS, not_({"kind": "segment", "segmentId": A_SEGMENT}))
    rule = parse(definition)
    for attempt in (
        lambda: saved(database, definition),
        lambda: changed(database, kept, definition),
        lambda: ask(database, preview, rule, now=NOW),
        lambda: ask(database, count, rule, now=NOW),
        lambda: ask(database, counts, rule, now=NOW),
        lambda: ask(database, explain, rule, ada, now=NOW),
    ):
        with pytest.raises(Invalid, match=rf"^rules\[1\].rule.segmentId {NO_SEGMENT}$"):
            attempt()
    assert ask(database, get_segment, kept).definition == parse(VISITORS).definition()


def test_a_segment_may_not_lead_back_to_itself(database: Database) -> None:
    first = saved(database, VISITORS)
    second = saved(database, any_of(BUYERS, member_of(first)))
    third = saved(database, not_(member_of(second)))
    for used in (first, second, third):
        definition = all_of(BUYERS, member_of(used))
        with pytest.raises(Invalid, match="must not lead back to the segment itself") as caught:
            changed(database, first, definition)
        assert caught.value.path == "rules[1].segmentId"
    assert addresses(database, member_of(third)) == []


def test_of_two_saves_that_would_close_a_circle_one_loses(database: Database) -> None:
    for _ in range(5):
        first, second = saved(database, VISITORS), saved(database, BUYERS)
        outcomes = at_once(
            partial(changed, database, first, member_of(second)),
            partial(changed, database, second, member_of(first)),
        )
        (refused,) = (each for each in outcomes if each is not None)
        assert isinstance(refused, Invalid)
        assert str(refused) == "segmentId must not lead back to the segment itself"
        assert ask(database, count, parse(member_of(first)), now=NOW) == 0


def test_a_circle_of_three_saves_at_once_is_never_closed(database: Database) -> None:
    ids = [saved(database, VISITORS) for _ in range(3)]
    circle = zip(ids, [*ids[1:], ids[0]], strict=True)
    outcomes = at_once(*(partial(changed, database, a, member_of(b)) for a, b in circle))
    assert sum(isinstance(each, Invalid) for each in outcomes) == 1
    assert [ask(database, count, parse(member_of(each)), now=NOW) for each in ids] == [0, 0, 0]


# ------------------------------------------------------------------------------------------ deleted
def test_a_segment_that_another_uses_cannot_be_deleted(database: Database) -> None:
    used = saved(database, VISITORS)
    user = saved(database, not_(member_of(used)))
    with pytest.raises(Conflict, match="Segment is used by another segment and cannot be deleted"):
        ask(database, delete_segment, used)
    changed(database, user, BUYERS)
    ask(database, delete_segment, used)
    assert count_rows(database, SegmentReference) == 0


def test_a_deleted_segment_uses_nothing_any_more(database: Database) -> None:
    used = saved(database, VISITORS)
    ask(database, delete_segment, saved(database, member_of(used)))
    ask(database, delete_segment, used)


def test_a_segment_is_deleted_or_used_but_not_both(database: Database) -> None:
    for _ in range(5):
        used = saved(database, VISITORS)
        deleted, kept = at_once(
            lambda used=used: ask(database, delete_segment, used),  # type: ignore[misc]
            lambda used=used: saved(database, member_of(used)),  # type: ignore[misc]
        )
        if deleted is None:
            assert isinstance(kept, Invalid)
            assert str(kept) == f"segmentId {NO_SEGMENT}"
        else:
            assert isinstance(deleted, Conflict)
            assert ask(database, get_segment, kept).definition == member_of(used)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- limits
def test_segments_cannot_be_stacked_until_they_explode(database: Database) -> None:
    largest = saved(database, all_of(*[VISITORS] * 49))
    doubled = saved(database, all_of(*[member_of(largest)] * 3))
    assert ask(database, count, parse(member_of(doubled)), now=NOW) == 0
    sentence = r"^Definition must have at most 200 rules with the segments that it uses$"
    too_many = all_of(*[member_of(doubled)] * 2)
    with pytest.raises(Invalid, match=sentence):
        saved(database, too_many)
    with pytest.raises(Invalid, match=sentence):
        ask(database, preview, parse(too_many), now=NOW)


def test_segments_cannot_be_nested_without_end(database: Database) -> None:
    segment_id = saved(database, VISITORS)
    for _ in range(9):
        segment_id = saved(database, not_(member_of(segment_id)))
    with pytest.raises(
        Invalid, match=r"^Definition must be at most 10 rules deep with the segments"
    ):
        saved(database, not_(member_of(segment_id)))


def test_a_change_may_not_make_a_segment_too_large_that_uses_it(database: Database) -> None:
    small = saved(database, VISITORS)
    between = saved(database, all_of(*[member_of(small)] * 10))
    ask(
        database,
        create_segment,
        name="Everybody",
        definition=all_of(*[member_of(between)] * 10),
        now=NOW,
    )
    with pytest.raises(
        Invalid, match=r"at most 200 rules .*; the segment 'Everybody' uses this one"
    ):
        changed(database, small, all_of(VISITORS, BUYERS))
    assert ask(database, get_segment, small).definition == parse(VISITORS).definition()


# ---------------------------------------------------------------------------------------- campaigns
def test_a_campaign_keeps_the_meaning_that_its_segment_had(database: Database) -> None:
    did(database, "ada@x.co", "visit")
    did(database, "bob@x.co", "purchase")
    used = saved(database, VISITORS)
    segment_id = saved(database, any_of(member_of(used), event("login")))
    created = ask(database, create_campaign, name="Hello", segment_id=segment_id, now=NOW)
    assert created.segment_snapshot == parse(any_of(VISITORS, event("login"))).definition()
    changed(database, used, BUYERS)
    assert addresses(database, member_of(segment_id)) == ["bob@x.co"]
    assert generate_drafts(database, created.id, now=NOW) == 1
    assert draft_statuses(database, created.id) == {"ada@x.co": "generated"}


@pytest.mark.no_cover
def test_the_largest_segment_can_have_a_campaign(database: Database) -> None:
    used = saved(database, all_of(*[event("x" * 190)] * 49))
    segment_id = saved(database, all_of(*[member_of(used)] * 3, *[VISITORS] * 46))
    created = ask(database, create_campaign, name="Hello", segment_id=segment_id, now=NOW)
    assert parse(created.segment_snapshot).definition() == created.segment_snapshot
    assert generate_drafts(database, created.id, now=NOW) == 0


def test_a_campaign_sees_all_of_its_segments_as_of_one_moment(database: Database) -> None:
    used = saved(database, VISITORS)
    segment_id = saved(database, all_of(member_of(used), VISITORS))
    with ThreadPoolExecutor(1) as pool, database.begin() as session:
        update_segment(session, used, name="Used", definition=BUYERS, now=NOW)
        create = partial(create_campaign, name="Hello", segment_id=segment_id, now=NOW)
        created = pool.submit(database.transact, create)
        while database.kind == "postgresql" and not blocks_another(session):
            assert not created.done()
        using = all_of(member_of(used), BUYERS)
        update_segment(session, segment_id, name="Using", definition=using, now=NOW)
    snapshot = created.result().segment_snapshot
    assert snapshot == parse(all_of(BUYERS, BUYERS)).definition()
