"""The demo: a story that could be true, stored once however often it is loaded."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from pipeline import __main__, delivery
from pipeline.campaigns import list_campaigns
from pipeline.customers import erase
from pipeline.database import Database, connect
from pipeline.delivery import SimulatedSender
from pipeline.demo import DemoReport, is_unfinished, load_demo, loading
from pipeline.demo import campaigns as demo_campaigns
from pipeline.demo.events import ShopEvent, shop_events
from pipeline.drafts import review_rest
from pipeline.events.incoming import parse as parse_event
from pipeline.ids import customer_id
from pipeline.models import (
    Activity,
    Campaign,
    Customer,
    EmailDraft,
    Event,
    Segment,
    Send,
)
from pipeline.rules import parse as parse_rule
from pipeline.segments import count, list_segments, update_segment
from tests.factories import NOW, SHORT, Recorder, ago, ask, at_once, count_rows, did

LATER = NOW + timedelta(days=3)

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def story() -> list[ShopEvent]:
    """The whole story that is loaded at NOW."""
    return shop_events(NOW.date() - timedelta(days=90), NOW)


@pytest.fixture(scope="module")
def undisturbed(sqlite_demo: Path) -> Rows:
    """All rows after one short load, once and for both databases."""
    database = connect(f"sqlite:///{sqlite_demo}")
    rows = everything(database)
    database.close()
    return rows


def everything(database: Database) -> Rows:
    """All rows of all tables in a steady order, but for random ids and the count of changes."""
    with database.read() as session:
        return {
            model.__tablename__: sorted(
                (tuple(row) for row in session.execute(sa.select(*columns_of(model)))), key=repr
            )
            for model in (Customer, Event, Activity, Segment, Campaign, EmailDraft, Send)
        }


def columns_of(model: type[Any]) -> list[sa.Column[Any]]:
    left_out = {"revision", "id"} if model in (EmailDraft, Send) else {"revision"}
    return [column for column in model.__table__.c if column.name not in left_out]


def of_type(story: list[ShopEvent], event_type: str) -> list[ShopEvent]:
    return [event for event in story if event.type == event_type]


def by_customer(story: list[ShopEvent]) -> dict[str, list[ShopEvent]]:
    lives = defaultdict(list)
    for event in story:
        lives[event.email].append(event)
    return lives


def statuses(database: Database, campaign: str, table: type[EmailDraft | Send]) -> Counter[str]:
    """How many drafts or sends of a campaign have each status."""
    query = sa.select(table.status).join(Campaign, Campaign.id == table.campaign_id)
    with database.read() as session:
        return Counter(session.scalars(query.where(Campaign.name == campaign)))


# -------------------------------------------------------------------------------------- the story
def test_every_event_passes_the_checks_of_the_ingest(story: list[ShopEvent]) -> None:
    for event in story:
        parse_event(event.fields(), key=event.key, now=NOW)


def test_it_has_some_thousand_customers_and_tens_of_thousands_of_events(
    story: list[ShopEvent],
) -> None:
    assert 2_000 < len(by_customer(story)) < 3_000
    assert 35_000 < len(story) < 55_000
    assert NOW - timedelta(days=91) < story[0].at
    assert NOW - timedelta(hours=1) < story[-1].at <= NOW


def test_nobody_real_is_in_it(story: list[ShopEvent]) -> None:
    domains = Counter(email.partition("@")[2] for email in by_customer(story))
    assert set(domains) == {"example.com", "example.org", "example.net", "example.invalid"}
    assert 0 < domains["example.invalid"] < 50


def test_no_two_events_of_a_customer_share_a_key(story: list[ShopEvent]) -> None:
    assert len({(event.email, event.key) for event in story}) == len(story)


def test_told_later_the_story_is_the_same_and_goes_on(story: list[ShopEvent]) -> None:
    longer = shop_events(NOW.date() - timedelta(days=90), LATER)
    assert longer[: len(story)] == story
    assert longer[len(story) :] != []
    assert all(NOW < event.at <= LATER for event in longer[len(story) :])


def test_days_have_evenings_and_weeks_have_sundays(story: list[ShopEvent]) -> None:
    hours = Counter(event.at.hour for event in story)
    assert sum(hours[hour] for hour in range(18, 22)) > 5 * sum(hours[hour] for hour in range(5))
    monday_to_sunday = Counter(event.at.weekday() for event in of_type(story, "page_view"))
    assert monday_to_sunday.most_common(1)[0][0] == 6


def test_the_shop_grows_and_a_few_customers_do_much_of_everything(story: list[ShopEvent]) -> None:
    weeks = Counter((NOW - event.at).days // 7 for event in story)
    assert sum(weeks[week] for week in range(4)) > 1.3 * sum(weeks[week] for week in range(8, 12))
    sizes = sorted((len(life) for life in by_customer(story).values()), reverse=True)
    assert sum(sizes[: len(sizes) // 10]) > 0.3 * len(story)


def test_some_customers_are_new_and_some_have_fallen_asleep(story: list[ShopEvent]) -> None:
    lives = by_customer(story).values()
    assert sum(life[0].at > NOW - timedelta(days=7) for life in lives) > 100
    assert sum(life[-1].at < NOW - timedelta(days=45) for life in lives) > 300


def test_what_is_bought_was_looked_at_put_in_the_cart_and_taken_to_the_till(
    story: list[ShopEvent],
) -> None:
    for life in by_customer(story).values():
        cart: set[object] = set()
        seen: set[object] = set()
        before = ""
        for event in life:
            if event.type == "product_view":
                seen.add(event.properties["sku"])
            if event.type == "added_to_cart":
                assert event.properties["sku"] in seen
                cart.add(event.properties["sku"])
            if event.type == "purchase":
                assert before == "checkout"
                assert {item["sku"] for item in items(event)} <= cart
            before = event.type


def test_most_carts_are_abandoned(story: list[ShopEvent]) -> None:
    carts, orders = (
        len({(event.email, event.at.date()) for event in of_type(story, event_type)})
        for event_type in ("added_to_cart", "purchase")
    )
    assert 0.25 < orders / carts < 0.5


def test_an_order_adds_up(story: list[ShopEvent]) -> None:
    orders = of_type(story, "purchase")
    assert len({order.properties["orderId"] for order in orders}) == len(orders)
    assert any("coupon" in order.properties for order in orders)
    for order in orders:
        goods = sum(item["price"] * item["quantity"] for item in items(order))
        discount, shipping = (
            Decimal(str(order.properties.get(name, 0))) for name in ("discount", "shipping")
        )
        assert order.properties["total"] == goods - discount + shipping


def items(order: ShopEvent) -> list[dict[str, Any]]:
    found = order.properties["items"]
    assert isinstance(found, list)
    return found


# ---------------------------------------------------------------------------------------- the load
@pytest.mark.no_cover
def test_a_load_gives_every_screen_something_to_show(
    database: Database, story: list[ShopEvent]
) -> None:
    steps: list[tuple[int, int]] = []
    report = load_demo(
        database, now=NOW, on_progress=lambda done, total: steps.append((done, total))
    )
    assert report == DemoReport(len(by_customer(story)), len(story), 0, 6, 3)
    assert steps == sorted(steps)
    assert steps[-1] == (len(story), len(story))

    with database.read() as session:
        for segment in list_segments(session):
            assert 30 < count(session, parse_rule(segment.definition), now=NOW) < 500
        found = {campaign.name: campaign.status for campaign, _ in list_campaigns(session)}
    assert found == {
        "Cart reminder": "drafted",
        "Thank you, regulars": "draft",
        "Coffee subscription, second look": "sent",
    }
    drafts = statuses(database, "Cart reminder", EmailDraft)
    assert 0.2 < drafts["approved"] / drafts.total() < 0.5
    assert 0 < drafts["rejected"] < drafts["generated"]
    sends = statuses(database, "Coffee subscription, second look", Send)
    assert sends.keys() == {"sent", "failed"}
    assert 0 < sends["failed"] < 10 < sends["sent"]


def test_customers_are_known_since_the_day_of_their_first_event(
    database: Database, short: None
) -> None:
    load_demo(database, now=NOW)
    first = (
        sa.select(Customer.created_at, sa.func.min(Event.occurred_at, type_=Event.occurred_at.type))
        .join(Event, Event.customer_id == Customer.id)
        .group_by(Customer.id)
    )
    with database.read() as session:
        rows = session.execute(first).all()
    assert all(known.date() == came.date() and known >= came for known, came in rows)


def test_no_mail_goes_out(database: Database, short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Recorder()
    monkeypatch.setattr(delivery, "_plugged_in", real)
    load_demo(database, now=NOW)
    assert real.mailed == []


# ------------------------------------------------------------------------------------ and once more
def test_a_second_load_changes_nothing(database: Database, short: None, undisturbed: Rows) -> None:
    first = load_demo(database, now=NOW)
    assert everything(database) == undisturbed
    assert load_demo(database, now=NOW) == DemoReport(0, 0, first.events, 0, 0)
    assert everything(database) == undisturbed


class Killed(BaseException):
    """Not an error that anybody would handle."""


def while_events_come_in(patch: pytest.MonkeyPatch) -> None:
    store, calls = loading.store, iter(range(100))

    def stored(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == SHORT // 2:
            raise Killed
        return store(*args, **kwargs)

    patch.setattr(loading, "store", stored)


def before_the_review(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(demo_campaigns, "review_draft", _kill)


def while_sending(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimulatedSender, "send", _kill)


def _kill(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize("moment", [while_events_come_in, before_the_review, while_sending])
def test_a_load_that_was_killed_is_finished_by_the_next(
    moment: Any, database: Database, short: None, undisturbed: Rows
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        moment(patch)
        with pytest.raises(Killed):
            load_demo(database, now=NOW)
    assert everything(database) != undisturbed
    assert ask(database, is_unfinished)
    load_demo(database, now=NOW)
    assert everything(database) == undisturbed
    assert not ask(database, is_unfinished)


def test_who_never_loaded_the_demo_has_none_to_finish(database: Database) -> None:
    did(database, "ada@example.com", "login")
    assert not ask(database, is_unfinished)


def test_two_loads_at_once_end_as_one(database: Database, short: None, undisturbed: Rows) -> None:
    reports = at_once(*[lambda: load_demo(database, now=NOW)] * 2)
    assert everything(database) == undisturbed
    stored = [report.events for report in reports if isinstance(report, DemoReport)]
    assert len(stored) == 2
    assert sum(stored) == len(undisturbed["events"])


def test_a_later_load_adds_the_days_since(
    database: Database, short: None, undisturbed: Rows
) -> None:
    load_demo(database, now=NOW)
    story = shop_events(NOW.date() - timedelta(days=SHORT), LATER)
    report = load_demo(database, now=LATER)
    assert report.duplicates == len(undisturbed["events"])
    assert report.events == len(story) - report.duplicates > 0
    assert (report.segments, report.campaigns) == (0, 0)
    rows = everything(database)
    assert len(rows["customers"]) == len(undisturbed["customers"]) + report.customers
    assert len(rows["events"]) == len(story)
    for table in ("segments", "campaigns", "email_drafts", "sends"):
        assert rows[table] == undisturbed[table]


def test_a_load_that_was_killed_days_ago_is_finished_as_of_then(
    database: Database, short: None, undisturbed: Rows
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        while_events_come_in(patch)
        with pytest.raises(Killed):
            load_demo(database, now=NOW)
    load_demo(database, now=LATER)
    rows = everything(database)
    assert len(rows["events"]) == len(shop_events(NOW.date() - timedelta(days=SHORT), LATER))
    for table in ("segments", "campaigns", "email_drafts", "sends"):
        assert rows[table] == undisturbed[table]


def test_what_people_did_in_between_stays(database: Database, short: None) -> None:
    load_demo(database, now=NOW)
    with database.begin() as session:
        segment = list_segments(session)[0]
        definition = segment.definition | {"days": 3}
        update_segment(session, segment.id, name="Mine", definition=definition, now=NOW)
        for campaign, _ in list_campaigns(session):
            review_rest(session, campaign.id, "approved", now=NOW)
    before = everything(database)
    load_demo(database, now=NOW)
    assert everything(database) == before


def test_who_was_erased_comes_back_with_all_events(
    database: Database, short: None, undisturbed: Rows
) -> None:
    load_demo(database, now=NOW)
    gone = customer_id(shop_events(NOW.date() - timedelta(days=SHORT), NOW)[0].email)
    ask(database, erase, gone)
    assert load_demo(database, now=NOW).customers == 1
    rows = everything(database)
    for table in ("customers", "events", "activity"):
        assert rows[table] == undisturbed[table]


def test_customers_of_your_own_are_neither_reviewed_nor_mailed(
    database: Database, short: None
) -> None:
    yours = did(database, "ada@shop.test", "added_to_cart").customer_id
    did(database, "ada@shop.test", "page_view", ago(days=13), {"path": "/pricing"})
    load_demo(database, now=NOW)
    with database.read() as session:
        drafts = session.scalars(
            sa.select(EmailDraft.status).where(EmailDraft.customer_id == yours)
        ).all()
    assert drafts == ["generated", "generated"]
    assert count_rows(database, Send, Send.customer_id == yours) == 0


# -------------------------------------------------------------------------------- the command line
def test_the_command_says_what_it_added(short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(__main__, "utcnow", lambda: NOW)
    first, again = (CliRunner().invoke(__main__.app, ["demo"]) for _ in range(2))
    story = shop_events(NOW.date() - timedelta(days=SHORT), NOW)
    assert first.stdout.splitlines() == [
        f"{len(by_customer(story)):>12,} new customers",
        f"{len(story):>12,} new events",
        "           0 events that were there already",
        "           6 new segments",
        "           3 new campaigns",
    ]
    assert f"{len(story):>12,} events that were there already" in again.stdout
    assert (first.exit_code, again.exit_code) == (0, 0)
