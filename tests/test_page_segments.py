"""Segments: compose an audience, see at once who is in it and why, save it."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from factories import BUYERS, NOW, ago, ask, bought, buyers, did
from screens import links
from streamlit.testing.v1 import AppTest

from pages.audience import members
from pages.builder.known import Known
from pages.parts import literal
from pipeline.campaigns import create_campaign
from pipeline.database import Database, default
from pipeline.models import Segment
from pipeline.rules import parse
from pipeline.segments import create_segment, get_segment, list_segments, update_segment
from pipeline.smart import understand
from pipeline.tracking import track

Screen = Callable[..., AppTest]

DID = {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 30}
WINDOW = {"lastDays": 7}
#: One rule of each kind, with each form that a field of it can have.
ALL_KINDS: dict[str, Any] = {
    "kind": "any",
    "rules": [
        DID,
        {**DID, "kind": "event_property_equals", "path": "sku", "value": "42"},
        {**DID, "kind": "event_count_gte_in_last_days", "minCount": 2},
        {
            "kind": "event",
            "eventType": None,
            "filters": [
                {"path": "total", "op": "equals", "value": 42},
                {"path": ["items", 0, "a.b"], "op": "in", "value": ["42", 42, True]},
                {"path": "first name", "op": "greater", "value": 0.1},
                {"path": "utm.source", "op": "contains", "value": "42"},
                {"path": "account", "op": "not_equals", "value": "1" * 350},
                {"path": ["sku"], "op": "missing"},
            ],
            "window": {"between": ["2026-06-01", "2026-06-10"]},
            "count": {"op": "not_equals", "value": 0},
        },
        {
            "kind": "event_value",
            "eventType": "purchase",
            "filters": [],
            "window": None,
            "path": ["items", 0, "price"],
            "aggregate": "avg",
            "op": "less",
            "value": 1e20,
        },
        {
            "kind": "sequence",
            "first": {"eventType": "added_to_cart", "filters": []},
            "then": {
                "eventType": "purchase",
                "filters": [{"path": "sku", "op": "not_equals", "value": "A"}],
            },
            "withinHours": 24,
            "window": {"olderThanDays": 2},
            "negate": True,
        },
        {"kind": "not", "rule": {"kind": "not", "rule": {"kind": "first_seen", "window": WINDOW}}},
        {"kind": "not", "rule": {"kind": "all", "rules": [{"kind": "last_seen", "window": None}]}},
        {"kind": "email", "op": "ends_with", "value": "@example.com"},
        {"kind": "email", "op": "in", "value": ["ada@example.com", "bob@example.com"]},
    ],
}


def saved(database: Database, definition: dict[str, Any] = BUYERS, name: str = "Buyers") -> str:
    return str(ask(database, create_segment, name=name, definition=definition, now=NOW).id)


def garble(database: Database, name: str) -> None:
    """Give the segment of this name a rule that this program cannot read."""
    change = sa.update(Segment).where(Segment.name == name).values(definition={"kind": "x"})
    with database.begin() as session:
        session.execute(change)


def generate(page: AppTest, prompt: str) -> None:
    """Say it in one's own words."""
    by_label(page.text_input, "In your own words")[0].set_value(prompt)
    click(page, "Generate")


def definition_of(database: Database, segment_id: str) -> dict[str, Any]:
    return ask(database, get_segment, uuid.UUID(segment_id)).definition


def said(page: AppTest) -> list[str]:
    """All texts of a page that are no inputs."""
    assert list(page.exception) == []
    return [each.value for each in (*page.markdown, *page.caption, *page.info, *page.warning)]


def matching(page: AppTest) -> str | None:
    """The number of customers who match, as it is shown."""
    assert list(page.exception) == []
    return page.metric[0].value if page.metric else None


def by_label(elements: Any, label: str) -> list[Any]:
    return [each for each in elements if each.label == label]


def click(page: AppTest, label: str) -> None:
    by_label(page.button, label)[0].click().run()
    assert list(page.exception) == []


def change(page: AppTest, label: str, option: str, which: int = 0) -> None:
    by_label(page.main.get("menu_button"), label)[which].click(option).run()
    assert list(page.exception) == []


def choose(page: AppTest, label: str, value: str | None, which: int = 0) -> None:
    by_label(page.selectbox, label)[which].set_value(value).run()


def enter(page: AppTest, label: str, text: str, which: int = 0) -> None:
    by_label(page.text_input, label)[which].set_value(text).run()


# ---------------------------------------------------------------------------------- saved segments
def test_without_segments_there_is_a_way_to_the_first(database: Database, screen: Screen) -> None:
    page = screen(database, "segments")
    assert "There is none yet." in said(page)
    click(page, "New segment")
    assert "Add a condition, or say in your own words who it is about." in said(page)
    assert matching(page) is None


def test_saved_segments_are_listed_with_what_they_mean_and_their_size(
    database: Database, screen: Screen
) -> None:
    buyers(database, 3)
    did(database, "visitor@example.com", "visit")
    saved(database, name="*Buyers*")
    page = screen(database, "segments")
    assert links(page) == [r"\*Buyers\*"]
    assert {"Customers who did purchase in the last 30 days.", "**3** :small[(75%)]"} <= {
        *said(page)
    }


def test_a_segment_that_cannot_be_read_is_listed_with_the_others(
    database: Database, screen: Screen
) -> None:
    saved(database, name="Ours")
    saved(database, name="Theirs")
    garble(database, "Theirs")
    page = screen(database, "segments")
    assert sorted(links(page)) == ["Ours", "Theirs"]
    assert "Customers who did purchase in the last 30 days." in said(page)
    (error,) = page.error
    assert error.value.startswith("The rule of the segment 'Theirs' cannot be read (")


def test_a_segment_that_takes_too_long_can_still_be_changed(
    database: Database, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.database.patience.PATIENCE_S", 0.001)
    monkeypatch.setattr("pipeline.database.patience._STEPS", 1)
    many = [{**BUYERS, "eventType": f"type {number}"} for number in range(40)]
    page = screen(database, "segments", segment=saved(database, {"kind": "any", "rules": many}))
    assert page.error[0].value.startswith("The answer takes longer than")
    assert by_label(page.text_input, "Name")[0].value == "Buyers"
    assert "Save" in [button.label for button in page.button]
    page = screen(database, "segments")
    assert ":small[takes too long]" in said(page)


def test_segments_are_found_by_name(database: Database, screen: Screen) -> None:
    saved(database, name="Buyers")
    saved(database, name="Visitors")
    page = screen(database, "segments", search="visit")
    assert links(page) == ["Visitors"]
    enter(page, "Search by name", "nothing like it")
    assert "No segment has that in its name." in said(page)


def test_a_long_list_comes_by_the_page(database: Database, screen: Screen) -> None:
    for number in range(10):
        saved(database, name=f"Segment {number}")
    page = screen(database, "segments")
    assert len(page.main.page_link) == 8
    page.main.get("pagination")[0].set_value(2).run()
    assert len(page.main.page_link) == 2
    assert len(screen(database, "segments", page="2").main.page_link) == 2


def test_a_search_begins_at_the_first_page(database: Database, screen: Screen) -> None:
    for number in range(20):
        saved(database, name=f"Segment {number}")
    page = screen(database, "segments", page="2")
    enter(page, "Search by name", "segment 1")
    assert len(links(page)) == 8
    assert page.main.get("pagination")[0].value == 1


@pytest.mark.parametrize("segment", ["00000000-0000-4000-8000-000000000000", "abc"])
def test_an_unknown_segment_is_said_to_be_unknown(
    database: Database, screen: Screen, segment: str
) -> None:
    page = screen(database, "segments", segment=segment)
    sentence = "This segment is not here: it was deleted, or the address has a mistake."
    assert [info.value for info in page.info] == [sentence]
    assert [link.label for link in page.main.page_link] == ["All segments"]


# ------------------------------------------------------------------------------------ live preview
def test_an_unfinished_rule_says_what_is_missing_and_shows_no_number(
    database: Database, screen: Screen
) -> None:
    buyers(database, 3)
    did(database, "visitor@example.com", "visit")
    page = screen(database, "segments", segment="new")
    change(page, "Add a condition", "event_type_in_last_days")
    assert matching(page) is None
    assert ":orange[:material/edit:] Choose an event type." in said(page)
    choose(page, "Event type", "purchase")
    assert matching(page) == "3"
    assert {"75% of all 4 customers", "Customers who did purchase in the last 30 days."} <= {
        *said(page)
    }
    enter(page, "Days", "")
    assert matching(page) is None
    assert ":orange[:material/edit:] Say how many days." in said(page)
    enter(page, "Days", "9999")
    assert any("a whole number from 1 to 3,650." in text for text in said(page))


def test_the_number_follows_what_is_typed(database: Database, screen: Screen) -> None:
    bought(database, "ada@example.com", ago(days=10))
    bought(database, "bob@example.com", ago(days=20))
    page = screen(database, "segments", segment=saved(database))
    assert matching(page) == "2"
    enter(page, "Days", "15")
    assert matching(page) == "1"
    assert links(page)[1:] == ["ada@:small[]example.com"]


def test_a_slow_preview_says_how_it_could_be_quick(
    database: Database, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.audience.preview._SLOW_S", 0.0)
    bought(database, "ada@example.com")
    rule = {"kind": "event_property_equals", "eventType": "purchase", "path": "a b", "days": 30}
    segment = saved(database, {**rule, "value": "x"})
    page = screen(database, "segments", segment=segment)
    command = "python -m pipeline track-property '\"a b\"'"
    assert command in [code.value for code in page.code]
    assert any('as events are asked for "a b"' in text for text in said(page))
    track(database, "a b", now=NOW)
    page = screen(database, "segments", segment=segment)
    assert command not in [code.value for code in page.code]


def test_opening_a_segment_changes_nothing_whatever_its_rule(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@example.com")
    segment = saved(database)
    rules = [*ALL_KINDS["rules"], {"kind": "segment", "segmentId": segment}]
    everything = saved(database, {**ALL_KINDS, "rules": rules}, "Everything")
    page = screen(database, "segments", segment=everything)
    assert matching(page) == "1"
    page.run()
    assert ":green-badge[Saved]" in said(page)
    before = definition_of(database, everything)
    click(page, "Save")
    assert definition_of(database, everything) == before


def test_each_condition_says_how_many_match_it_alone(database: Database, screen: Screen) -> None:
    buyers(database, 3)
    did(database, "c000@example.com", "visit")
    did(database, "visitor@example.com", "visit")
    visited = {**DID, "eventType": "visit"}
    page = screen(
        database, "segments", segment=saved(database, {"kind": "all", "rules": [DID, visited]})
    )
    badges = [text for text in said(page) if text.startswith(":gray-badge[")]
    assert badges == [f":gray-badge[:material/group: {found}]" for found in (1, 3, 2)]


def test_what_looks_like_a_mistake_is_said_beside_the_number(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "segments", segment=saved(database, {**DID, "eventType": "purchse"}))
    assert matching(page) == "0"
    assert any(each.value.endswith('did you mean "purchase"?') for each in page.warning)


def test_what_several_conditions_have_in_common_is_said_once(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@example.com")
    often = {**DID, "kind": "event_count_gte_in_last_days", "minCount": 1}
    rule = {"kind": "all", "rules": [DID, often]}
    page = screen(database, "segments", segment=saved(database, rule))
    assert [warning.value[:15] for warning in page.warning] == ["The time looked"]


def test_texts_from_data_are_shown_as_they_stand(database: Database, screen: Screen) -> None:
    did(database, "ada@example.com", "*bold* :tada:")
    page = screen(
        database, "segments", segment=saved(database, {**DID, "eventType": "*bold* :tada:"})
    )
    assert matching(page) == "1"
    sentence = parse({**DID, "eventType": "*bold* :tada:"}).sentence()
    assert f"Customers who {literal.markdown(sentence)}." in said(page)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_database_that_goes_away_is_one_sentence_until_it_is_back(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "segments", segment=saved(database))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE activity RENAME TO gone")
    page.run()
    assert ["no such table: activity" in error.value for error in page.error] == [True]
    assert matching(page) is None
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO activity")
    page.run()
    assert matching(page) == "1"


def test_the_first_of_many_come_by_the_page(database: Database, screen: Screen) -> None:
    buyers(database, 60)
    page = screen(database, "segments", segment=saved(database))
    assert [name[:4] for name in links(page)[1:]] == [f"c00{n}" for n in range(10)]
    assert "The first 50 of 60, by e-mail." in said(page)
    page.main.get("pagination")[0].set_value(5).run()
    assert [name[:4] for name in links(page)[1:]] == [f"c04{n}" for n in range(10)]


# ------------------------------------------------------------------------------------- composition
def test_conditions_are_added_changed_and_taken_back(database: Database, screen: Screen) -> None:
    buyers(database, 2)
    did(database, "visitor@example.com", "visit")
    page = screen(database, "segments", segment=saved(database))
    change(page, "Change", "Turn into the opposite")
    assert matching(page) == "1"
    click(page, "Undo")
    assert matching(page) == "2"
    change(page, "Add a condition", "email")
    enter(page, "Address", "c001")
    choose(page, "Comparison", "contains")
    assert matching(page) == "1"
    page.segmented_control[0].set_value("any").run()
    assert matching(page) == "2"
    change(page, "Change", "Remove", which=2)
    assert "Customers who did purchase in the last 30 days." in said(page)


def test_a_condition_that_becomes_another_kind_keeps_its_type_and_time(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "segments", segment=saved(database))
    choose(page, "Kind of condition", "event")
    assert "Customers who did purchase in the last 30 days." in said(page)
    choose(page, "How often", "equals")
    enter(page, "Times", "2")
    assert matching(page) == "0"


def test_properties_and_values_are_picked_from_what_exists(
    database: Database, screen: Screen
) -> None:
    did(database, "ada@example.com", "purchase", properties={"zip": "10115", "total": 42})
    did(database, "bob@example.com", "purchase", properties={"zip": "10117", "total": 7.5})
    event = {"kind": "event", "eventType": "purchase"}
    page = screen(database, "segments", segment=saved(database, event))
    click(page, "filter")
    (properties,) = by_label(page.selectbox, "Property")
    assert properties.options == ["zip\u2002·\u20022", "total\u2002·\u20022"]
    choose(page, "Property", "zip")
    (values,) = by_label(page.selectbox, "Value")
    assert values.options == ['"10115"\u2002·\u20021', '"10117"\u2002·\u20021']
    choose(page, "Value", '"10115"')
    assert matching(page) == "1"
    assert 'Customers who did purchase with zip "10115".' in said(page)
    choose(page, "Property", "total")
    choose(page, "Comparison", "greater")
    enter(page, "Value", "7.5")
    assert "Customers who did purchase with total more than 7.5." in said(page)
    assert matching(page) == "1"


def test_only_properties_that_are_texts_are_offered_to_equal_one(
    database: Database, screen: Screen
) -> None:
    properties = {"sku": "A", "total": 42, "utm": {"source": "mail"}}
    did(database, "ada@example.com", "purchase", properties=properties)
    page = screen(database, "segments", segment="new")
    change(page, "Add a condition", "event_property_equals")
    choose(page, "Event type", "purchase")
    assert by_label(page.selectbox, "Property")[0].options == ["sku\u2002·\u20021"]


def test_of_a_type_that_cannot_be_there_are_no_properties(
    database: Database, screen: Screen
) -> None:
    screen(database, "segments")
    with default().read() as session:
        known = Known(session, without=None)
    assert known.properties("a\0b") == {}
    assert known.note is None


def test_the_last_day_of_a_window_is_in_it(database: Database, screen: Screen) -> None:
    for day in (1, 9, 10, 11):
        bought(database, f"{day}@example.com", datetime(2026, 6, day, 12, tzinfo=UTC))
    window = {"between": ["2026-06-01", "2026-06-10"]}
    event = {"kind": "event", "eventType": "purchase", "window": window}
    segment = saved(database, event)
    page = screen(database, "segments", segment=segment)
    (last,) = by_label(page.date_input, "Last day")
    assert last.value == date(2026, 6, 9)
    assert matching(page) == "2"
    last.set_value(date(2026, 6, 10)).run()
    assert matching(page) == "3"
    assert "Customers who did purchase from 2026-06-01 to 2026-06-10." in said(page)
    click(page, "Undo")
    assert by_label(page.date_input, "Last day")[0].value == date(2026, 6, 9)
    assert matching(page) == "2"
    by_label(page.date_input, "Last day")[0].set_value(date(2026, 6, 10)).run()
    click(page, "Save")
    assert definition_of(database, segment)["window"] == {"between": ["2026-06-01", "2026-06-11"]}
    page = screen(database, "segments", segment=segment)
    assert by_label(page.date_input, "Last day")[0].value == date(2026, 6, 10)


@pytest.mark.parametrize("days", [["0001-01-01", "0001-01-01"], ["9999-12-31", "9999-12-31"]])
def test_the_first_and_the_last_of_all_days_can_be_shown(
    database: Database, screen: Screen, days: list[str]
) -> None:
    rule = {"kind": "first_seen", "window": {"between": days}}
    page = screen(database, "segments", segment=saved(database, rule))
    assert matching(page) == "0"


def test_a_rule_too_deep_says_so(database: Database, screen: Screen) -> None:
    definition: dict[str, Any] = DID
    for _ in range(9):
        definition = {"kind": "any", "rules": [definition]}
    page = screen(database, "segments", segment=saved(database, definition))
    change(page, "Change", "Turn into the opposite")
    assert [error.value for error in page.error] == ["Definition must be at most 10 rules deep"]
    assert matching(page) is None


# ------------------------------------------------------------------------------------ own words
def test_a_sentence_becomes_a_rule_and_what_is_not_in_it_is_said(
    database: Database, screen: Screen
) -> None:
    did(database, "ada@example.com", "added_to_cart")
    page = screen(database, "segments", segment="new")
    prompt = "added to cart but did not purchase in the last 7 days and likes blue shoes"
    generate(page, prompt)
    sentence = understand(prompt).rule.sentence()
    assert f":material/check: Understood: customers who {sentence}." in said(page)
    assert 'Not understood, and left out: "likes blue shoes".' in said(page)
    assert matching(page) == "1"
    enter(page, "Days", "14")
    assert not [text for text in said(page) if "nderstood" in text]


def test_a_sentence_may_speak_of_any_event_type_that_there_is(
    database: Database, screen: Screen
) -> None:
    did(database, "ada@example.com", "*newsletter*_opened")
    page = screen(database, "segments", segment="new")
    prompt = "opened the newsletter for tea in the last 7 days"
    generate(page, prompt)
    assert matching(page) == "1"
    understood = r'did "\*newsletter\*\_opened" in the last 7 days'
    assert f":material/check: Understood: customers who {understood}." in said(page)
    assert 'Not understood, and left out: "tea".' in said(page)


def test_an_empty_prompt_is_refused(database: Database, screen: Screen) -> None:
    page = screen(database, "segments", segment="new")
    click(page, "Generate")
    assert [error.value for error in page.error] == [
        "Say first, in your own words, who it is about."
    ]


# ------------------------------------------------------------------------------------------ saving
def test_a_new_segment_is_saved_under_its_name(database: Database, screen: Screen) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "segments", segment="new")
    assert ":gray-badge[Not saved yet]" in said(page)
    change(page, "Add a condition", "event_type_in_last_days")
    choose(page, "Event type", "purchase")
    click(page, "Save")
    assert [error.value for error in page.error] == ["Segment name is required"]
    enter(page, "Name", " Buyers ")
    click(page, "Save")
    (segment,) = ask(database, list_segments)
    assert (segment.name, segment.definition) == ("Buyers", {"kind": "all", "rules": [DID]})
    assert page.query_params["segment"] == str(segment.id)
    assert ":green-badge[Saved]" in said(page)


@pytest.mark.parametrize("label", ["Name", "Description (optional)"])
def test_a_new_segment_is_begun_by_its_name_alone(
    database: Database, screen: Screen, label: str
) -> None:
    page = screen(database, "segments", segment="new")
    enter(page, label, "Buyers")
    del page.query_params["segment"]
    page.run()
    click(page, "Continue the new segment")
    assert by_label(page.text_input, label)[0].value == "Buyers"


def test_a_sentence_that_says_nothing_leaves_the_rule_as_it_is(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "segments", segment=saved(database))
    generate(page, "colourless green ideas")
    remark = "Nothing in these words was understood: the rule stays as it is."
    assert [text for text in said(page) if "nderstood" in text] == [remark]
    assert "Customers who did purchase in the last 30 days." in said(page)
    assert ":green-badge[Saved]" in said(page)


def test_changes_are_said_until_they_are_saved_or_discarded(
    database: Database, screen: Screen
) -> None:
    segment = saved(database)
    page = screen(database, "segments", segment=segment)
    enter(page, "Days", "7")
    assert ":orange-badge[Unsaved changes]" in said(page)
    click(page, "Save")
    assert definition_of(database, segment)["days"] == 7
    enter(page, "Name", "Recent buyers")
    assert ":orange-badge[Unsaved changes]" in said(page)
    click(page, "Discard")
    assert ":green-badge[Saved]" in said(page)
    assert by_label(page.text_input, "Name")[0].value == "Buyers"


def test_a_value_that_becomes_true_instead_of_1_is_a_change(
    database: Database, screen: Screen
) -> None:
    did(database, "ada@example.com", "purchase", properties={"newsletter": True})
    filters = [{"path": "newsletter", "op": "equals", "value": 1}]
    event = {"kind": "event", "eventType": "purchase", "filters": filters}
    segment = saved(database, event)
    page = screen(database, "segments", segment=segment)
    choose(page, "Value", "true")
    assert ":orange-badge[Unsaved changes]" in said(page)
    click(page, "Save")
    assert definition_of(database, segment)["filters"][0]["value"] is True


def test_what_somebody_else_saved_meanwhile_is_said(database: Database, screen: Screen) -> None:
    segment = saved(database)
    page = screen(database, "segments", segment=segment)
    enter(page, "Days", "7")
    with database.begin() as session:
        theirs = next(each for each in list_segments(session))
        theirs.name, theirs.updated_at = "Theirs", ago(minutes=-1)
    page.run()
    assert "Somebody else has saved this segment since." in said(page)
    click(page, "Discard")
    assert by_label(page.text_input, "Name")[0].value == "Theirs"


def test_what_somebody_else_saved_is_only_overwritten_once_that_is_confirmed(
    database: Database, screen: Screen
) -> None:
    segment = saved(database)
    page = screen(database, "segments", segment=segment)
    enter(page, "Days", "7")
    theirs = {**BUYERS, "days": 90}
    fields = {"name": "Theirs", "definition": theirs, "now": ago(minutes=-1)}
    ask(database, update_segment, uuid.UUID(segment), **fields)
    click(page, "Save")
    assert "Now **Theirs** are customers who did purchase in the last 90 days." in said(page)
    assert definition_of(database, segment) == theirs


def test_a_segment_whose_user_cannot_be_read_says_so_when_it_is_saved(
    database: Database, screen: Screen
) -> None:
    segment = saved(database)
    saved(database, {"kind": "segment", "segmentId": segment}, "Theirs")
    garble(database, "Theirs")
    page = screen(database, "segments", segment=segment)
    enter(page, "Days", "7")
    click(page, "Save")
    (error,) = page.error
    assert error.value.startswith("The rule of the segment 'Theirs' cannot be read (")
    assert "Somebody else has saved this segment since." not in said(page)


def test_a_segment_that_would_be_made_of_itself_is_refused_in_words_of_the_page(
    database: Database, screen: Screen
) -> None:
    buyers_id = saved(database)
    user_id = saved(database, {"kind": "segment", "segmentId": buyers_id}, "Users")
    page = screen(database, "segments", segment=buyers_id)
    change(page, "Add a condition", "segment")
    choose(page, "Segment", user_id)
    click(page, "Save")
    assert [error.value for error in page.error] == [
        "A segment cannot be made of itself: one that this rule names is made of this one"
    ]


def test_a_duplicate_is_a_segment_of_its_own(database: Database, screen: Screen) -> None:
    page = screen(database, "segments", segment=saved(database))
    click(page, "Duplicate")
    names = {each.name: each.definition for each in ask(database, list_segments)}
    assert names == {"Buyers": BUYERS, "Copy of Buyers": BUYERS}
    assert by_label(page.text_input, "Name")[0].value == "Copy of Buyers"


def test_a_segment_is_only_deleted_once_that_is_confirmed(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "segments", segment=saved(database))
    click(page, "Delete")
    assert "**Buyers** goes; the customers in it stay." in said(page)
    assert len(ask(database, list_segments)) == 1


def test_a_segment_that_is_used_says_by_what_and_stays(database: Database, screen: Screen) -> None:
    segment = saved(database)
    rule = {"kind": "segment", "segmentId": str(segment)}
    ask(database, create_segment, name="*All*", definition=rule, now=NOW)
    ask(database, create_campaign, name="Thanks", segment_id=uuid.UUID(segment), now=NOW)
    page = screen(database, "segments", segment=segment)
    click(page, "Delete")
    assert "- the campaign Thanks\n- the segment \\*All\\*" in said(page)
    assert [button.label for button in page.button].count("Delete") == 1


# ------------------------------------------------------------------------------------ why, and who
def test_why_a_customer_is_in_it_is_shown_with_the_events(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@example.com", ago(hours=2), sku="*A*")
    page = screen(database, "segments", segment=saved(database))
    click(page, "Why?")
    assert {
        "**is in this audience.**",
        ":green[:material/check_circle:] Did purchase in the last 30 days",
        "1 such event, the newest 2 hours ago:",
        "**purchase**",
        ':gray[sku]\u00a0"\\*A\\*"',
    } <= {*said(page)}


def test_all_members_are_exported(database: Database, screen: Screen) -> None:
    emails = buyers(database, 60)
    screen(database, "segments")
    lines = members.as_csv(parse(BUYERS), NOW).getvalue().decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines] == ["email", *emails]
