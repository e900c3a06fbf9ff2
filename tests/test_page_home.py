"""Home: a welcome on an empty pipeline, and what goes on in one that is used."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from factories import NOW, ago, approved_campaign, ask, bought, buyers, did
from screens import bars, links, metrics, open_screen
from streamlit.testing.v1 import AppTest

from pipeline.database import Database
from pipeline.demo import load_demo
from pipeline.models import EmailDraft, Event
from pipeline.segments import create_segment

Screen = Callable[..., AppTest]


# ----------------------------------------------------------------------------------------- welcome
def test_an_empty_pipeline_welcomes_and_says_how_to_begin(
    database: Database, screen: Screen
) -> None:
    page = screen(database)
    assert [title.value for title in page.title] == ["Welcome"]
    assert [button.label for button in page.button] == ["Load demo data"]
    assert metrics(page) == {}


def test_demo_data_is_loaded_by_one_button(database: Database, short: None, screen: Screen) -> None:
    page = screen(database)
    page.button[0].click().run(timeout=120)
    assert list(page.exception) == []
    assert [title.value for title in page.title] == ["Home"]
    assert int(metrics(page)["Customers"]) > 100


def test_a_load_of_the_demo_data_that_was_interrupted_is_finished_from_home(
    database: Database, short: None, screen: Screen
) -> None:
    load_demo(database, now=NOW)
    assert [button.label for button in screen(database).button] == []
    with database.begin() as session:  # as it is before the last step
        session.execute(sa.update(EmailDraft).values(status="generated"))
        session.execute(sa.delete(Event).where(Event.type == "search"))
    page = screen(database)
    assert [button.label for button in page.button] == ["Load the rest"]
    page.button[0].click().run(timeout=120)
    assert list(page.exception) == []
    assert [button.label for button in page.button] == []
    with database.read() as session:
        assert session.scalar(sa.select(Event.id).where(Event.type == "search").limit(1))


def test_the_way_to_the_api_is_on_an_empty_page_as_on_a_full_one(
    database: Database, screen: Screen
) -> None:
    page = screen(database)
    bought(database, "ada@example.com")
    for _ in range(2):
        assert "[/api/docs](/api/docs)" in page.expander[0].markdown[0].value
        assert page.code[0].value.startswith("curl -d")
        assert page.code[0].value.endswith(" http://localhost:8501/api/events")
        page.run()


# ---------------------------------------------------------------------------------------- overview
def test_the_numbers_are_those_of_the_pipeline(database: Database, screen: Screen) -> None:
    buyers(database, 1_000)
    bought(database, "c000@example.com", ago(days=8))
    bought(database, "c001@example.com", ago(days=8))
    page = screen(database)
    assert list(page.button) == []
    assert metrics(page) == {
        "Customers": "1,000",
        "Active in 7 days": "1,000",
        "Active in 30 days": "1,000",
        "Events": "1,002",
    }
    assert [metric.delta for metric in page.metric] == ["", "+49,900.0%", "", ""]


def test_the_newest_events_lead_to_their_customers(database: Database, screen: Screen) -> None:
    did(database, "*ada*@example.com", "login", ago(minutes=2))
    bought(database, "bob@example.com")
    page = screen(database)
    # The address as it is, not what Markdown would make of it.
    assert links(page)[:2] == ["bob@:small[]example.com", r"\*ada\*@:small[]example.com"]
    said = [caption.value for caption in page.caption]
    assert "15 Jun 2026, 13:58 · login" in said
    assert "Times are in Europe/Berlin, now UTC+02:00." in said


def test_segments_come_by_size_and_campaigns_as_funnels(database: Database, screen: Screen) -> None:
    buyers(database, 3)
    did(database, "ada@example.com", "login")
    approved_campaign(database)
    rule = {"kind": "event_type_in_last_days", "eventType": "login", "days": 7}
    ask(database, create_segment, name="Logged in", definition=rule, now=NOW)
    page = screen(database)
    assert links(page)[-3:] == ["Audience", "Logged in", "Hello"]
    said = [caption.value for caption in page.caption]
    assert said.index("3 (75%)") < said.index("1 (25%)")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_of_many_segments_it_says_which_are_shown(demo: Database, screen: Screen) -> None:
    page = screen(demo)
    headings = [each.value for each in page.subheader]
    assert "Segments" in headings
    captions = [caption.value for caption in page.caption]
    assert "The 5 of 6 that were changed last, the largest first." in captions


def test_no_two_charts_are_called_the_same(demo: Database, screen: Screen) -> None:
    alts = [chart.proto.alt for chart in screen(demo).get("vega_lite_chart")]
    assert len(alts) == 5
    assert len({*alts}) == 5


def test_the_period_of_the_chart_is_in_the_address(demo: Database, screen: Screen) -> None:
    page = screen(demo, period="90 days")
    assert page.segmented_control(key="period").value == 90
    page.segmented_control(key="period").set_value(30).run()
    assert list(page.exception) == []
    assert page.segmented_control(key="period").value == 30


def test_the_chart_has_all_events_and_any_types_by_choice(
    database: Database, screen: Screen
) -> None:
    for number in range(9):
        for _ in range(9 - number):
            did(database, "ada@example.com", f"type {number}", ago(days=number + 1))
    page = screen(database)
    shown = {f"type {number}": 9 - number for number in range(7)} | {"2 other types": 3}
    assert bars(page, "Event types in these days") == shown
    assert bars(page, "Events per day, by type") == shown
    page.multiselect(key="types").set_value(["type 8", "type 2"]).run()
    assert list(page.exception) == []
    shown = {"type 2": 7, "type 8": 1}
    assert bars(page, "Event types in these days") == shown
    assert bars(page, "Events per day, by type") == shown


def test_where_nothing_happened_lately_the_chart_goes_back_to_what_did(
    database: Database, screen: Screen
) -> None:
    did(database, "ada@example.com", "login", ago(days=100))
    did(database, "ada@example.com", "login", ago(days=129))
    did(database, "ada@example.com", "login", ago(days=130))
    did(database, "ada@example.com", "search", ago(days=29))
    page = screen(database, types="login")
    said = "Nothing in the last 30 days: these are the 30 days up to 7 Mar 2026."
    assert said in [caption.value for caption in page.caption]
    assert bars(page, "Events per day, by type") == {"login": 2}
    page.multiselect(key="types").set_value([]).run()
    assert said not in [caption.value for caption in page.caption]
    assert bars(page, "Events per day, by type") == {"search": 1}


def test_home_with_demo_data_says_nothing_of_errors(demo: Database, screen: Screen) -> None:
    page = screen(demo)
    assert list(page.error) == []
    assert [len(page.metric), len(page.get("vega_lite_chart"))] == [4, 5]


# ----------------------------------------------------------------------------------------- refusal
def test_a_database_that_is_down_is_one_sentence_on_the_page_until_it_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{in_the_way / 'pipeline.db'}")
    page = open_screen()
    (error,) = page.error
    assert error.value.startswith("The database at sqlite:///")
    assert error.value.endswith("start it or correct DATABASE_URL")
    assert [button.label for button in page.button] == ["Try again"]
    in_the_way.unlink()
    page.button[0].click().run()
    assert list(page.error) == []
    assert [title.value for title in page.title] == ["Welcome"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_database_that_goes_away_later_is_one_sentence_too(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@example.com")
    page = screen(database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE customer_activity RENAME TO gone")
    page.run()
    assert list(page.exception) == []
    (error,) = page.error
    assert "no such table: customer_activity" in error.value
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO customer_activity")
    page.run()
    assert list(page.error) == []
    assert metrics(page)["Customers"] == "1"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_fails_in_one_part_is_said_there_and_leaves_the_rest(
    database: Database, screen: Screen
) -> None:
    approved_campaign(database)
    bought(database, "ada@example.com")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sends RENAME TO gone")
    page = screen(database)
    (error,) = page.error
    assert "no such table: sends" in error.value
    assert metrics(page)["Customers"] == "1"
