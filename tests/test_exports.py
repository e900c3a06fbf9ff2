"""Customers as CSV and JSON: the list, and everything that is stored about one of them."""

import csv
import json
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from pipeline import exact_json
from pipeline.customers import erase
from pipeline.database import Database
from pipeline.errors import NotFound
from pipeline.exports import (
    CUSTOMER_COLUMNS,
    customer_csv,
    customer_json,
    customers_csv,
    customers_json,
    sends_csv,
)
from pipeline.ids import customer_id
from pipeline.models import Base
from pipeline.reports.customers import CustomerFilter
from pipeline.segments import create_segment
from pipeline.sends import SendFilter, send_campaign
from pipeline.tracking import track
from tests.factories import BUYERS, NOW, Recorder, ago, approved_campaign, ask, bought, buyers, did

ADA = "ada@example.com"


def written(
    database: Database, export: Callable[..., Iterator[str]], *args: Any, **how: Any
) -> str:
    return ask(database, lambda session: "".join(export(session, *args, **how)))


def cells(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file, which begins with a mark of UTF-8."""
    assert text.startswith("\ufeff")
    return [*csv.DictReader(text[1:].splitlines(keepends=True))]


# -------------------------------------------------------------------------------------------- list
def test_the_list_has_all_who_match_by_address_however_many(database: Database) -> None:
    emails = buyers(database, 2_500)
    did(database, "ada@shop.org", "visit")
    segment = ask(database, create_segment, name="Buyers", definition=BUYERS, now=NOW)
    among = CustomerFilter("c", "purchase", seen_in_days=1, segment_id=segment.id)
    rows = json.loads(written(database, customers_json, among, now=NOW))
    assert [row["email"] for row in rows] == sorted(emails)
    rows = cells(written(database, customers_csv, among, now=NOW))
    assert [row["email"] for row in rows] == sorted(emails)


def test_a_customer_of_the_list_has_the_same_numbers_in_both_forms(database: Database) -> None:
    did(database, ADA, "visit", ago(days=2))
    did(database, ADA, "purchase", ago(days=1))
    did(database, ADA, "visit", ago(days=3))
    (row,) = json.loads(written(database, customers_json, now=NOW))
    assert row == {
        "id": str(customer_id(ADA)),
        "email": ADA,
        "createdAt": "2026-06-15T12:00:00Z",
        "eventCount": 3,
        "firstSeenAt": "2026-06-12T12:00:00Z",
        "lastSeenAt": "2026-06-14T12:00:00Z",
        "eventTypes": {"purchase": 1, "visit": 2},
    }
    (same,) = cells(written(database, customers_csv, now=NOW))
    assert json.loads(same.pop("eventTypes")) == row.pop("eventTypes")
    assert same == {name: str(value) for name, value in row.items()}


def test_a_list_of_nobody_is_empty(database: Database) -> None:
    assert json.loads(written(database, customers_json, now=NOW)) == []
    text = written(database, customers_csv, now=NOW)
    assert text == "\ufeff" + ",".join(CUSTOMER_COLUMNS) + "\r\n"


# In the value of a property: white space at the start of a type would be trimmed.
@pytest.mark.parametrize("sign", "=+-@\t\r\n")
def test_a_spreadsheet_takes_no_text_for_a_formula(database: Database, sign: str) -> None:
    what = f"{sign}cmd|' /c calc'!a1"
    ada = did(database, ADA, "visit", NOW, {"note": what}).customer_id
    track(database, "note", now=NOW)
    values = {row["value"] for row in cells(written(database, customer_csv, ada))}
    assert values == {"", f"'{what}"}
    (profile,) = json.loads(written(database, customer_json, ada))["propertyActivity"]
    assert profile["value"] == what


def test_nor_does_it_take_an_address_for_one(database: Database) -> None:
    bought(database, "=1+1@example.com")
    assert cells(written(database, customers_csv, now=NOW))[0]["email"] == "'=1+1@example.com"
    (row,) = json.loads(written(database, customers_json, now=NOW))
    assert row["email"] == "=1+1@example.com"


# ------------------------------------------------------------------------------------ one customer
def test_everything_stored_about_a_customer_is_written_and_nothing_of_others(
    database: Database,
) -> None:
    ada = did(database, ADA, "purchase", ago(days=1), {"sku": "MUG"}, key="k").customer_id
    bought(database, "bob@example.com")
    send_campaign(database, approved_campaign(database), clock=lambda: NOW, sender=Recorder())
    track(database, "sku", now=NOW)
    data = json.loads(written(database, customer_json, ada))
    assert {name: len(rows) for name, rows in data.items()} == {
        "customers": 1,
        "events": 1,
        "customerActivity": 1,
        "activity": 1,
        "propertyActivity": 1,
        "emailDrafts": 1,
        "sends": 1,
    }
    (stored,) = data["events"]
    assert (stored["properties"], stored["idempotencyKey"]) == ({"sku": "MUG"}, "k")
    assert stored["occurredAt"] == "2026-06-14T12:00:00Z"
    assert data["propertyActivity"][0]["value"] == "MUG"
    assert data["emailDrafts"][0]["subject"] == "Still thinking about MUG?"
    rows = cells(written(database, customer_csv, ada))
    assert sorted(row["table"] for row in rows) == sorted(data)
    assert rows[0]["email"] == ADA
    assert {row["customerId"] for row in rows[1:]} == {str(ada)}


def test_no_table_with_customers_in_it_is_forgotten(database: Database) -> None:
    ada = bought(database, ADA)
    tables = [table for table in Base.metadata.sorted_tables if "customer_id" in table.c]
    assert len(json.loads(written(database, customer_json, ada))) == len(tables) + 1


def test_properties_are_written_as_they_are_stored(database: Database) -> None:
    properties = {
        "deep": [{"a": [1, None, True]}],
        "exact": Decimal("0.1234567890123456789012"),
        "large": 12345678901234567890,
        "text": '=1+1,"é🎉\n',
    }
    ada = did(database, ADA, "visit", NOW, properties).customer_id
    (stored,) = exact_json.loads(written(database, customer_json, ada))["events"]
    assert stored["properties"] == properties
    (row,) = [row for row in cells(written(database, customer_csv, ada)) if row["properties"]]
    assert exact_json.loads(row["properties"]) == properties


@pytest.mark.parametrize(("value", "cell"), [(True, "true"), (False, "false"), (1.5, "1.5")])
def test_a_tracked_value_that_is_neither_text_nor_number_is_json(
    database: Database, value: object, cell: str
) -> None:
    ada = did(database, ADA, "visit", NOW, {"gift": value}).customer_id
    track(database, "gift", now=NOW)
    values = [row["value"] for row in cells(written(database, customer_csv, ada))]
    assert [each for each in values if each] == [cell]
    (profile,) = json.loads(written(database, customer_json, ada))["propertyActivity"]
    assert profile["value"] == value


def test_of_whom_nothing_is_stored_nothing_is_written(database: Database) -> None:
    ada = bought(database, ADA)
    ask(database, erase, ada)
    for export in (customer_csv, customer_json):
        for nobody in (ada, uuid.uuid4()):
            with pytest.raises(NotFound, match="Customer not found"):
                written(database, export, nobody)


# ------------------------------------------------------------------------------------------- mails
def test_the_mails_of_a_campaign_have_their_outcomes(database: Database) -> None:
    for email in (ADA, "bob@nowhere.invalid", "+cyd@example.com"):
        bought(database, email)
    campaign_id = approved_campaign(database)
    send_campaign(database, campaign_id, clock=lambda: NOW)
    approved_campaign(database)
    rows = cells(written(database, sends_csv, campaign_id, SendFilter()))
    assert [(row["email"], row["status"], row["error"]) for row in rows] == [
        ("'+cyd@example.com", "sent", ""),
        (ADA, "sent", ""),
        ("bob@nowhere.invalid", "failed", "The domain of bob@nowhere.invalid does not exist"),
    ]
    assert rows[1]["customerId"] == str(customer_id(ADA))
    assert (rows[1]["sentAt"], rows[2]["sentAt"]) == ("2026-06-15T12:00:00Z", "")
    (only,) = cells(written(database, sends_csv, campaign_id, SendFilter("failed", "BOB")))
    assert only == rows[2]
