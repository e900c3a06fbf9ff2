"""Compound prompts: words of a marketer, the rule they become, and what of them is left over."""

from datetime import datetime
from typing import Any

import pytest
from factories import ago, ask, did
from hypothesis import example, given
from hypothesis import strategies as st
from rest import post
from starlette.testclient import TestClient

from pipeline import exact_json
from pipeline.database import Database
from pipeline.rules import MAX_COUNT, MAX_DAYS, parse
from pipeline.segments import preview
from pipeline.smart import Generated, KeywordGenerator, understand
from tests.language import all_of, any_of, not_

Definition = dict[str, Any]
Window = dict[str, int] | dict[str, list[str]] | None


def generate(prompt: str) -> Generated:
    return KeywordGenerator().generate(prompt)


# ------------------------------------------------------------------------------------- definitions
def last(days: int) -> Window:
    return {"lastDays": days}


def older(days: int) -> Window:
    return {"olderThanDays": days}


def between(first: str, after: str) -> Window:
    return {"between": [first, after]}


NOVEMBER = between("2026-11-01", "2026-12-01")


def in_window(event_type: str | None, window: Window) -> Definition:
    return event(event_type, "greater_or_equal", 1, window)


def lately(event_type: str, days: int) -> Definition:
    return {"kind": "event_type_in_last_days", "eventType": event_type, "days": days}


def counted(event_type: str, min_count: int, days: int) -> Definition:
    fields = {"eventType": event_type, "minCount": min_count, "days": days}
    return {"kind": "event_count_gte_in_last_days", **fields}


def viewed(page: str, days: int) -> Definition:
    where = {"eventType": "page_view", "path": "path", "value": page}
    return {"kind": "event_property_equals", **where, "days": days}


def event(
    event_type: str | None, op: str, value: int, window: Window, *filters: tuple[str, str, object]
) -> Definition:
    asked = [{"path": path, "op": filter_op, "value": text} for path, filter_op, text in filters]
    count = {"op": op, "value": value}
    fields = {"eventType": event_type, "filters": asked, "window": window, "count": count}
    return {"kind": "event", **fields}


def never(event_type: str, window: Window = None, *filters: tuple[str, str, object]) -> Definition:
    return event(event_type, "equals", 0, window, *filters)


def spent(
    op: str, value: float, window: Window, *, path: str = "total", aggregate: str = "sum"
) -> Definition:
    what = {"eventType": "purchase", "filters": [], "window": window}
    how = {"path": path, "aggregate": aggregate, "op": op, "value": value}
    return {"kind": "event_value", **what, **how}


def seen(kind: str, window: Window) -> Definition:
    return {"kind": kind, "window": window}


def email(op: str, value: str) -> Definition:
    return {"kind": "email", "op": op, "value": value}


def sequence(first: str, then: str, hours: int, window: Window, *, negate: bool) -> Definition:
    steps = {
        name: {"eventType": event_type, "filters": []}
        for name, event_type in (("first", first), ("then", then))
    }
    fields = {"withinHours": hours, "window": window, "negate": negate}
    return {"kind": "sequence", **steps, **fields}


# ------------------------------------------------------------------------------------ understanding
PROMPTS: list[tuple[str, str, Definition]] = [
    # what a marketer says first
    (
        "added to cart but did not purchase in the last 7 days",
        "did added_to_cart in the last 7 days and did not purchase in the last 7 days",
        all_of(lately("added_to_cart", 7), never("purchase", last(7))),
    ),
    (
        "at least three purchases and no login for 30 days",
        ("did purchase at least 3 times in the last 30 days and did not login in the last 30 days"),
        all_of(counted("purchase", 3, 30), never("login", last(30))),
    ),
    (
        "spent more than 100 in the last month",
        "did purchase with total adding up to more than 100 in the last 30 days",
        spent("greater", 100, last(30)),
    ),
    (
        "visited /pricing at least 3 times",
        'did page_view with path "/pricing" at least 3 times in the last 30 days',
        event("page_view", "greater_or_equal", 3, last(30), ("path", "equals", "/pricing")),
    ),
    (
        "not seen for 60 days",
        "were last seen more than 60 days ago",
        seen("last_seen", older(60)),
    ),
    # negation
    (
        "customers who haven't purchased in 90 days",
        "did not purchase in the last 90 days",
        never("purchase", last(90)),
    ),
    (
        "signed up but never purchased",
        "did signup in the last 30 days and did not purchase",
        all_of(lately("signup", 30), never("purchase")),
    ),
    (
        "signed up and haven't purchased yet",
        "did signup in the last 30 days and did not purchase",
        all_of(lately("signup", 30), never("purchase")),
    ),
    (
        "has never visited /pricing",
        'did not page_view with path "/pricing"',
        never("page_view", None, ("path", "equals", "/pricing")),
    ),
    (
        "neither purchased nor logged in this month",
        "did not purchase in the last 30 days and did not login in the last 30 days",
        all_of(never("purchase", last(30)), never("login", last(30))),
    ),
    (
        "did not purchase or log in in the last 14 days",
        "did not purchase in the last 14 days and did not login in the last 14 days",
        all_of(never("purchase", last(14)), never("login", last(14))),
    ),
    (
        "did not purchase or who logged in at least twice",
        ("did not purchase in the last 30 days or did login at least 2 times in the last 30 days"),
        any_of(never("purchase", last(30)), counted("login", 2, 30)),
    ),
    (
        "never purchased or logged in",
        "did not purchase and did not login",
        all_of(never("purchase"), never("login")),
    ),
    (
        "bought nothing in the last 30 days",
        "did not purchase in the last 30 days",
        never("purchase", last(30)),
    ),
    (
        "zero purchases in the last 6 months",
        "did not purchase in the last 180 days",
        never("purchase", last(180)),
    ),
    (
        "purchased without logging in this week",
        "did purchase in the last 7 days and did not login in the last 7 days",
        all_of(lately("purchase", 7), never("login", last(7))),
    ),
    (
        "no purchases, no logins for 3 months",
        "did not purchase in the last 90 days and did not login in the last 90 days",
        all_of(never("purchase", last(90)), never("login", last(90))),
    ),
    (
        "purchased, but not in the last 30 days",
        "did purchase and did not purchase in the last 30 days",
        all_of(event("purchase", "greater_or_equal", 1, None), never("purchase", last(30))),
    ),
    (
        "not a customer with a gmail.com address",
        'do not have an address that ends with "@gmail.com"',
        not_(email("ends_with", "@gmail.com")),
    ),
    (
        "did not spend more than 50 this year",
        (
            "are not among those who did purchase with total adding up to more than 50 "
            "in the last 365 days"
        ),
        not_(spent("greater", 50, last(365))),
    ),
    # and, or, but
    (
        "signed up in the last week or purchased at least twice in the last 90 days",
        "did signup in the last 7 days or did purchase at least 2 times in the last 90 days",
        any_of(lately("signup", 7), counted("purchase", 2, 90)),
    ),
    (
        "signed up, visited /docs or purchased in the last 7 days",
        (
            'did signup in the last 7 days, did page_view with path "/docs" in the '
            "last 7 days or did purchase in the last 7 days"
        ),
        any_of(lately("signup", 7), viewed("/docs", 7), lately("purchase", 7)),
    ),
    (
        "both purchased and signed up this week",
        "did purchase in the last 7 days and did signup in the last 7 days",
        all_of(lately("purchase", 7), lately("signup", 7)),
    ),
    (
        "purchased and signed up or logged in today",
        (
            "(did purchase in the last day and did signup in the last day) or did "
            "login in the last day"
        ),
        any_of(all_of(lately("purchase", 1), lately("signup", 1)), lately("login", 1)),
    ),
    (
        "added to cart or signed up but never purchased",
        (
            "(did added_to_cart in the last 30 days or did signup in the last 30 days) "
            "and did not purchase"
        ),
        all_of(any_of(lately("added_to_cart", 30), lately("signup", 30)), never("purchase")),
    ),
    (
        "purchased in the last 30 days except those who logged in",
        "did purchase in the last 30 days and did not login in the last 30 days",
        all_of(lately("purchase", 30), never("login", last(30))),
    ),
    (
        "purchased in the last 7 days, and logged in",
        "did purchase in the last 7 days and did login in the last 7 days",
        all_of(lately("purchase", 7), lately("login", 7)),
    ),
    (
        "in the last 14 days, purchased and logged in",
        "did purchase in the last 14 days and did login in the last 14 days",
        all_of(lately("purchase", 14), lately("login", 14)),
    ),
    (
        "visited /pricing or /docs but not /blog in the last 2 weeks",
        (
            '(did page_view with path "/pricing" in the last 14 days or did page_view '
            'with path "/docs" in the last 14 days) and did not page_view with path '
            '"/blog" in the last 14 days'
        ),
        all_of(
            any_of(viewed("/pricing", 14), viewed("/docs", 14)),
            never("page_view", last(14), ("path", "equals", "/blog")),
        ),
    ),
    (
        "viewed /a or /b",
        'did page_view with path "/a" in the last 30 days or did page_view with path "/b" in the '
        "last 30 days",
        any_of(viewed("/a", 30), viewed("/b", 30)),
    ),
    (
        "visited /docs at least 3 times",
        'did page_view with path "/docs" at least 3 times in the last 30 days',
        event("page_view", "greater_or_equal", 3, last(30), ("path", "equals", "/docs")),
    ),
    (
        "whose email ends with @example.com and who checked out, purchased and logged in this week",
        (
            'have an address that ends with "@example.com", did checkout in the last 7 '
            "days, did purchase in the last 7 days and did login in the last 7 days"
        ),
        all_of(
            email("ends_with", "@example.com"),
            lately("checkout", 7),
            lately("purchase", 7),
            lately("login", 7),
        ),
    ),
    (
        "new customers who purchased at least twice",
        (
            "were first seen in the last 30 days and did purchase at least 2 times in the last 30"
            " days"
        ),
        all_of(seen("first_seen", last(30)), counted("purchase", 2, 30)),
    ),
    # how many
    (
        "purchased more than twice in the past year",
        "did purchase at least 3 times in the last 365 days",
        counted("purchase", 3, 365),
    ),
    (
        "10+ purchases in the last 6 months",
        "did purchase at least 10 times in the last 180 days",
        counted("purchase", 10, 180),
    ),
    (
        "3 or more logins and fewer than 2 purchases in the past two weeks",
        (
            "did login at least 3 times in the last 14 days and did purchase fewer than 2 times "
            "in the last 14 days"
        ),
        all_of(counted("login", 3, 14), event("purchase", "less", 2, last(14))),
    ),
    (
        "exactly one purchase",
        "did purchase exactly once in the last 30 days",
        event("purchase", "equals", 1, last(30)),
    ),
    (
        "no more than two orders in the last quarter",
        "did purchase at most 2 times in the last 90 days",
        event("purchase", "less_or_equal", 2, last(90)),
    ),
    (
        "between 2 and 5 purchases in the last quarter",
        (
            "did purchase at least 2 times in the last 90 days and did purchase at most 5 times "
            "in the last 90 days"
        ),
        all_of(counted("purchase", 2, 90), event("purchase", "less_or_equal", 5, last(90))),
    ),
    (
        "did not purchase at least 3 times in the last 90 days",
        "did purchase fewer than 3 times in the last 90 days",
        event("purchase", "less", 3, last(90)),
    ),
    (
        "over fifty-five page views in the last month",
        "did page_view at least 56 times in the last 30 days",
        counted("page_view", 56, 30),
    ),
    (
        "one-time buyers",
        "did purchase exactly once in the last 30 days",
        event("purchase", "equals", 1, last(30)),
    ),
    (
        "repeat buyers in the last year",
        "did purchase at least 2 times in the last 365 days",
        counted("purchase", 2, 365),
    ),
    (
        "at least 10 events in the last 7 days",
        "did anything at least 10 times in the last 7 days",
        event(None, "greater_or_equal", 10, last(7)),
    ),
    # when
    (
        "signed up more than 30 days ago",
        "did signup more than 30 days ago",
        event("signup", "greater_or_equal", 1, older(30)),
    ),
    (
        "whose last purchase was over 90 days ago",
        "did purchase more than 90 days ago and did not purchase in the last 90 days",
        all_of(event("purchase", "greater_or_equal", 1, older(90)), never("purchase", last(90))),
    ),
    (
        "first purchase in the last 7 days",
        "did purchase in the last 7 days and did not purchase more than 7 days ago",
        all_of(lately("purchase", 7), never("purchase", older(7))),
    ),
    (
        "logged in today",
        "did login in the last day",
        lately("login", 1),
    ),
    (
        "logged in within the last 48 hours",
        "did login in the last 2 days",
        lately("login", 2),
    ),
    (
        "purchased at any time and logged in this week",
        "did purchase and did login in the last 7 days",
        all_of(event("purchase", "greater_or_equal", 1, None), lately("login", 7)),
    ),
    # seen
    (
        "inactive for a couple of months",
        "were last seen more than 60 days ago",
        seen("last_seen", older(60)),
    ),
    (
        "at least two purchases and not seen for 60 days",
        "did purchase at least 2 times and were last seen more than 60 days ago",
        all_of(event("purchase", "greater_or_equal", 2, None), seen("last_seen", older(60))),
    ),
    (
        "first seen in the last 10 days",
        "were first seen in the last 10 days",
        seen("first_seen", last(10)),
    ),
    (
        "new in the last week and never logged in",
        "were first seen in the last 7 days and did not login",
        all_of(seen("first_seen", last(7)), never("login")),
    ),
    (
        "last seen more than 45 days ago or never logged in",
        "were last seen more than 45 days ago or did not login",
        any_of(seen("last_seen", older(45)), never("login")),
    ),
    # money
    (
        "spent at least five hundred euros this year",
        "did purchase with total adding up to at least 500 in the last 365 days",
        spent("greater_or_equal", 500, last(365)),
    ),
    (
        "spent between $50 and $99.50 in the last 90 days",
        (
            "did purchase with total adding up to at least 50 in the last 90 days and "
            "did purchase with total adding up to at most 99.5 in the last 90 days"
        ),
        all_of(spent("greater_or_equal", 50, last(90)), spent("less_or_equal", 99.5, last(90))),
    ),
    (
        "average order value over $80",
        "did purchase with total averaging more than 80 in the last 30 days",
        spent("greater", 80, last(30), aggregate="avg"),
    ),
    (
        "largest order over 500 in the last year",
        "did purchase with a largest total of more than 500 in the last 365 days",
        spent("greater", 500, last(365), aggregate="max"),
    ),
    (
        "total amount spent above 300",
        "did purchase with amount adding up to more than 300 in the last 30 days",
        spent("greater", 300, last(30), path="amount"),
    ),
    (
        "a purchase of more than $200 at least twice",
        "did purchase with total more than 200 at least 2 times in the last 30 days",
        event("purchase", "greater_or_equal", 2, last(30), ("total", "greater", 200)),
    ),
    (
        "purchases with an amount greater than 30",
        "did purchase with amount more than 30 in the last 30 days",
        event("purchase", "greater_or_equal", 1, last(30), ("amount", "greater", 30)),
    ),
    # properties and other events
    (
        'did newsletter_opened or did "link clicked" at least twice',
        (
            'did newsletter_opened in the last 30 days or did "link clicked" at least '
            "2 times in the last 30 days"
        ),
        any_of(lately("newsletter_opened", 30), counted("link clicked", 2, 30)),
    ),
    (
        "did not do newsletter_opened in the last 30 days",
        "did not newsletter_opened in the last 30 days",
        never("newsletter_opened", last(30)),
    ),
    (
        'purchased where country is "France" and at least 3 times',
        'did purchase with country "France" at least 3 times in the last 30 days',
        event("purchase", "greater_or_equal", 3, last(30), ("country", "equals", "France")),
    ),
    (
        "purchased where quantity is more than 10",
        "did purchase with quantity more than 10 in the last 30 days",
        event("purchase", "greater_or_equal", 1, last(30), ("quantity", "greater", 10)),
    ),
    # addresses
    (
        "with a gmail.com address",
        'have an address that ends with "@gmail.com"',
        email("ends_with", "@gmail.com"),
    ),
    (
        "ending in @example.com and purchased this month",
        'have an address that ends with "@example.com" and did purchase in the last 30 days',
        all_of(email("ends_with", "@example.com"), lately("purchase", 30)),
    ),
    (
        "customers from @acme.com or ada@example.com",
        'have an address that ends with "@acme.com" or have the address "ada@example.com"',
        any_of(email("ends_with", "@acme.com"), email("equals", "ada@example.com")),
    ),
    (
        "outlook or hotmail addresses",
        'have an address that contains "@outlook." or have an address that contains "@hotmail."',
        any_of(email("contains", "@outlook."), email("contains", "@hotmail.")),
    ),
    # one after the other
    (
        "added to cart and did not purchase within 24 hours",
        ("did added_to_cart in the last 30 days not followed by purchase within 24 hours"),
        sequence("added_to_cart", "purchase", 24, last(30), negate=True),
    ),
    (
        "abandoned their cart in the last 7 days",
        "did added_to_cart in the last 7 days not followed by purchase within 24 hours",
        sequence("added_to_cart", "purchase", 24, last(7), negate=True),
    ),
    (
        "abandoned checkout",
        "did checkout in the last 30 days not followed by purchase within 24 hours",
        sequence("checkout", "purchase", 24, last(30), negate=True),
    ),
    (
        "signed up and did not purchase within 7 days",
        "did signup in the last 30 days not followed by purchase within 168 hours",
        sequence("signup", "purchase", 168, last(30), negate=True),
    ),
    (
        "purchased within 2 days of signing up",
        "did signup in the last 30 days followed by purchase within 48 hours",
        sequence("signup", "purchase", 48, last(30), negate=False),
    ),
    (
        "signed up, then purchased in the last 30 days",
        "did signup in the last 30 days followed by purchase within 720 hours",
        sequence("signup", "purchase", 720, last(30), negate=False),
    ),
    (
        "did not log in within 3 days after signing up in the last month",
        "did signup in the last 30 days not followed by login within 72 hours",
        sequence("signup", "login", 72, last(30), negate=True),
    ),
    (
        "signed up, then checked out, then purchased this week",
        (
            "did signup in the last 7 days followed by checkout within 168 hours and "
            "did checkout in the last 7 days followed by purchase within 168 hours"
        ),
        all_of(
            sequence("signup", "checkout", 168, last(7), negate=False),
            sequence("checkout", "purchase", 168, last(7), negate=False),
        ),
    ),
    (
        "added to cart and purchased within 3 hours of that",
        "did added_to_cart in the last 30 days followed by purchase within 3 hours",
        sequence("added_to_cart", "purchase", 3, last(30), negate=False),
    ),
    (
        "logged in within 24 hours or signed up",
        "did login in the last day or did signup in the last day",
        any_of(lately("login", 1), lately("signup", 1)),
    ),
    (
        'visited "/a" but not "/b"',
        (
            'did page_view with path "/a" in the last 30 days and did not page_view '
            'with path "/b" in the last 30 days'
        ),
        all_of(viewed("/a", 30), never("page_view", last(30), ("path", "equals", "/b"))),
    ),
    (
        "did not purchase at least once this week",
        "did not purchase in the last 7 days",
        never("purchase", last(7)),
    ),
    (
        "purchased where paid is true",
        "did purchase with paid true in the last 30 days",
        event("purchase", "greater_or_equal", 1, last(30), ("paid", "equals", True)),
    ),
    (
        'email address contains "smith"',
        'have an address that contains "smith"',
        email("contains", "smith"),
    ),
    (
        "spent on average more than 20",
        "did purchase with total averaging more than 20 in the last 30 days",
        spent("greater", 20, last(30), aggregate="avg"),
    ),
    ("inactive", "were last seen more than 30 days ago", seen("last_seen", older(30))),
    # by the calendar
    (
        "purchased in November 2026 but did not log in in December 2026",
        "did purchase from 2026-11-01 to 2026-11-30 and did not login from 2026-12-01 to "
        "2026-12-31",
        all_of(
            in_window("purchase", NOVEMBER), never("login", between("2026-12-01", "2027-01-01"))
        ),
    ),
    (
        "added to cart but did not purchase in November 2026",
        "did added_to_cart from 2026-11-01 to 2026-11-30 and did not purchase from 2026-11-01 to "
        "2026-11-30",
        all_of(in_window("added_to_cart", NOVEMBER), never("purchase", NOVEMBER)),
    ),
    (
        "signed up in 2026 but never purchased",
        "did signup from 2026-01-01 to 2026-12-31 and did not purchase",
        all_of(in_window("signup", between("2026-01-01", "2027-01-01")), never("purchase")),
    ),
    (
        "purchased, but not in November 2026",
        "did purchase and did not purchase from 2026-11-01 to 2026-11-30",
        all_of(in_window("purchase", None), never("purchase", NOVEMBER)),
    ),
    (
        "in 2026 purchased at least twice",
        "did purchase at least 2 times from 2026-01-01 to 2026-12-31",
        event("purchase", "greater_or_equal", 2, between("2026-01-01", "2027-01-01")),
    ),
    (
        "spent more than 100 on 1 November 2026",
        "did purchase with total adding up to more than 100 on 2026-11-01",
        spent("greater", 100, between("2026-11-01", "2026-11-02")),
    ),
    (
        "spent from 2000 to 2050 in November 2026",
        "did purchase with total adding up to at least 2000 from 2026-11-01 to 2026-11-30 and did "
        "purchase with total adding up to at most 2050 from 2026-11-01 to 2026-11-30",
        all_of(spent("greater_or_equal", 2000, NOVEMBER), spent("less_or_equal", 2050, NOVEMBER)),
    ),
    (
        "between 2020 and 2030 page views in November 2026",
        "did page_view at least 2,020 times from 2026-11-01 to 2026-11-30 and did page_view at "
        "most 2,030 times from 2026-11-01 to 2026-11-30",
        all_of(
            event("page_view", "greater_or_equal", 2020, NOVEMBER),
            event("page_view", "less_or_equal", 2030, NOVEMBER),
        ),
    ),
    (
        "purchased in 2026 days",
        "did purchase in the last 2,026 days",
        lately("purchase", 2026),
    ),
    (
        "new in November 2026",
        "were first seen from 2026-11-01 to 2026-11-30",
        seen("first_seen", NOVEMBER),
    ),
    (
        "last seen in November 2026",
        "were last seen from 2026-11-01 to 2026-11-30",
        seen("last_seen", NOVEMBER),
    ),
    (
        "not last seen in November 2026",
        "were not last seen from 2026-11-01 to 2026-11-30",
        not_(seen("last_seen", NOVEMBER)),
    ),
    (
        "seen in November 2026",
        "did anything from 2026-11-01 to 2026-11-30",
        in_window(None, NOVEMBER),
    ),
    (
        "purchased and not seen in November 2026",
        "did purchase and did not do anything from 2026-11-01 to 2026-11-30",
        all_of(in_window("purchase", None), event(None, "equals", 0, NOVEMBER)),
    ),
    (
        "inactive in November 2026",
        "did not do anything from 2026-11-01 to 2026-11-30",
        event(None, "equals", 0, NOVEMBER),
    ),
    (
        "abandoned their cart in November 2026",
        "did added_to_cart from 2026-11-01 to 2026-11-30 not followed by purchase within 24 hours",
        sequence("added_to_cart", "purchase", 24, NOVEMBER, negate=True),
    ),
    (
        "purchased within 2 days of signing up in November 2026",
        "did signup from 2026-11-01 to 2026-11-30 followed by purchase within 48 hours",
        sequence("signup", "purchase", 48, NOVEMBER, negate=False),
    ),
    (
        "signed up in November 2026, then purchased",
        "did signup from 2026-11-01 to 2026-11-30 followed by purchase within 87,600 hours",
        sequence("signup", "purchase", MAX_DAYS * 24, NOVEMBER, negate=False),
    ),
]


@pytest.mark.parametrize(("prompt", "sentence", "definition"), PROMPTS)
def test_words_become_a_rule_and_its_sentence(
    prompt: str, sentence: str, definition: Definition
) -> None:
    generated = generate(prompt)

    assert generated.definition == definition
    assert parse(generated.definition).sentence() == sentence
    assert not generated.not_understood
    assert generated.understood


@pytest.mark.parametrize("prompt", [prompt for prompt, _, _ in PROMPTS])
def test_case_and_white_space_make_no_difference(prompt: str) -> None:
    shouted = "\n ".join(prompt.upper().split(" "))
    assert _lowered(generate(shouted).definition) == _lowered(generate(prompt).definition)


def _lowered(definition: object) -> str:
    return str(definition).lower()


@pytest.mark.parametrize(
    ("when", "first", "after"),
    [
        ("on 2026-11-01", "2026-11-01", "2026-11-02"),
        ("on 1 Nov 2026", "2026-11-01", "2026-11-02"),
        ("on the 1st of November, 2026", "2026-11-01", "2026-11-02"),
        ("on November 1st, 2026", "2026-11-01", "2026-11-02"),
        ("on Sept. 30 2026", "2026-09-30", "2026-10-01"),
        ("on 29 February 2024", "2024-02-29", "2024-03-01"),
        ("on 31 Dec 2026", "2026-12-31", "2027-01-01"),
        ("in February 2024", "2024-02-01", "2024-03-01"),
        ("during Dec of 2026", "2026-12-01", "2027-01-01"),
        ("in May 2026", "2026-05-01", "2026-06-01"),
        ("in 2026", "2026-01-01", "2027-01-01"),
        ("in the year 2026", "2026-01-01", "2027-01-01"),
        ("in 2024 to 2026", "2024-01-01", "2027-01-01"),
        ("between 2026-11-01 and 2026-11-15", "2026-11-01", "2026-11-16"),
        ("2026-11-01 - 2026-11-15", "2026-11-01", "2026-11-16"),
        ("from 1 November to 15 November 2026", "2026-11-01", "2026-11-16"),
        ("from 1 to 15 November 2026", "2026-11-01", "2026-11-16"),
        ("between November 1 and 15, 2026", "2026-11-01", "2026-11-16"),
        ("November 1-15, 2026", "2026-11-01", "2026-11-16"),
        ("1–15 Nov 2026", "2026-11-01", "2026-11-16"),  # noqa: RUF001
        ("from 20 Dec 2026 through January 5th, 2027", "2026-12-20", "2027-01-06"),
        ("from November to December 2026", "2026-11-01", "2027-01-01"),
        ("between November 2026 and January 2027", "2026-11-01", "2027-02-01"),
    ],
)
def test_days_of_the_calendar_are_understood_as_people_write_them(
    when: str, first: str, after: str
) -> None:
    generated = generate(f"purchased {when}")

    assert generated.definition == in_window("purchase", between(first, after))
    assert not generated.not_understood


# ----------------------------------------------------------------------------------------- members
def _people(database: Database) -> None:
    """Who did what, one of a kind each."""
    for email, *events in (
        ("cart@x.co", ("added_to_cart", 3)),
        ("buyer@x.co", ("added_to_cart", 3), ("purchase", 2)),
        ("regular@x.co", ("purchase", 40), ("purchase", 20), ("purchase", 9), ("purchase", 8)),
        ("faithful@x.co", ("purchase", 20), ("purchase", 9), ("purchase", 8), ("login", 5)),
        ("lost@x.co", ("added_to_cart", 70), ("login", 61)),
    ):
        for event_type, days in events:
            did(database, email, event_type, ago(days=days), {"total": 40})
    for hours in (1, 2, 3):
        did(database, "reader@x.co", "page_view", ago(hours=hours), {"path": "/pricing"})
        did(database, "wanderer@x.co", "page_view", ago(hours=hours), {"path": f"/{hours}"})


@pytest.mark.parametrize(
    ("prompt", "members"),
    [
        ("added to cart but did not purchase in the last 7 days", ["cart"]),
        ("added to cart and did not purchase within 36 hours", ["cart"]),
        ("abandoned cart at any time", ["cart", "lost"]),
        ("at least three purchases and no login for 30 days", ["regular"]),
        ("spent more than 100 in the last month", ["faithful", "regular"]),
        ("visited /pricing at least 3 times", ["reader"]),
        ("not seen for 60 days", ["lost"]),
        ("last login more than 30 days ago or added to cart this week", ["buyer", "cart", "lost"]),
        ("purchased but not in the last week", ["faithful", "regular"]),
        ("purchased between 2026-06-06 and 2026-06-07", ["faithful", "regular"]),
        ("last seen in April 2026", ["lost"]),
        ("seen in April 2026", ["lost"]),
    ],
)
def test_a_prompt_finds_the_customers_that_it_speaks_of(
    database: Database, now: datetime, prompt: str, members: list[str]
) -> None:
    _people(database)
    found = ask(database, preview, understand(prompt).rule, now=now)

    assert [member.email for member in found.customers] == [f"{name}@x.co" for name in members]


# ---------------------------------------------------------------------------------------- left over
@pytest.mark.parametrize(
    ("prompt", "left_over"),
    [
        ("please show me all customers that purchased this week", []),
        ("purchased and likes blue shoes", ["likes blue shoes"]),
        ("purchased a red dress but did not log in from Germany", ["red dress", "Germany"]),
        ("logged in yesterday", ["yesterday"]),
        ("purchased in the last 36 hours", ["in the last 36 hours"]),
        ("purchased between 30 and 60 days ago", ["between 30 and 60 days ago"]),
        ("purchased in the last 1.5 weeks", ["last 1.5"]),
        ("signed up twice and then left", ["and then left"]),
        ("purchased 2.5 times", ["2.5 times"]),
        ("purchased and not interested in shoes", ["not interested in shoes"]),
        (
            "purchased this week or in the last 90 days, but not both",
            ["this week", "not both"],
        ),
        ("no purchase with express delivery", ["express delivery"]),
        ('did "a b" when "c d"', ['"c d"']),
        # The table names the one event that counts.
        ("signed up and purchased", ["signed up"]),
        ("logged in after they signed up", ["logged in after"]),
        ("purchased after they visited /docs", ["purchased after"]),
        ("reviewed /docs and logged in", ["reviewed /docs"]),
        ("signed up 3 weeks ago or in the last 5 days", ["3 weeks ago"]),
        ("more than 9 but at least 2 purchases", ["more than 9"]),
        ("signed up ever", ["ever"]),
        ("purchased between 1 and 15 november", ["between 1 and 15 november"]),
        ("purchased twice on the 3rd of May", ["3rd of May"]),
        # No window is open at one end, knows today, or says which number is the month.
        ("purchased since 2026-11-01", ["since 2026-11-01"]),
        ("purchased after 1 Nov 2026", ["after 1 Nov 2026"]),
        ("purchased but not before 2026", ["not before 2026"]),
        ("purchased on or after November 1, 2026", ["on or after November 1, 2026"]),
        ("purchased in 2026 or later", ["in 2026 or later"]),
        ("purchased up to 1 November 2026", ["up to 1 November 2026"]),
        ("purchased between 2026-11-01 and today", ["between 2026-11-01 and today"]),
        ("purchased in November", ["November"]),
        ("who on November 15 purchased", ["November 15"]),
        ("purchased on 11/12/2026", ["11/12/2026"]),
        ("between 11/12/2026 and 12/12/2026 purchased", ["between 11/12/2026 and 12/12/2026"]),
        ("purchased in 2026-11", ["2026-11"]),
        ("purchased between 2024 and 2026", ["between 2024 and 2026"]),
        ("spent in Q4 2026", ["Q4 2026"]),
        ("spent in 2026 Q4", ["2026 Q4"]),
        ("spent since 2026-11-01", ["since 2026-11-01"]),
        ("purchased at 2026-11-01T10:00:00Z", ["2026-11-01T10:00:00Z"]),
        ("purchased on 30 February 2026", ["on 30 February 2026"]),
        ("purchased between 2026-11-15 and 2026-11-01", ["between 2026-11-15 and 2026-11-01"]),
        ("purchased from 3 to 5 2026", ["from 3 to 5 2026"]),
        ("purchased in November 2026 or in 2025", ["in 2025"]),
        # What was before a day, or after it, neither.
        ("first purchase in November 2026", ["first"]),
        ("last purchase on 2026-11-01", ["last"]),
        ("signed up, then purchased in November 2026", ["in November 2026"]),
        ("purchased in November 2026 within 2 days of signing up", ["in November 2026"]),
        ("signed up in 2026, then purchased in the last 30 days", ["in the last 30 days"]),
        (
            "opened the newsletter at least 3 times but did not purchase",
            ["opened the newsletter at least 3 times"],
        ),
    ],
)
def test_what_was_not_understood_is_said(prompt: str, left_over: list[str]) -> None:
    assert [*generate(prompt).not_understood] == left_over


@pytest.mark.parametrize(
    ("prompt", "left_over"),
    [
        ("everybody", []),
        ("people who love shoes", ["love shoes"]),
        ("not interesting", ["not interesting"]),
        ("then what?", ["then"]),
        ("😀", []),
    ],
)
def test_of_a_prompt_that_says_nothing_nothing_is_understood(
    prompt: str, left_over: list[str]
) -> None:
    generated = generate(prompt)

    assert generated.definition == lately("page_view", 30)
    assert [*generated.not_understood] == left_over
    assert not generated.understood


CHANGED = "Changed to the nearest number that a rule can have"


@pytest.mark.parametrize(
    ("prompt", "remark"),
    [
        ("purchased this week", None),
        ("purchased shoes this week on mobile", 'Not understood, and left out: "shoes", "mobile".'),
        ("purchase in the last 0 days", f'{CHANGED}: "in the last 0 days".'),
        ("did not purchase in the last 99999 days", f'{CHANGED}: "in the last 99999 days".'),
        ("purchased within 0 hours after signup", f'{CHANGED}: "within 0 hours after".'),
        ("purchased at least 0 times", f'{CHANGED}: "at least 0 times".'),
        ("purchased 0 times", None),
        ("purchased 9999999999 times today", f'{CHANGED}: "9999999999 times".'),
        (
            "purchased shoes in the last 99999 days",
            f'Not understood, and left out: "shoes". {CHANGED}: "in the last 99999 days".',
        ),
        ("anybody", "Nothing in this prompt was understood, so this is a mere default."),
    ],
)
def test_a_remark_says_what_is_not_in_the_rule(prompt: str, remark: str | None) -> None:
    assert understand(prompt).remark() == remark


@pytest.mark.parametrize(
    ("prompt", "definition"),
    [
        (
            "opened the newsletter at least 3 times but did not purchase",
            never("purchase", last(30)),
        ),
        ("clicked the banner 5 times in the last week and purchased", lately("purchase", 30)),
        ("purchased between 1 and 15 november", lately("purchase", 30)),
        ("at least 3 times in the last week, purchased", counted("purchase", 3, 7)),
    ],
)
def test_a_number_that_counts_something_unknown_is_not_taken_for_another(
    prompt: str, definition: Definition
) -> None:
    assert generate(prompt).definition == definition


@pytest.mark.parametrize(
    ("prompt", "definition", "left_over"),
    [
        (
            "not interested in shoes and purchased",
            lately("purchase", 30),
            "not interested in shoes",
        ),
        ("did not like shoes but purchased", lately("purchase", 30), "did not like shoes"),
        ("never read the news, purchased this week", lately("purchase", 7), "never read the news"),
        ("neither shoes nor purchases", never("purchase", last(30)), "shoes"),
    ],
)
def test_what_denies_something_unknown_does_not_deny_another(
    prompt: str, definition: Definition, left_over: str
) -> None:
    assert generate(prompt).definition == definition
    assert [*generate(prompt).not_understood] == [left_over]


def test_a_date_that_no_window_has_is_not_taken_for_a_time_that_another_condition_has() -> None:
    found = generate("purchased in November 2026 but did not log in since 2026-12-01")
    assert found.definition == all_of(in_window("purchase", NOVEMBER), never("login", last(30)))
    assert [*found.not_understood] == ["since 2026-12-01"]


def test_a_sequence_that_is_told_from_its_end_is_not_taken_for_its_opposite() -> None:
    found = generate("viewed a page within 24 hours before purchase")
    assert found.definition == lately("page_view", 30)
    assert [*found.not_understood] == ["within 24 hours before purchase"]


def test_what_is_said_of_nothing_is_said_of_page_views_or_of_money() -> None:
    assert generate("at least five times this week").definition == counted("page_view", 5, 7)
    assert generate("over 100 dollars this week").definition == spent("greater", 100, last(7))


# ------------------------------------------------------------------------------------------ limits
@pytest.mark.parametrize(
    ("prompt", "definition"),
    [
        (
            f"at most {'9' * 5000} purchases",
            event("purchase", "less_or_equal", MAX_COUNT, last(30)),
        ),
        (f"spent over {'9' * 5000}", spent("greater", 10**308, last(30))),
        (
            "signed up over a million years ago",
            event("signup", "greater_or_equal", 1, older(MAX_DAYS)),
        ),
        ("not seen for zero days", seen("last_seen", older(1))),
        (
            "signed up and did not log in within 999999999 hours",
            sequence("signup", "login", MAX_DAYS * 24, last(30), negate=True),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_numbers_end_where_the_rules_do(prompt: str, definition: Definition) -> None:
    assert generate(prompt).definition == definition


@pytest.mark.parametrize(
    "number", ["12345678901234567890", "9" * 100, "12345678901234567.123456789"]
)
def test_a_number_of_many_digits_is_kept_to_the_last(number: str) -> None:
    exactly = exact_json.loads(number)
    assert generate(f"spent over {number}").definition == spent("greater", exactly, last(30))
    paid = event("purchase", "greater_or_equal", 1, last(30), ("account", "equals", exactly))
    assert generate(f"purchase where account is {number}").definition == paid


def test_the_same_condition_said_twice_is_one() -> None:
    prompt = "no purchase this week and did not purchase in the last 7 days"
    assert generate(prompt).definition == never("purchase", last(7))


def test_more_conditions_than_a_rule_can_hold_are_left_over() -> None:
    generated = generate(" and ".join(f"at least {n} logins" for n in range(2, 102)))

    assert len(parse(generated.definition).children) == 25
    assert generated.not_understood[0] == "at least 27 logins"
    assert len(generated.not_understood) == 75


PHRASES = [
    "added to cart", "purchased", "no login", "did not sign up", "pricing", "visited /a", "/b",
    "not /c", "never", "not", "nothing", "and", "or", "but", ",", "then", "who", "with", "except",
    "at least", "at least three", "more than", ">=", "only", "once", "between 2 and 5", "3 times",
    "0", "9" * 30, "1.5", "$5", "a hundred", "in the last 7 days", "within 24 hours", "this week",
    "within 2 days of", "within 1 hour afterwards", "more than 30 days ago", "for 60 days", "ever",
    "yet", "9999999 years", "spent", "spent more than", "average order value", "amount over 5",
    "where sku is X", "where a > 5", "seen", "not seen", "inactive", "new customers", "first",
    "last purchase", "repeat buyers", "abandoned cart", "@x.co", "a@b.co", "gmail addresses",
    "in November 2026", "since 2026-11-01", "between 1 and 15", "2026", "1 May", "11/12/2026",
    "ending in .de", '"quoted"', "foo_bar", "did foo", "events", "any event", "zzz", "é", "٣",
    '"', "'", "(", ")", "-", "_", ".", "fortn\u0131ght", "wee\u212a",
]  # fmt: skip
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MIXED = st.lists(st.one_of(st.sampled_from(PHRASES), STORABLE), max_size=60)


@given(st.builds(str.join, st.sampled_from([" ", " ", "", "-"]), MIXED))
@example("purchased " + '"' * 30)
@example("last purchase and purchased 2 times or not 3 times " * 60)
def test_any_words_give_a_rule_always_the_same(text: str) -> None:
    generated = generate(text)

    assert parse(generated.definition).definition() == generated.definition
    assert all(phrase in " ".join(text.split()) for phrase in generated.not_understood)
    assert generate(text) == generated


@given(st.lists(st.sampled_from([prompt for prompt, _, _ in PROMPTS]), min_size=1, max_size=4))
def test_an_unknown_word_is_always_said(prompts: list[str]) -> None:
    for joined in (" and qwertz ", " qwertz, ", " qwertz or "):
        text = joined.join([*prompts, "logged in"])
        assert len([p for p in generate(text).not_understood if "qwertz" in p]) == len(prompts)


LONG = [
    "a", " ", "a ", "a-", "-", "_", ",", "1,", "a.", "x@", "/", '"a', "'a ", "the last ", "not ",
    "purchased, ", "no login or ", "add a b ", "at least 3 ", "within 2 days of ",
    "1 may - ", "from 1 ", "2026-",
]  # fmt: skip


@pytest.mark.no_cover
@pytest.mark.parametrize("phrase", LONG)
def test_long_prompts_come_to_an_end(phrase: str) -> None:
    text = (phrase * 20_000)[:20_000]

    assert parse(generate(text).definition)


# ----------------------------------------------------------------------------------------- the API
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_api_says_what_was_left_out_only_if_something_was(api: TestClient) -> None:
    def answer(prompt: str) -> tuple[int, dict[str, Any]]:
        return post(api, "/api/smart-generate/segment", {"prompt": prompt})

    rule = all_of(lately("purchase", 7), never("login", last(7)))
    assert answer("purchased but no login this week") == (200, {"definition": rule})
    assert answer("purchased shoes but no login this week") == (
        200,
        {"definition": rule, "notUnderstood": ["shoes"]},
    )
