"""Saved audiences and previews."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from pipeline.database import Database
from pipeline.errors import Conflict, Invalid, NotFound
from pipeline.ids import customer_id
from pipeline.models import Segment
from pipeline.rules import parse
from pipeline.segments import (
    Member,
    Overtaken,
    Preview,
    Size,
    count,
    create_segment,
    delete_segment,
    get_segment,
    list_segments,
    preview,
    sizes,
    update_segment,
)
from tests.factories import BUYERS, NOW, ago, ask, bought, buyers, campaign, did

VISITORS: dict[str, Any] = {**BUYERS, "eventType": "visit"}
LATER = NOW + timedelta(hours=1)


def saved(database: Database, name: object = "Buyers", **fields: Any) -> Segment:
    given = {"definition": BUYERS, "now": NOW} | fields
    return ask(database, create_segment, name=name, **given)


# ------------------------------------------------------------------------------------------- saved
def test_a_segment_is_saved_trimmed_and_found_again(database: Database) -> None:
    definition = {**BUYERS, "eventType": " purchase ", "days": 30.0, "colour": "red"}
    saved_id = saved(database, " Buyers\n", description="\tAll. ", definition=definition).id
    segment = ask(database, get_segment, saved_id)
    assert (segment.name, segment.description, segment.definition) == ("Buyers", "All.", BUYERS)
    assert segment.created_at == segment.updated_at == NOW


@pytest.mark.parametrize("description", [None, "", " \n", 5, True, ["text"], {}], ids=repr)
def test_a_blank_description_is_none(database: Database, description: object) -> None:
    assert saved(database, description=description).description is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": None}, "Segment name is required"),
        ({"name": " \t"}, "Segment name is required"),
        ({"name": 5}, "Segment name is required"),
        ({"name": ["Buyers"]}, "Segment name is required"),
        ({"name": "n" * 201}, "name must be at most 200 characters"),
        ({"name": "n\0"}, "name must not contain NUL characters"),
        ({"name": "\ud800"}, "name must not contain lone surrogates"),
        ({"description": "d" * 2001}, "description must be at most 2000 characters"),
        ({"description": "\0"}, "description must not contain NUL characters"),
        ({"definition": None}, "Definition must be a JSON object"),
        ({"definition": {**BUYERS, "days": 0}}, "days must be a positive integer"),
        ({"name": "", "definition": None}, "Segment name is required"),
    ],
    ids=ascii,
)
def test_what_cannot_be_saved_is_refused(
    database: Database, fields: dict[str, Any], sentence: str
) -> None:
    kept = saved(database)
    with pytest.raises(Invalid, match=f"^{sentence}$"):
        saved(database, **fields)
    changed = {"name": "Other", "definition": VISITORS} | fields
    with pytest.raises(Invalid, match=f"^{sentence}$"):
        ask(database, update_segment, kept.id, now=LATER, **changed)
    assert [segment.name for segment in ask(database, list_segments)] == ["Buyers"]


def test_names_may_repeat_and_be_200_characters_long(database: Database) -> None:
    name = "é" * 200
    ids = {saved(database, f" {name} ").id, saved(database, name).id}
    assert len(ids) == 2
    assert {segment.name for segment in ask(database, list_segments)} == {name}


def test_segments_are_listed_last_updated_first(database: Database) -> None:
    oldest, older, newest = (
        saved(database, name, now=ago(days=days)) for name, days in [("a", 3), ("b", 2), ("c", 1)]
    )
    assert [row.name for row in ask(database, list_segments)] == ["c", "b", "a"]
    ask(database, update_segment, oldest.id, name="a", definition=BUYERS, now=NOW)
    assert [row.id for row in ask(database, list_segments)] == [oldest.id, newest.id, older.id]


def test_an_update_replaces_all_fields_and_keeps_the_time_of_creation(database: Database) -> None:
    before = saved(database, description="All.")
    after = ask(
        database, update_segment, before.id, name=" Visitors ", definition=VISITORS, now=LATER
    )
    for segment in (after, ask(database, get_segment, before.id)):
        assert (segment.name, segment.description) == ("Visitors", None)
        assert segment.definition == VISITORS
        assert (segment.created_at, segment.updated_at) == (NOW, LATER)


def test_what_was_saved_since_it_was_read_is_not_replaced(database: Database) -> None:
    read = saved(database)
    change = {"name": "Other", "definition": VISITORS, "unchanged_since": read.updated_at}
    ask(database, update_segment, read.id, now=LATER, **change)
    with pytest.raises(Overtaken, match="Somebody else has saved this segment since"):
        ask(database, update_segment, read.id, now=LATER, **change)
    with pytest.raises(NotFound):
        ask(database, update_segment, uuid.uuid4(), now=LATER, **change)


def test_an_unknown_segment_is_not_found(database: Database) -> None:
    unknown = uuid.uuid4()
    for attempt in (
        lambda: ask(database, get_segment, unknown),
        lambda: ask(database, delete_segment, unknown),
        lambda: ask(database, update_segment, unknown, name="a", definition=BUYERS, now=NOW),
    ):
        with pytest.raises(NotFound, match="Segment not found"):
            attempt()


def test_a_deleted_segment_is_gone(database: Database) -> None:
    gone, kept = saved(database), saved(database)
    ask(database, delete_segment, gone.id)
    assert [segment.id for segment in ask(database, list_segments)] == [kept.id]


def test_a_segment_that_a_campaign_uses_cannot_be_deleted(database: Database) -> None:
    campaign(database)
    (used,) = ask(database, list_segments)
    with pytest.raises(Conflict, match="Segment is used by a campaign and cannot be deleted"):
        ask(database, delete_segment, used.id)
    assert ask(database, get_segment, used.id).name == used.name


# ----------------------------------------------------------------------------------------- preview
@pytest.mark.parametrize("number", [0, 1, 49, 50, 51, 120])
def test_a_preview_counts_all_and_shows_the_first_50_by_address(
    database: Database, number: int
) -> None:
    emails = buyers(database, number)
    did(database, "visitor@example.com", "visit")
    shown = [Member(customer_id(email), email) for email in emails[:50]]
    assert ask(database, preview, parse(BUYERS), now=NOW) == Preview(number, shown)
    assert ask(database, count, parse(BUYERS), now=NOW) == number


def test_a_preview_is_of_the_moment_that_it_is_asked_for(database: Database) -> None:
    bought(database, "ada@example.com", ago(days=40))
    bought(database, "bob@example.com", ago(days=3))
    rule = parse(BUYERS)
    found = [ask(database, preview, rule, now=ago(days=days)).customers for days in (0, 15, 41)]
    emails = [[member.email for member in members] for members in found]
    assert emails == [["bob@example.com"], ["ada@example.com"], []]


# ------------------------------------------------------------------------------------------- sizes
def test_sizes_are_those_of_each_day_as_of_its_moment(database: Database) -> None:
    bought(database, "ada@example.com", ago(days=40))
    bought(database, "bob@example.com", ago(days=3))
    bought(database, "eve@example.com", ago(days=2, hours=1))
    found = ask(database, sizes, parse(BUYERS), 4, now=NOW)
    assert found == [Size(ago(days=3), 1), Size(ago(days=2), 2), Size(ago(days=1), 2), Size(NOW, 2)]
    early = [size.count for size in ask(database, sizes, parse(BUYERS), 41, now=NOW)]
    assert early == [1] * 31 + [0] * 6 + [1, 2, 2, 2]


def test_sizes_of_a_negation_count_who_was_there_then(database: Database) -> None:
    did(database, "ada@example.com", "visit", ago(days=2))
    did(database, "bob@example.com", "visit", ago(days=1))
    nobody_bought = {"kind": "not", "rule": BUYERS}
    found = ask(database, sizes, parse(nobody_bought), 4, now=NOW)
    assert [size.count for size in found] == [0, 1, 2, 2]


@pytest.mark.no_cover
def test_sizes_are_the_counts_of_those_moments_however_many(database: Database) -> None:
    for days in range(0, 400, 7):
        bought(database, f"c{days}@example.com", ago(days=days))
    rule = parse({"kind": "any", "rules": [BUYERS, {"kind": "not", "rule": BUYERS}, BUYERS]})
    found = ask(database, sizes, rule, 366, now=NOW)
    for size in (found[0], found[1], found[99], found[-1]):
        assert size.count == ask(database, count, rule, now=size.at)


@pytest.mark.parametrize("days", [0, -1, 1.5, "30", None, True])
def test_the_days_of_sizes_must_be_a_positive_integer(database: Database, days: object) -> None:
    with pytest.raises(Invalid, match=r"^days must be a positive integer$"):
        ask(database, sizes, parse(BUYERS), days, now=NOW)
    with pytest.raises(Invalid, match=r"^days must be at most 366$"):
        ask(database, sizes, parse(BUYERS), 367, now=NOW)
