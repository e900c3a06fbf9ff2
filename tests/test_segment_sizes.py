"""How large an audience was on each of the last days."""

from itertools import accumulate
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.database import Database
from pipeline.errors import Invalid
from pipeline.events import ingest_many
from pipeline.rules import Rule, parse
from pipeline.segments import Size, count, create_segment, sizes
from pipeline.tracking import track
from tests.factories import NOW, address, ago, ask, did, event

BOUGHT_THIS_WEEK = parse({"kind": "event_type_in_last_days", "eventType": "purchase", "days": 7})
NEVER_BOUGHT = parse({"kind": "not", "rule": {"kind": "event", "eventType": "purchase"}})


@pytest.fixture
def shop(database: Database) -> Database:
    """Three customers came 20, 10 and 3 days ago; the first two bought five days later."""
    for number, days in enumerate((20, 10, 3)):
        did(database, address(number), "visit", ago(days=days))
    for number, days in enumerate((15, 5)):
        did(database, address(number), "purchase", ago(days=days))
    return database


def test_a_size_is_what_a_preview_would_have_said_at_that_moment(shop: Database) -> None:
    found = ask(shop, sizes, BOUGHT_THIS_WEEK, 30, now=NOW)
    assert [size.at for size in found] == [ago(days=back) for back in reversed(range(30))]
    for size in found:
        assert size.count == ask(shop, count, BOUGHT_THIS_WEEK, now=size.at)
    assert [size.count for size in found[-17:]] == [0, *[1] * 8, *[0] * 2, *[1] * 6]


VIEWED = {
    "kind": "event_property_equals",
    "eventType": "visit",
    "path": "p",
    "value": "a",
    "days": 2,
}
LATELY: list[dict[str, Any]] = [
    {"kind": "event_type_in_last_days", "eventType": "visit", "days": 2},
    {"kind": "event_count_gte_in_last_days", "eventType": "visit", "days": 4, "minCount": 4},
    {"kind": "event_count_gte_in_last_days", "eventType": "visit", "days": 9, "minCount": 10},
    {"kind": "event_count_gte_in_last_days", "eventType": "visit", "days": 9, "minCount": 12},
    {"kind": "event", "window": {"lastDays": 3}, "count": {"op": "greater", "value": 5}},
    {"kind": "event", "window": {"lastDays": 3}, "count": {"op": "less", "value": 2}},
    VIEWED,
    {"kind": "last_seen", "window": {"lastDays": 2}},
    {"kind": "last_seen", "window": {"olderThanDays": 2}},
]
_BUSY = [LATELY[0], LATELY[7]]


@pytest.fixture
def regulars(database: Database) -> Database:
    """One had more events than a profile keeps, then few; another had a few at a time."""
    for number, pauses in enumerate(([6] * 25 + [30] * 9, [1] * 7 + [70, 1, 150])):
        visits = [
            event(address(number), "visit", ago(hours=back), properties={"p": "ab"[back % 2]})
            for back in accumulate(pauses)
        ]
        ask(database, ingest_many, visits, now=NOW)
    return database


def one_by_one(database: Database, rule: Rule) -> list[Size]:
    moments = [ago(days=back) for back in reversed(range(14))]
    return [Size(at, ask(database, count, rule, now=at)) for at in moments]


@pytest.mark.parametrize(
    "definition",
    [
        *LATELY,
        *({"kind": "all", "rules": [each]} for each in _BUSY),
        *({"kind": "not", "rule": each} for each in _BUSY),
    ],
)
def test_all_days_are_found_at_once_as_one_by_one(
    regulars: Database, definition: dict[str, Any]
) -> None:
    rule = parse(definition)
    found = ask(regulars, sizes, rule, 14, now=NOW)
    assert found == one_by_one(regulars, rule)
    assert len({size.count for size in found}) > 1


def test_so_they_are_for_a_tracked_property(regulars: Database) -> None:
    track(regulars, "p", now=NOW)
    found = ask(regulars, sizes, parse(VIEWED), 14, now=NOW)
    assert found == one_by_one(regulars, parse(VIEWED))


def test_customers_do_not_exist_before_their_first_event(shop: Database) -> None:
    found = ask(shop, sizes, NEVER_BOUGHT, 22, now=NOW)
    numbers = {(NOW - size.at).days: size.count for size in found}
    assert [numbers[days] for days in (21, 20, 16, 15, 10, 5, 3, 0)] == [0, 1, 1, 0, 1, 0, 1, 1]


def test_a_segment_that_it_refers_to_is_followed(shop: Database) -> None:
    saved = ask(
        shop, create_segment, name="Bought", definition=BOUGHT_THIS_WEEK.definition(), now=NOW
    )
    rule = parse({"kind": "segment", "segmentId": str(saved.id)})
    assert ask(shop, sizes, rule, 30, now=NOW) == ask(shop, sizes, BOUGHT_THIS_WEEK, 30, now=NOW)


def test_one_day_is_now(shop: Database) -> None:
    assert ask(shop, sizes, BOUGHT_THIS_WEEK, 1, now=NOW) == [Size(NOW, 1)]


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        (0, "a positive integer"),
        (-1, "a positive integer"),
        (1.5, "a positive integer"),
        ("7", "a positive integer"),
        (True, "a positive integer"),
        (None, "a positive integer"),
        (367, "at most 366"),
    ],
)
def test_days_without_bounds_are_refused(database: Database, days: object, problem: str) -> None:
    with pytest.raises(Invalid, match=f"^days must be {problem}$"):
        ask(database, sizes, BOUGHT_THIS_WEEK, days, now=NOW)


def test_many_conditions_are_asked_of_fewer_days(database: Database) -> None:
    rule = parse({"kind": "any", "rules": [NEVER_BOUGHT.definition()] * 50})
    with pytest.raises(Invalid, match=r"^days must be at most 73 for a rule of 50 conditions$"):
        ask(database, sizes, rule, 74, now=NOW)


def test_all_days_are_of_one_state_of_the_data(shop: Database) -> None:
    with shop.read() as session:
        before = sizes(session, BOUGHT_THIS_WEEK, 30, now=NOW)
        did(shop, address(2), "purchase")
        assert sizes(session, BOUGHT_THIS_WEEK, 30, now=NOW) == before
        session.execute(sa.select(1))
