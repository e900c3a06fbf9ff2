"""Saved segments to look through, and all members of one."""

import uuid
from typing import Any

import pytest
from factories import BUYERS, NOW, address, ago, ask, bought, buyers, campaign, did, knows_case

from pipeline.database import Database
from pipeline.errors import Invalid
from pipeline.exports import members_csv
from pipeline.reports import SavedSegment, customer_count, saved_count, saved_segments
from pipeline.rules import parse
from pipeline.segments import create_segment, members

VISITED = {"kind": "event_type_in_last_days", "eventType": "visit", "days": 7}


def save(
    database: Database, name: str, definition: dict[str, Any] = BUYERS, age: int = 0
) -> uuid.UUID:
    fields = {"name": name, "definition": definition}
    return ask(database, create_segment, **fields, now=ago(days=age)).id


def find(database: Database, search: str = "", **page: int) -> list[SavedSegment]:
    with database.read() as session:
        return saved_segments(session, search, **{"limit": 10, **page})


def names(found: list[SavedSegment]) -> list[str]:
    return [each.segment.name for each in found]


# ------------------------------------------------------------------------------------------ listed
def test_segments_come_last_updated_first_and_by_the_page(database: Database) -> None:
    for age in (2, 0, 1):
        save(database, f"{age} days ago", age=age)
    assert names(find(database)) == ["0 days ago", "1 days ago", "2 days ago"]
    assert names(find(database, limit=2, offset=2)) == ["2 days ago"]


@pytest.mark.parametrize(
    ("search", "expected"),
    [("buy", ["Buyers"]), (" BUY ", ["Buyers"]), ("%", ["100%"]), ("_", [])],
)
def test_segments_are_searched_by_name_literally(
    database: Database, search: str, expected: list[str]
) -> None:
    save(database, "Buyers")
    save(database, "100%")
    assert names(find(database, search)) == expected
    assert ask(database, saved_count, search) == len(expected)


def test_a_search_knows_the_case_of_letters_as_the_database_does(database: Database) -> None:
    save(database, "Épicerie")
    assert bool(find(database, "ÉPICERIE"))
    assert bool(find(database, "épicerie")) == knows_case(database, "É")


def test_a_search_that_cannot_be_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match="search must be at most 200 characters"):
        find(database, "x" * 201)


def test_a_segment_says_what_it_means_and_what_uses_it(database: Database) -> None:
    used = save(database, "Visited", VISITED)
    save(database, "Again", {"kind": "segment", "segmentId": str(used)}, -1)
    campaign(database)
    said = {
        each.segment.name: (each.sentence, each.campaigns, each.segments) for each in find(database)
    }
    assert said == {
        "Visited": ("did visit in the last 7 days", 0, 1),
        "Again": ('are in the segment "Visited"', 0, 0),
        "Audience": ("did purchase in the last 30 days", 1, 0),
    }


# ----------------------------------------------------------------------------------------- members
def test_all_members_are_read_by_address(database: Database) -> None:
    emails = buyers(database, 120)
    did(database, "visitor@example.com", "visit")
    with database.read() as session:
        found = [*members(session, parse(BUYERS), now=NOW)]
        assert customer_count(session) == 121
    assert [each.email for each in found] == emails


def test_members_are_exported_with_what_a_spreadsheet_takes_for_a_formula_as_text(
    database: Database,
) -> None:
    ada = bought(database, "=ada@example.com")
    with database.read() as session:
        lines = [*members_csv(session, parse(BUYERS), now=NOW)]
    assert lines == ["\ufeffid,email\r\n", f"{ada},'=ada@example.com\r\n"]


def test_members_are_as_of_a_moment(database: Database) -> None:
    bought(database, address(0), ago(days=2))
    bought(database, address(1))
    with database.read() as session:
        (found,) = members(session, parse(BUYERS), now=ago(days=1))
    assert found.email == address(0)


def test_members_of_a_reference_to_nothing_are_refused(database: Database) -> None:
    nothing = parse({"kind": "segment", "segmentId": str(uuid.uuid4())})
    with database.read() as session, pytest.raises(Invalid, match="must be the id of a segment"):
        members(session, nothing, now=NOW)
