"""How large an audience was on each of the last days."""

import pytest
import sqlalchemy as sa

from pipeline.database import Database
from pipeline.errors import Invalid
from pipeline.rules import parse
from pipeline.segments import Size, count, create_segment, sizes
from tests.factories import NOW, address, ago, ask, did

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


def test_all_days_are_of_one_state_of_the_data(shop: Database) -> None:
    with shop.read() as session:
        before = sizes(session, BOUGHT_THIS_WEEK, 30, now=NOW)
        did(shop, address(2), "purchase")
        assert sizes(session, BOUGHT_THIS_WEEK, 30, now=NOW) == before
        session.execute(sa.select(1))
