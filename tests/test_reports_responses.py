"""What customers did after their mail, against what happened."""

import uuid
from datetime import datetime, timedelta

import pytest
from factories import NOW, TICK, Recorder, ago, approved_campaign, ask, bought, campaign, did

from pipeline.database import Database
from pipeline.delivery import DeliveryError, Message
from pipeline.reports import Responses, responses
from pipeline.sends import send_campaign

ADA, BOB, CYD = "ada@example.com", "bob@example.com", "cyd@example.com"
MAILED = ago(days=10)
WEEK = timedelta(days=7)


@pytest.fixture
def mailed(database: Database) -> uuid.UUID:
    """A campaign that wrote to Ada and Bob, and failed to reach Cyd."""
    for email in (ADA, BOB, CYD):
        bought(database, email, MAILED - TICK)
    campaign_id = approved_campaign(database)
    send(database, campaign_id, MAILED)
    return campaign_id


class AllButCyd(Recorder):
    def send(self, message: Message) -> None:
        if message.to == CYD:
            raise DeliveryError("No")


def send(database: Database, campaign_id: uuid.UUID, at: datetime) -> None:
    send_campaign(database, campaign_id, sender=AllButCyd(), clock=lambda: at)


def found(database: Database, campaign_id: uuid.UUID, days: int = 7, limit: int = 9) -> Responses:
    return ask(database, responses, campaign_id, days, limit, now=NOW)


def test_what_was_done_before_the_mail_is_no_response(
    database: Database, mailed: uuid.UUID
) -> None:
    did(database, ADA, "purchase", MAILED)
    assert found(database, mailed) == Responses(mailed=2, waiting=0, customers={})


def test_a_customer_counts_once_for_each_type_however_often_they_did_it(
    database: Database, mailed: uuid.UUID
) -> None:
    for at in (MAILED + TICK, MAILED + WEEK):
        did(database, ADA, "purchase", at)
        did(database, ADA, "login", at)
    did(database, BOB, "login", MAILED + WEEK / 2)
    assert found(database, mailed).customers == {"login": 2, "purchase": 1}


@pytest.mark.parametrize(("days", "customers"), [(1, {}), (7, {}), (8, {"login": 1})])
def test_what_was_done_after_those_days_is_none(
    database: Database, mailed: uuid.UUID, days: int, customers: dict[str, int]
) -> None:
    did(database, ADA, "login", MAILED + WEEK + TICK)
    assert found(database, mailed, days).customers == customers


def test_who_did_it_in_time_counts_whatever_they_did_later(
    database: Database, mailed: uuid.UUID
) -> None:
    for at in (MAILED + WEEK, MAILED + WEEK + TICK, NOW):
        did(database, ADA, "login", at)
    assert found(database, mailed).customers == {"login": 1}


def test_who_got_no_mail_does_not_respond(database: Database, mailed: uuid.UUID) -> None:
    did(database, CYD, "login", MAILED + TICK)
    did(database, "other@example.com", "login", MAILED + TICK)
    assert found(database, mailed) == Responses(mailed=2, waiting=0, customers={})
    assert found(database, campaign(database)) == Responses(mailed=0, waiting=0, customers={})


def test_the_mails_whose_days_are_not_over_are_told(database: Database, mailed: uuid.UUID) -> None:
    assert found(database, mailed, days=10).waiting == 0
    assert found(database, mailed, days=11).waiting == 2


def test_the_most_frequent_types_come_first(database: Database, mailed: uuid.UUID) -> None:
    for email in (ADA, BOB):
        did(database, email, "login", MAILED + TICK)
    for name in ("search", "page_view"):
        did(database, BOB, name, MAILED + TICK)
    assert [*found(database, mailed, limit=2).customers] == ["login", "page_view"]
