"""Customers: found by address, filtered, sorted and paged; each opened, exported and erased."""

import uuid
from collections.abc import Callable
from datetime import date

import pytest
from factories import (
    BUYERS,
    NOW,
    Recorder,
    ago,
    approved_campaign,
    ask,
    bought,
    buyers,
    count_rows,
    did,
)
from screens import bars, links, metrics
from streamlit.testing.v1 import AppTest

from pipeline.database import Database
from pipeline.ids import customer_id
from pipeline.models import Customer
from pipeline.segments import create_segment
from pipeline.sends import send_campaign

Screen = Callable[..., AppTest]

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@shop.org"
GONE = "This customer is not here: they were erased, or the address has a mistake."


def listed(page: AppTest) -> list[str]:
    assert list(page.exception) == []
    return list(page.dataframe[0].value["email"]) if page.dataframe else []


def said(page: AppTest) -> list[str]:
    return [text.value for text in (*page.markdown, *page.caption, *page.info)]


def click(page: AppTest, label: str) -> AppTest:
    (button,) = [button for button in page.button if button.label == label]
    button.click().run()
    assert list(page.exception) == []
    return page


@pytest.fixture
def three(database: Database) -> Database:
    """Ada bought yesterday, Bob looked around today, Eve bought long ago, and most often."""
    did(database, ADA, "purchase", ago(days=1))
    did(database, BOB, "visit")
    for days in (60, 50, 40):
        did(database, EVE, "purchase", ago(days=days))
    return database


# -------------------------------------------------------------------------------------------- list
def test_without_customers_the_page_says_how_to_get_some(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "customers")
    assert said(page)[-1] == "There are no customers yet: each comes with their first event."
    assert [button.label for button in page.button] == ["Load demo data"]
    assert links(page) == ["Or bring in your own events"]


def test_the_list_begins_with_who_was_seen_last(three: Database, screen: Screen) -> None:
    page = screen(three, "customers")
    assert listed(page) == [BOB, ADA, EVE]
    assert "**3 customers**" in said(page)
    eve = page.dataframe[0].value.iloc[2]
    assert (eve["events"], list(eve["types"])) == (3, ["purchase 3"])
    assert (eve["last_seen"], eve["first_seen"]) == (ago(days=40), ago(days=60))


@pytest.mark.parametrize(
    ("order", "emails"),
    [
        ("Last seen: oldest", [EVE, ADA, BOB]),
        ("First seen: newest", [BOB, ADA, EVE]),
        ("Most events", [EVE]),
        ("E-mail: A to Z", [ADA, BOB, EVE]),
        ("E-mail: Z to A", [EVE, BOB, ADA]),
    ],
)
def test_the_order_is_in_the_address_and_can_be_picked(
    three: Database, screen: Screen, order: str, emails: list[str]
) -> None:
    assert listed(screen(three, "customers", customers_sort=order))[: len(emails)] == emails
    page = screen(three, "customers")
    page.selectbox(key="customers_sort").select(order).run()
    assert listed(page)[: len(emails)] == emails


@pytest.mark.parametrize(
    ("query", "emails"),
    [
        ({"customers_search": " ADA"}, [ADA]),
        ({"customers_type": "purchase"}, [ADA, EVE]),
        ({"customers_seen": "In the last 24 hours"}, [BOB, ADA]),
        ({"customers_seen": "Over 30 days ago"}, [EVE]),
        ({"customers_search": "example", "customers_type": "purchase"}, [ADA]),
        ({"customers_seen": "nonsense", "customers_page": "x"}, [BOB, ADA, EVE]),
    ],
)
def test_a_link_leads_to_the_list_that_it_was_taken_from(
    three: Database, screen: Screen, query: dict[str, str], emails: list[str]
) -> None:
    assert listed(screen(three, "customers", **query)) == emails


def test_the_list_narrows_while_somebody_types(three: Database, screen: Screen) -> None:
    page = screen(three, "customers")
    for typed, emails in [("e", [BOB, ADA, EVE]), ("ex", [BOB, ADA]), ("exb", [])]:
        page.text_input(key="customers_search").set_value(typed).run()
        assert listed(page) == emails


def test_a_segment_filters_by_its_id_and_is_told_from_others_of_its_name(
    three: Database, screen: Screen
) -> None:
    ids = []
    for days in (1, 90):
        rule = {**BUYERS, "days": days}
        segment = ask(three, create_segment, name="Buyers", definition=rule, now=ago(days=days))
        ids.append(str(segment.id))
    page = screen(three, "customers")
    menu = page.selectbox(key="customers_segment_menu")
    assert menu.options == [f"Buyers ({id_[:8]})" for id_ in ids]
    menu.select_index(1).run()
    assert listed(page) == [ADA, EVE]
    assert listed(screen(three, "customers", **page.query_params)) == [ADA, EVE]


def test_a_segment_that_is_gone_is_said_and_hides_nobody(three: Database, screen: Screen) -> None:
    page = screen(three, "customers", customers_segment=str(uuid.uuid4()))
    assert [warning.value for warning in page.warning] == [
        "The segment in the address is not there: it does not narrow the list."
    ]
    assert listed(page) == [BOB, ADA, EVE]


def test_when_nobody_matches_the_filters_are_named_and_can_be_cleared(
    three: Database, screen: Screen
) -> None:
    segment = ask(three, create_segment, name="*Buyers*", definition=BUYERS, now=NOW)
    query = {
        "customers_search": "x_y",
        "customers_type": "visit",
        "customers_seen": "Over 7 days ago",
        "customers_segment": str(segment.id),
    }
    page = screen(three, "customers", **query)
    assert [each.value for each in page.info] == [
        "There are no customers who have “x_y” in their e-mail and ever did visit and were last"
        r" seen over 7 days ago and are in the segment “\*Buyers\*”."
    ]
    click(page, "Clear the filters")
    assert listed(page) == [BOB, ADA, EVE]


def test_a_search_that_cannot_be_is_one_sentence(three: Database, screen: Screen) -> None:
    page = screen(three, "customers", customers_search="\0")
    assert [error.value for error in page.error] == ["search must not contain NUL characters"]


def test_an_event_type_that_cannot_be_is_one_sentence(three: Database, screen: Screen) -> None:
    page = screen(three, "customers", customers_type="\0")
    assert [error.value for error in page.error] == ["event type must not contain NUL characters"]


def test_long_lists_come_in_pages_and_a_filter_leads_to_the_first(
    database: Database, screen: Screen
) -> None:
    emails = buyers(database, 60)
    page = screen(database, "customers", customers_sort="E-mail: A to Z", customers_page="2")
    assert listed(page) == emails[25:50]
    page.pagination[0].set_value(3).run()
    assert listed(page) == emails[50:]
    page.text_input(key="customers_search").set_value("c0").run()
    assert listed(page) == emails[:25]


def test_a_list_can_be_exported(three: Database, screen: Screen) -> None:
    page = screen(three, "customers", customers_type="purchase")
    assert "2 customers, by e-mail, with their numbers." in said(page)
    assert [button.label for button in page.get("download_button")] == ["CSV", "JSON"]


# ----------------------------------------------------------------------------------------- profile
def profile(
    screen: Screen, database: Database, email: str = ADA, **query: str | list[str]
) -> AppTest:
    return screen(database, "customers", customer=str(customer_id(email)), **query)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_from_a_profile_the_sidebar_leads_to_the_list(database: Database, screen: Screen) -> None:
    bought(database, ADA)
    page = screen(database, "customers", customer=str(customer_id(ADA)))
    (entry,) = (link.proto for link in page.sidebar.page_link if link.value == "Customers")
    assert (entry.page, entry.query_string) == ("customers", "")


def test_a_profile_has_the_customer_in_numbers(database: Database, screen: Screen) -> None:
    for hours in (1, 25, 26, 2401):
        did(database, ADA, "visit", ago(hours=hours))
    page = profile(screen, database)
    assert metrics(page) == {
        "Events": "4",
        "First seen": "7 Mar 2026",
        "Last seen": "15 Jun 2026",
    }
    assert [metric.delta for metric in page.metric][1:] == [
        "12:00, 100 days ago",
        "13:00, 1 hour ago",
    ]
    assert [chart.proto.alt for chart in page.get("vega_lite_chart")] == [
        "Events per day, by type",
        "All time, by event type",
    ]
    assert "Active on 2 of these 90 days." in said(page)
    page.segmented_control(key="customer_period").set_value(365).run()
    assert "Active on 3 of these 365 days." in said(page)
    assert page.get("vega_lite_chart")[0].proto.alt == "Events per week, by type"


def test_a_profile_has_all_types_and_goes_back_to_where_there_are_events(
    database: Database, screen: Screen
) -> None:
    for number in range(9):
        did(database, ADA, f"type {number}", ago(days=100 + number))
    page = profile(screen, database)
    shown = {f"type {number}": 1 for number in range(7)} | {"2 other types": 2}
    assert bars(page, "All time, by event type") == shown
    assert bars(page, "Events per day, by type") == shown
    assert "Nothing in the last 90 days: these are the 90 days up to 7 Mar 2026." in said(page)
    assert "Active on 9 of these 90 days." in said(page)


def test_an_address_is_shown_as_it_is(database: Database, screen: Screen) -> None:
    did(database, "*ada*@example.com", "**visit**", NOW, {"_a_": "[x](y)"}, key="`k`")
    page = profile(screen, database, "*ada*@example.com")
    assert page.title[0].value == r"\*ada\*@:small[]example.com"
    assert r"**\*\*visit\*\***" in said(page)
    assert ':gray[\\_a\\_]\u00a0"\\[x\\](y)"' in said(page)


def test_a_timeline_has_types_days_and_pages(database: Database, screen: Screen) -> None:
    for days in range(30):
        did(database, ADA, "visit" if days % 3 else "purchase", ago(days=days))
    page = profile(screen, database)
    assert events(page) == (["purchase", "visit", "visit"] * 7)[:20]
    page.pagination[0].set_value(2).run()
    assert len(events(page)) == 10
    page.multiselect(key="customer_types").select("purchase").run()
    assert events(page) == ["purchase"] * 10
    page.date_input(key="customer_days").set_value((date(2026, 6, 9), date(2026, 6, 12))).run()
    assert events(page) == ["purchase"] * 2
    shared = profile(screen, database, customer_types="purchase", customer_days="2026-06-09")
    assert events(shared) == ["purchase"]


def test_a_timeline_of_one_day_is_the_same_after_a_reload(
    database: Database, screen: Screen
) -> None:
    for days, event_type in enumerate(["login", "purchase", "visit"]):
        did(database, ADA, event_type, ago(days=days))
    page = profile(screen, database)
    page.date_input(key="customer_days").set_value((date(2026, 6, 14),) * 2).run()
    assert events(page) == ["purchase"]
    reloaded = profile(screen, database, customer_days=["2026-06-14", "2026-06-14"])
    assert events(reloaded) == ["purchase"]


def events(page: AppTest) -> list[str]:
    """The types of the events that the timeline shows."""
    assert list(page.exception) == []
    return [each.value.strip("*") for each in page.markdown if each.value.startswith("**")]


def test_a_timeline_without_such_events_offers_all_of_them(
    database: Database, screen: Screen
) -> None:
    bought(database, ADA)
    page = profile(screen, database, customer_days="2030-01-01")
    assert "No event is like that." in said(page)
    assert events(click(page, "Show all events")) == ["purchase"]


def test_another_customers_timeline_begins_afresh(database: Database, screen: Screen) -> None:
    for email in (ADA, BOB):
        did(database, email, "visit")
        did(database, email, "purchase")
    page = profile(screen, database, customer_types="visit")
    assert events(page) == ["visit"]
    page.query_params["customer"] = str(customer_id(BOB))
    page.run()
    assert sorted(events(page)) == ["purchase", "visit"]


def test_few_properties_are_in_a_line_and_more_are_folded(
    database: Database, screen: Screen
) -> None:
    few = {"sku": "MUG", "price": 12345678901234567890}
    deep = {"items": [{"sku": "MUG", "note": "é"}]}
    did(database, ADA, "a", NOW, few)
    did(database, ADA, "b", ago(days=1), deep)
    page = profile(screen, database)
    assert ':gray[sku]\u00a0"MUG"\u2003:gray[price]\u00a012345678901234567890' in said(page)
    (folded,) = [each for each in page.expander if each.label == "1 property: items"]
    assert '"note": "é"' in folded.code[0].value


def test_segments_and_campaigns_of_a_customer_are_ways_to_them(
    database: Database, screen: Screen
) -> None:
    bought(database, ADA, sku="MUG")
    did(database, BOB, "visit")
    send_campaign(database, approved_campaign(database), clock=lambda: NOW, sender=Recorder())
    page = profile(screen, database)
    assert links(page) == ["All customers", "Audience", "Hello"]
    assert "Still thinking about MUG?" in [text.value for text in page.text]
    nothing = profile(screen, database, BOB)
    assert links(nothing) == ["All customers"]
    assert {"In none now.", "None has written to them."} <= {*said(nothing)}


@pytest.mark.parametrize("nobody", ["7796a857-d584-46d9-ba7f-5bc8373f2860", "nonsense", ""])
def test_a_link_to_nobody_says_so_and_leads_to_the_list(
    three: Database, screen: Screen, nobody: str
) -> None:
    page = screen(three, "customers", customer=nobody)
    assert [each.value for each in page.info] == [GONE]
    assert links(page) == ["All customers"]


# ----------------------------------------------------------------------------------------- erasure
def test_erasing_says_what_goes_and_wants_the_address_typed(
    database: Database, screen: Screen
) -> None:
    bought(database, ADA)
    did(database, ADA, "visit")
    approved_campaign(database)
    page = click(profile(screen, database), "Erase")
    (words,) = [text for text in said(page) if text.startswith("- ")]
    assert words.startswith("- 2 events\n- 1 draft and 0 sends of campaigns\n- the address itself")
    (erase_button,) = [button for button in page.button if button.label == "Erase for good"]
    assert erase_button.disabled
    assert count_rows(database, Customer) == 1


# ------------------------------------------------------------------------------------------- demo
def test_with_demo_data_every_customer_of_a_page_has_a_profile(
    demo: Database, screen: Screen
) -> None:
    page = screen(demo, "customers")
    assert len(listed(page)) == 25
    for email in listed(page)[:2]:
        opened = profile(screen, demo, email)
        assert [list(opened.error), len(opened.metric)] == [[], 3]
