"""Tracked properties: rules about them need no events, and say what they said before."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.activity import disagreements, ranges, rebuild
from pipeline.customers import erase
from pipeline.database import Database
from pipeline.errors import Conflict, Invalid, NotFound
from pipeline.events import ingest_many
from pipeline.ids import customer_id
from pipeline.models import Event, PropertyActivity, TrackedProperty
from pipeline.rules import parse
from pipeline.rules.paths import Path
from pipeline.segments import count, preview, sizes
from pipeline.sql import typed_text
from pipeline.tracking import Tracked, track, tracked_properties, untrack
from tests.factories import NOW, address, ago, ask, count_rows, did, event
from tests.language import all_of, not_, times, where
from tests.language import event as did_event

LONG = "x" * 2_000
VALUES: list[Any] = ["A", "a", "1", 1, 1.0, 2**70, True, False, "true", None, "", "é", LONG, [1]]


def viewed(value: str, days: int = 30, path: str = "page") -> dict[str, Any]:
    asked = {"eventType": "view", "path": path, "value": value, "days": days}
    return {"kind": "event_property_equals", **asked}


def number(database: Database, definition: dict[str, Any], now: Any = NOW) -> int:
    return ask(database, count, parse(definition), now=now)


@pytest.fixture
def shop(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A customer for each value, who viewed it two days ago, and some other things beside."""
    monkeypatch.setattr(ranges, "CHUNK", 4)
    for n, value in enumerate(VALUES):
        did(database, address(n), "view", ago(days=2), {"page": value, "at": {"page": [value]}})
        did(database, address(n), "visit", ago(days=1), {"page": "A"})
    return database


def without_events(database: Database, look: Callable[[], object]) -> object:
    """What is seen when there are no events to look at."""
    with database.begin() as session:
        kept = session.execute(sa.select(Event.__table__)).all()
        session.execute(sa.delete(Event))
    seen = look()
    with database.begin() as session:
        session.execute(sa.insert(Event), [dict(row._mapping) for row in kept])
    return seen


RULES = [
    viewed("A"),
    viewed("1"),
    viewed(""),
    viewed("A", days=1),
    *(did_event("view", filters=[where("page", "equals", v)]) for v in ("A", 1, True, 2**70)),
    did_event("view", filters=[where("page", "equals", "A")], count=times("equals", 2)),
    did_event(
        "view",
        filters=[where("page", "equals", "A")],
        count=times("greater_or_equal", 2),
        window={"lastDays": 10},
    ),
    did_event("view", filters=[where("page", "equals", "A")], count=times("equals", 0)),
    all_of(did_event("visit"), not_(viewed("A"))),
]
NOT_ANSWERED_BY_PROFILES = [
    did_event("view", filters=[where("page", "equals", LONG)]),
    did_event(None, filters=[where("page", "equals", "A")]),
    did_event("view", filters=[where("page", "equals", "A"), where("sku", "missing")]),
    did_event("view", filters=[where("page", "not_equals", "A")]),
]


# ----------------------------------------------------------------------------------------- answers
@pytest.mark.parametrize("definition", [*RULES, *NOT_ANSWERED_BY_PROFILES])
def test_a_rule_says_the_same_when_its_property_is_tracked(
    shop: Database, definition: dict[str, Any]
) -> None:
    did(shop, address(0), "view", ago(days=5), {"page": "A"})
    before = ask(shop, preview, parse(definition), now=NOW)
    days_before = ask(shop, sizes, parse(definition), 7, now=NOW)
    track(shop, "page", now=NOW)
    assert ask(shop, preview, parse(definition), now=NOW) == before
    assert ask(shop, sizes, parse(definition), 7, now=NOW) == days_before


@pytest.mark.parametrize("definition", RULES)
def test_profiles_answer_for_a_tracked_property(shop: Database, definition: dict[str, Any]) -> None:
    track(shop, "page", now=NOW)
    before = number(shop, definition)
    assert without_events(shop, lambda: number(shop, definition)) == before


@pytest.mark.parametrize(
    ("path", "filter_path"),
    [("page", "page"), (["at", "page", 0], ["at", "page", 0]), (["page"], "page")],
)
def test_a_property_can_be_anywhere_in_the_events(
    shop: Database, path: Path, filter_path: Path
) -> None:
    track(shop, path, now=NOW)
    asked = did_event("view", filters=[where(filter_path, "equals", "A")])
    assert without_events(shop, lambda: number(shop, asked)) == 1


@pytest.mark.parametrize("path", ["no.such", ["page", 7], ["at", "page", "0"], ["at", 0], "o'\"{b"])
def test_a_path_that_leads_nowhere_finds_nobody(shop: Database, path: Path) -> None:
    track(shop, path, now=NOW)
    assert number(shop, did_event("view", filters=[where(path, "equals", "A")])) == 0
    assert count_rows(shop, PropertyActivity) == 0


def test_events_that_come_later_count_at_once(shop: Database) -> None:
    track(shop, "page", now=NOW)
    did(shop, address(1), "view", ago(hours=1), {"page": "A"}, key="once")
    did(shop, address(1), "view", ago(hours=1), {"page": "A"}, key="once")
    rows = [
        event(address(n % 5), "view", ago(days=n % 9), properties={"page": "A"}) for n in range(99)
    ]
    ask(shop, ingest_many, rows, now=NOW)
    often = did_event("view", filters=[where("page", "equals", "A")], count=times("greater", 19))
    found = [number(shop, viewed("A")), number(shop, viewed("A", 1)), number(shop, often)]
    assert found == [5, 5, 4]
    assert ask(shop, disagreements) == 0


def test_who_is_erased_is_in_no_profile(shop: Database) -> None:
    track(shop, "page", now=NOW)
    ask(shop, erase, customer_id(address(0)))
    assert number(shop, viewed("A")) == 0
    assert ask(shop, disagreements) == 0


# ---------------------------------------------------------------------------------------- building
def test_tracking_twice_changes_nothing(shop: Database) -> None:
    track(shop, "page", now=NOW)
    rows = count_rows(shop, PropertyActivity)
    track(shop, "page", now=NOW)
    assert count_rows(shop, PropertyActivity) == rows == 2 * len(VALUES) - 3
    assert ask(shop, tracked_properties) == [Tracked("page", "ready")]


def test_an_interrupted_building_goes_on_where_it_was(shop: Database) -> None:
    def stop(done: int, _total: int) -> None:
        if done > len(VALUES) / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        track(shop, "page", now=NOW, on_progress=stop)
    assert ask(shop, tracked_properties) == [Tracked("page", "building")]
    assert 0 < count_rows(shop, PropertyActivity) < 2 * len(VALUES) - 3
    assert number(shop, viewed("A")) == 1
    did(shop, address(1), "view", NOW, {"page": "A"})
    steps: list[int] = []
    track(shop, "page", now=NOW, on_progress=lambda done, total: steps.append(total))
    assert len(steps) < len(VALUES) / 4
    assert number(shop, viewed("A")) == 2
    assert ask(shop, disagreements) == 0


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_an_event_that_is_being_stored_meanwhile_is_waited_for(shop: Database) -> None:
    tracking_ = threading.Thread(target=track, args=(shop, "page"), kwargs={"now": NOW})
    with shop.begin() as session:
        rows = [event(address(99), "view", NOW, properties={"page": "A"})]
        ingest_many(session, rows, now=NOW)  # which knows of no tracked property
        tracking_.start()
        tracking_.join(0.5)
        assert tracking_.is_alive()
    tracking_.join()
    assert number(shop, viewed("A")) == 2
    assert ask(shop, disagreements) == 0


@pytest.mark.parametrize("path", ["", []])
def test_nothing_is_no_path(database: Database, path: Path) -> None:
    with pytest.raises(Invalid, match="path must not be empty"):
        track(database, path, now=NOW)


@pytest.mark.parametrize("path", ["\0", ["at", "\0"], "\ud800", ["at", 0, "\udfff"]], ids=ascii)
@pytest.mark.parametrize("do", [partial(track, now=NOW), untrack], ids=["track", "untrack"])
def test_a_path_that_no_property_can_have_is_refused_and_harms_no_event(
    database: Database, do: Callable[..., object], path: Path
) -> None:
    with pytest.raises(Invalid, match=r"path must not contain (NUL|lone)"):
        do(database, path=path)
    assert did(database, address(1), "view", properties={"at": []}).created


def test_a_path_can_be_too_long_to_be_tracked(database: Database) -> None:
    with pytest.raises(Invalid, match="path must be at most 200 characters long"):
        track(database, LONG, now=NOW)


# ---------------------------------------------------------------------------------------- removing
def test_what_is_no_longer_tracked_leaves_nothing_behind(shop: Database) -> None:
    track(shop, "page", now=NOW)
    untrack(shop, "page")
    did(shop, address(1), "view", NOW, {"page": "A"})
    assert count_rows(shop, PropertyActivity) == count_rows(shop, TrackedProperty) == 0
    assert number(shop, viewed("A")) == 2


def test_a_half_removed_property_is_asked_of_the_events_and_can_be_removed_again(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    track(shop, "page", now=NOW)
    with pytest.raises(KeyboardInterrupt):
        untrack(shop, "page", on_progress=stop)
    assert number(shop, viewed("A")) == 1
    with pytest.raises(Conflict, match="The property is being removed"):
        track(shop, "page", now=NOW)
    untrack(shop, "page")
    assert ask(shop, tracked_properties) == []


def test_what_is_not_tracked_cannot_be_removed(database: Database) -> None:
    with pytest.raises(NotFound, match="Tracked property not found"):
        untrack(database, "page")


def test_a_building_ends_when_another_was_faster(shop: Database) -> None:
    others = [partial(track, shop, "page", now=NOW)]
    track(shop, "page", now=NOW, on_progress=lambda *_: others and others.pop()())
    assert ask(shop, tracked_properties) == [Tracked("page", "ready")]
    assert ask(shop, disagreements) == 0


def test_a_building_ends_when_the_property_is_removed(shop: Database) -> None:
    with pytest.raises(Conflict, match="The property is no longer being built"):
        track(shop, "page", now=NOW, on_progress=lambda *_: untrack(shop, "page"))
    assert count_rows(shop, PropertyActivity) == 0


# ------------------------------------------------------------------------------------- disagreeing
def test_a_wrong_profile_is_found_and_mended(shop: Database) -> None:
    track(shop, "page", now=NOW)
    with shop.begin() as session:
        session.execute(sa.update(PropertyActivity).values(event_count=7))
    wrong = ask(shop, disagreements)
    assert wrong == count_rows(shop, PropertyActivity)
    assert rebuild(shop).wrong == wrong
    assert ask(shop, disagreements) == 0


def test_values_of_profiles_are_what_they_were_in_the_events(shop: Database) -> None:
    track(shop, "page", now=NOW)
    kept = ask(shop, lambda session: session.scalars(sa.select(PropertyActivity.value)).all())
    short = [value for value in VALUES if value is not None and value not in (LONG, [1])]
    expected = [*short, *["A"] * len(VALUES)]
    assert sorted(map(typed_text, kept)) == sorted(map(typed_text, expected))
