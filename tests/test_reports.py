"""Reports: the numbers on the screens, against what was stored."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import (
    BUYERS,
    NOW,
    TICK,
    ago,
    approved_campaign,
    ask,
    bought,
    buyers,
    campaign,
    did,
)

from pipeline.database import Database
from pipeline.reports import (
    ActiveCustomers,
    DailyEvents,
    Engagement,
    RecentEvent,
    campaign_funnels,
    daily_events,
    engagement,
    newest_by_type,
    newest_events,
    segment_sizes,
    totals,
)
from pipeline.segments import create_segment
from pipeline.sends import send_campaign


def test_an_empty_pipeline_has_nothing_to_report(database: Database) -> None:
    assert ask(database, newest_events, 10) == []
    assert ask(database, engagement, [7], now=NOW) == Engagement(0, 0, [ActiveCustomers(0, 0)])
    days = [ago(days=2), ago(days=1)]
    nothing = DailyEvents({}, [0, 0], 0)
    assert ask(database, daily_events, [], days, at_most=7, now=NOW) == nothing
    assert ask(database, newest_by_type) == {}
    assert ask(database, segment_sizes, 5, now=NOW) == []
    assert ask(database, campaign_funnels, 5, now=NOW) == []
    held = ask(database, totals)
    assert (held.customers, held.segments, held.campaigns) == (0, 0, 0)


# ------------------------------------------------------------------------------------------ events
def test_all_events_count_whatever_their_type(database: Database) -> None:
    for email, kind in [("a@x.de", "login"), ("a@x.de", "view"), ("b@x.de", "view")]:
        did(database, email, kind)
    assert ask(database, engagement, [], now=NOW) == Engagement(customers=2, events=3, active=[])


@pytest.mark.parametrize("limit", [1, 3, 5, 10])
def test_the_newest_events_are_the_newest_of_all_types(database: Database, limit: int) -> None:
    moments = [
        ("often", 1), ("often", 2), ("often", 3), ("often", 5), ("seldom", 4), ("once", 90),
    ]  # fmt: skip
    for kind, minutes in moments:
        did(database, "ada@example.com", kind, ago(minutes=minutes))
    found = ask(database, newest_events, limit)
    expected = sorted(moments, key=lambda moment: moment[1])[:limit]
    assert [(event.type, event.occurred_at) for event in found] == [
        (kind, ago(minutes=minutes)) for kind, minutes in expected
    ]


def test_a_newest_event_says_whose_it_is(database: Database) -> None:
    customer_id = bought(database, "ada@example.com")
    assert ask(database, newest_events, 1) == [
        RecentEvent(customer_id, "ada@example.com", "purchase", NOW)
    ]


def test_types_come_by_their_newest_events(database: Database) -> None:
    for kind, minutes in [("view", 3), ("view", 2), ("search", 9), ("login", 1)]:
        did(database, "ada@example.com", kind, ago(minutes=minutes))
    found = ask(database, newest_by_type)
    moments = {"login": ago(minutes=1), "view": ago(minutes=2), "search": ago(minutes=9)}
    assert [*found.items()] == [*moments.items()]


# --------------------------------------------------------------------------------------------- day
def test_an_event_counts_for_the_day_in_which_it_was(database: Database) -> None:
    days = [ago(days=3), ago(days=2), ago(days=1)]
    edges = [days[0] - TICK, days[0], days[1] - TICK, days[1], days[2], NOW - TICK, NOW]
    for at in edges:
        did(database, "ada@example.com", "view", at)
    did(database, "ada@example.com", "login", days[2])
    found = ask(database, daily_events, ["never", "view"], days, at_most=2, now=NOW)
    assert found == DailyEvents({"view": [2, 1, 2], "never": [0, 0, 0]}, [0, 0, 0], 0)


def test_the_most_frequent_types_of_the_days_are_told_one_by_one(database: Database) -> None:
    days = [ago(days=2), ago(days=1)]
    for name, hours in [("a", [1, 30]), ("b", [1, 1, 30]), ("c", [1]), ("d", [30, 99, 99, 99])]:
        for each in hours:
            did(database, "ada@example.com", name, ago(hours=each))
    found = ask(database, daily_events, ["d", "c", "b", "a"], days, at_most=2, now=NOW)
    assert [*found.events.items()] == [("b", [1, 2]), ("a", [1, 1])]
    assert (found.others, found.other_types) == ([1, 1], 2)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu"])
def test_days_are_the_readers(database: Database, zone: str) -> None:
    start = datetime(2026, 3, 1, tzinfo=ZoneInfo(zone))
    days = [start + timedelta(days=each) for each in range(40)]  # over a change of the clock
    moments = [start + timedelta(hours=7 * each, minutes=13) for each in range(130)]
    for at in moments:
        did(database, "ada@example.com", "view", at)
    now = days[-1] + timedelta(days=1)
    counts = ask(database, daily_events, ["view"], days, at_most=1, now=now).events
    expected = Counter(at.astimezone(ZoneInfo(zone)).date() for at in moments)
    assert counts["view"] == [expected[day.date()] for day in days]


# ------------------------------------------------------------------------------------------ active
def test_customers_are_active_who_did_anything_in_the_period(database: Database) -> None:
    week = timedelta(days=7)
    for email, at in [
        ("both@x.de", NOW - week - TICK),
        ("both@x.de", NOW),
        ("often@x.de", NOW - timedelta(days=1)),
        ("often@x.de", NOW - week),
        ("before@x.de", NOW - 2 * week),
        ("long-ago@x.de", NOW - 2 * week - TICK),
    ]:
        did(database, email, "login", at)
        did(database, email, "view", at)
    week_and_day = ask(database, engagement, [7, 1], now=NOW).active
    assert week_and_day == [ActiveCustomers(now=2, before=2), ActiveCustomers(now=2, before=0)]


def test_an_event_of_a_clock_that_is_fast_is_not_there_yet(database: Database) -> None:
    for at in (NOW + TICK, ago(days=8)):
        did(database, "ada@example.com", "login", at)
    assert ask(database, engagement, [7], now=NOW).active == [ActiveCustomers(now=0, before=1)]


@pytest.mark.parametrize("newer", [9, 10, 11])
@pytest.mark.parametrize(("days", "ticks", "before"), [(7, 1, 1), (14, 0, 1), (14, 1, 0)])
def test_who_was_active_before_is_so_behind_any_number_of_newer_events(
    database: Database, newer: int, days: int, ticks: int, before: int
) -> None:
    for hours in range(newer):
        did(database, "ada@example.com", "view", ago(hours=hours))
    did(database, "ada@example.com", "view", NOW - timedelta(days=20))
    did(database, "ada@example.com", "login", NOW - timedelta(days=days) - ticks * TICK)
    found = ask(database, engagement, [7], now=NOW).active
    assert found == [ActiveCustomers(now=1, before=before)]


# --------------------------------------------------------------------------- segments and campaigns
def test_segments_come_by_size_the_newest_only(database: Database) -> None:
    buyers(database, 2)
    did(database, "ada@example.com", "login")
    for minutes, (name, kind) in enumerate(
        [("old", "purchase"), ("logins", "login"), ("nobody", "never"), ("buyers", "purchase")]
    ):
        rule = {**BUYERS, "eventType": kind}
        at = NOW + timedelta(minutes=minutes)
        ask(database, create_segment, name=name, definition=rule, now=at)
    sizes = ask(database, segment_sizes, 3, now=NOW)
    assert [(size.segment.name, size.customers) for size in sizes] == [
        ("buyers", 2),
        ("logins", 1),
        ("nobody", 0),
    ]


def test_a_funnel_says_how_far_a_campaign_has_got(database: Database) -> None:
    buyers(database, 3)
    bought(database, "gone@example.invalid")
    approved_campaign(database)
    (funnel,) = ask(database, campaign_funnels, 5, now=NOW)
    assert (funnel.audience, funnel.progress.drafted, funnel.progress.approved) == (4, 4, 4)
    assert (funnel.progress.sent, funnel.progress.failed) == (0, 0)
    send_campaign(database, funnel.campaign.id, clock=lambda: NOW)
    bought(database, "new@example.com")
    (funnel,) = ask(database, campaign_funnels, 5, now=NOW)
    assert (funnel.audience, funnel.progress.drafted, funnel.progress.approved) == (5, 4, 4)
    assert (funnel.progress.sent, funnel.progress.failed) == (3, 1)


def test_of_many_campaigns_those_changed_last_are_shown(database: Database) -> None:
    ids = [campaign(database) for _ in range(3)]
    assert len(ask(database, campaign_funnels, 2, now=NOW)) == 2
    assert {each.campaign.id for each in ask(database, campaign_funnels, 3, now=NOW)} == set(ids)
