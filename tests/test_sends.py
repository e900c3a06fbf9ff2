"""Sends: each approved draft is mailed once, ever, whatever happens in between."""

import itertools
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import delivery
from pipeline.campaigns import get_campaign
from pipeline.customers import erase
from pipeline.database import Database
from pipeline.delivery import DeliveryError, Message, Unavailable
from pipeline.drafts import generate_drafts, list_drafts, review_draft, review_rest
from pipeline.errors import DatabaseError, Invalid, NotFound
from pipeline.ids import customer_id
from pipeline.models import Send
from pipeline.sends import (
    SendFilter,
    SendResult,
    count_interrupted,
    count_sends,
    fail_interrupted,
    list_sends,
    send_campaign,
)
from tests.factories import (
    NOW,
    TICK,
    Dying,
    Recorder,
    address,
    approved_campaign,
    ask,
    at_once,
    bought,
    buyers,
    campaign,
    while_erased,
)

T = TypeVar("T")

ADA, BOB = "ada@example.com", "bob@example.com"
LATER = NOW + timedelta(hours=1)
NOTHING = SendResult(sent=0, failed=0)


class Acting(Recorder):
    """A recorder that does what a test wants to happen, before it takes a message."""

    def __init__(self, act: Callable[[Message], object], batch_size: int = 10) -> None:
        super().__init__(batch_size)
        self.act = act

    def send(self, message: Message) -> None:
        self.act(message)
        super().send(message)


def refusing(*emails: str, error: BaseException | None = None) -> Acting:
    """A sender that does not take messages to these addresses."""

    def refuse(message: Message) -> None:
        if message.to in emails:
            raise error or DeliveryError(f"No mailbox {message.to}")

    return Acting(refuse)


def send(
    database: Database,
    campaign_id: uuid.UUID,
    sender: Recorder,
    now: datetime = NOW,
    **which: bool,
) -> SendResult:
    return send_campaign(database, campaign_id, sender=sender, clock=lambda: now, **which)


def outcomes(database: Database, campaign_id: uuid.UUID) -> dict[str, str]:
    """The status of each send, by e-mail."""
    return {customer.email: row.status for row, customer in ask(database, list_sends, campaign_id)}


def send_to(database: Database, campaign_id: uuid.UUID, email: str) -> Send:
    rows = ask(database, list_sends, campaign_id)
    return next(row for row, customer in rows if customer.email == email)


def status_of(database: Database, campaign_id: uuid.UUID) -> str:
    return ask(database, get_campaign, campaign_id).status


# --------------------------------------------------------------------------------------- once, ever
@pytest.mark.parametrize("batch_size", [1, 2, 5, 100])
def test_each_approved_draft_is_sent_once_ever(database: Database, batch_size: int) -> None:
    emails = buyers(database, 5)
    campaign_id = approved_campaign(database)
    sender = Recorder(batch_size)
    assert send(database, campaign_id, sender) == SendResult(sent=5, failed=0)
    for _ in range(2):
        assert send(database, campaign_id, sender) == NOTHING
    assert sorted(sender.mailed) == emails
    assert outcomes(database, campaign_id) == dict.fromkeys(emails, "sent")


def test_a_message_is_the_approved_text(database: Database) -> None:
    bought(database, ADA, sku="A-1")
    campaign_id = approved_campaign(database)
    seen: list[Message] = []
    send(database, campaign_id, Acting(seen.append))
    ((draft, _),) = ask(database, list_drafts, campaign_id)
    assert seen == [Message(draft.id, ADA, "Still thinking about A-1?", draft.body)]


def test_a_send_knows_when_it_was_claimed_and_sent(database: Database) -> None:
    bought(database, ADA)
    campaign_id = approved_campaign(database)
    moments = iter([NOW, LATER, LATER + TICK])
    send_campaign(database, campaign_id, sender=Recorder(), clock=lambda: next(moments))
    row = send_to(database, campaign_id, ADA)
    assert (row.created_at, row.sent_at, row.error) == (NOW, LATER, None)
    assert ask(database, get_campaign, campaign_id).updated_at == LATER + TICK


def test_only_what_was_approved_since_is_sent(database: Database) -> None:
    emails = buyers(database, 4)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    drafts = ask(database, list_drafts, campaign_id)
    ask(database, review_draft, campaign_id, drafts[3][0].id, "rejected", now=NOW)
    ask(database, review_rest, campaign_id, "approved", limit=1, now=NOW)
    sender = Recorder()
    assert send(database, campaign_id, sender) == SendResult(1, 0)
    ask(database, review_rest, campaign_id, "approved", limit=1, now=NOW)
    assert send(database, campaign_id, sender) == SendResult(1, 0)
    assert sender.mailed == emails[:2]
    assert status_of(database, campaign_id) == "sent"


def test_a_campaign_without_an_approved_draft_cannot_be_sent(database: Database) -> None:
    buyers(database, 2)
    campaign_id = campaign(database)
    for prepare in (
        lambda: None,
        lambda: generate_drafts(database, campaign_id, now=NOW),
        lambda: ask(database, review_rest, campaign_id, "rejected", now=NOW),
    ):
        prepare()
        with pytest.raises(Invalid, match="No approved drafts to send"):
            send(database, campaign_id, Recorder())
    assert status_of(database, campaign_id) == "drafted"


def test_an_unknown_campaign_cannot_be_sent(database: Database) -> None:
    with pytest.raises(NotFound, match="Campaign not found"):
        send(database, uuid.uuid4(), Recorder())
    with pytest.raises(NotFound, match="Campaign not found"):
        ask(database, fail_interrupted, uuid.uuid4(), claimed_before=LATER)


def test_another_campaign_mails_the_same_people_again(database: Database) -> None:
    emails = buyers(database, 2)
    sender = Recorder()
    for _ in range(2):
        assert send(database, approved_campaign(database), sender) == SendResult(2, 0)
    assert sorted(sender.mailed) == sorted(emails * 2)


def test_sends_are_listed_by_address(database: Database) -> None:
    emails = buyers(database, 6)
    campaign_id = approved_campaign(database)
    send(database, campaign_id, Recorder())
    assert list(outcomes(database, campaign_id)) == emails


@pytest.mark.parametrize(
    ("among", "expected"),
    [
        (SendFilter(), [ADA, BOB]),
        (SendFilter("sent"), [BOB]),
        (SendFilter("failed"), [ADA]),
        (SendFilter("queued"), []),
        (SendFilter(search=" BOB@"), [BOB]),
        (SendFilter(search="_"), []),
        (SendFilter("sent", "ada"), []),
    ],
    ids=repr,
)
def test_sends_are_found_by_status_and_address(
    database: Database, among: SendFilter, expected: list[str]
) -> None:
    bought(database, ADA)
    bought(database, BOB)
    campaign_id = approved_campaign(database)
    send(database, campaign_id, refusing(ADA))
    pages = [
        ask(database, list_sends, campaign_id, among=among, limit=1, offset=offset)
        for offset in range(3)
    ]
    assert [customer.email for page in pages for _, customer in page] == expected
    assert ask(database, count_sends, campaign_id, among) == len(expected)


def test_progress_counts_mails_batch_by_batch(database: Database) -> None:
    buyers(database, 5)
    told: list[tuple[int, int]] = []
    send_campaign(
        database,
        approved_campaign(database),
        sender=Recorder(2),
        clock=lambda: NOW,
        on_progress=lambda *seen: told.append(seen),
    )
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_progress_takes_in_what_is_called_failed_meanwhile(database: Database) -> None:
    first, _, last = sorted(buyers(database, 3), key=customer_id)
    campaign_id = approved_campaign(database)

    def refuse_and_die(message: Message) -> None:
        if message.to == first:
            raise DeliveryError("Not now")
        if message.to == last:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(database, campaign_id, Acting(refuse_and_die))
    told: list[tuple[int, int]] = []
    send_campaign(
        database,
        campaign_id,
        sender=Acting(lambda _: ask(database, fail_interrupted, campaign_id, claimed_before=LATER)),
        clock=lambda: NOW,
        on_progress=lambda *seen: told.append(seen),
    )
    assert told == [(1, 1), (2, 2)]


def test_without_a_sender_the_plugged_in_one_is_used(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(database, ADA)
    bought(database, "bob@example.invalid")
    campaign_id = approved_campaign(database)
    assert send_campaign(database, campaign_id, clock=lambda: NOW) == SendResult(1, 1)
    sender = Recorder()
    monkeypatch.setattr(delivery, "_plugged_in", sender)
    assert send_campaign(database, campaign_id, clock=lambda: NOW) == SendResult(1, 0)
    assert sender.mailed == ["bob@example.invalid"]


def test_what_was_approved_after_a_look_waits_for_another_call(database: Database) -> None:
    emails = buyers(database, 3)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ask(database, review_rest, campaign_id, "approved", limit=1, now=NOW)
    seen = ask(database, get_campaign, campaign_id).revision
    ask(database, review_rest, campaign_id, "approved", limit=1, now=NOW)
    sender = Recorder()
    told: list[tuple[int, int]] = []
    result = send_campaign(
        database,
        campaign_id,
        seen=seen,
        sender=sender,
        clock=lambda: NOW,
        on_progress=lambda *progress: told.append(progress),
    )
    assert (result, sender.mailed, told) == (SendResult(1, 0), emails[:1], [(1, 1)])
    assert send(database, campaign_id, sender) == SendResult(1, 0)
    assert sender.mailed == emails[:2]


# ---------------------------------------------------------------------------------------- failures
def test_a_failure_is_recorded_with_its_reason_and_tried_again(database: Database) -> None:
    emails = buyers(database, 3)
    campaign_id = approved_campaign(database)
    assert send(database, campaign_id, refusing(emails[1])) == SendResult(sent=2, failed=1)
    failed = send_to(database, campaign_id, emails[1])
    assert (failed.status, failed.sent_at) == ("failed", None)
    assert failed.error == f"No mailbox {emails[1]}"
    while_tried: list[str | None] = []
    sender = Acting(lambda _: while_tried.append(send_to(database, campaign_id, emails[1]).error))
    assert send(database, campaign_id, sender, LATER) == SendResult(1, 0)
    assert (sender.mailed, while_tried) == ([emails[1]], [None])
    again = send_to(database, campaign_id, emails[1])
    assert (again.id, again.status, again.error) == (failed.id, "sent", None)
    assert again.sent_at == again.created_at == LATER


def test_a_failure_is_not_tried_again_by_the_same_call(database: Database) -> None:
    emails = buyers(database, 5)
    campaign_id = approved_campaign(database)
    tried: list[str] = []

    def refuse(message: Message) -> None:
        tried.append(message.to)
        raise DeliveryError("No")

    assert send(database, campaign_id, Acting(refuse, batch_size=2)) == SendResult(0, 5)
    assert sorted(tried) == emails


def test_only_the_failed_can_be_tried_again(database: Database) -> None:
    emails = buyers(database, 4)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ask(database, review_rest, campaign_id, "approved", limit=3, now=NOW)
    send(database, campaign_id, refusing(emails[1]))
    ask(database, review_rest, campaign_id, "approved", now=NOW)
    sender = Recorder()
    again = partial(
        send_campaign, database, campaign_id, only_failed=True, sender=sender, clock=lambda: LATER
    )
    assert [again(), again()] == [SendResult(1, 0), NOTHING]
    assert sender.mailed == [emails[1]]
    assert emails[3] not in outcomes(database, campaign_id)


@pytest.mark.parametrize(
    ("refused", "status"), [([], "sent"), ([ADA], "sent"), ([ADA, BOB], "failed")]
)
def test_a_campaign_has_failed_when_nobody_got_their_mail(
    database: Database, refused: list[str], status: str
) -> None:
    bought(database, ADA)
    bought(database, BOB)
    campaign_id = approved_campaign(database)
    send(database, campaign_id, refusing(*refused))
    assert status_of(database, campaign_id) == status
    send(database, campaign_id, Recorder())
    assert status_of(database, campaign_id) == "sent"


def test_the_text_of_a_senders_exception_stays_in_the_log(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    buyers(database, 2)
    campaign_id = approved_campaign(database)
    sender = refusing(address(0), error=OSError("login shop:hunter2 refused"))
    assert send(database, campaign_id, sender) == SendResult(sent=1, failed=0, undecided=1)
    error = "The sender failed (OSError); it is not known whether this mail went out"
    assert send_to(database, campaign_id, address(0)).error == error
    assert "hunter2" in caplog.text


@pytest.mark.parametrize("batch_size", [1, 10])
def test_a_mail_whose_sender_failed_after_it_was_handed_over_is_not_sent_twice(
    database: Database, batch_size: int
) -> None:
    emails = buyers(database, 3)
    campaign_id = approved_campaign(database)

    def lose_the_answer(message: Message) -> None:
        if message.to == emails[1]:
            taken.append(message.to)
            raise TimeoutError

    taken: list[str] = []
    sender = Acting(lose_the_answer, batch_size)
    assert send(database, campaign_id, sender) == SendResult(sent=2, failed=0, undecided=1)
    assert send(database, campaign_id, sender) == NOTHING
    assert (taken, status_of(database, campaign_id)) == ([emails[1]], "sending")

    # A person need not wait until it is certain that nobody is at it any more.
    assert ask(database, count_interrupted, campaign_id, claimed_before=NOW) == 1
    assert ask(database, fail_interrupted, campaign_id, claimed_before=NOW) == 1
    assert send(database, campaign_id, Recorder()) == SendResult(1, 0)
    assert ask(database, count_interrupted, campaign_id, claimed_before=LATER) == 0
    assert status_of(database, campaign_id) == "sent"


@pytest.mark.parametrize("reason", ["", " ", "a\0b", "\ud800", "x" * 100_000], ids=ascii)
def test_whatever_reason_a_sender_gives_a_failure_is_a_failure(
    database: Database, reason: str
) -> None:
    buyers(database, 2)
    campaign_id = approved_campaign(database)
    sender = refusing(address(0), error=DeliveryError(reason))
    assert send(database, campaign_id, sender) == SendResult(sent=1, failed=1)
    assert outcomes(database, campaign_id) == {address(0): "failed", address(1): "sent"}
    error = send_to(database, campaign_id, address(0)).error
    assert error
    assert error.strip()


# ------------------------------------------------------------------------------- nothing gets out
def failing(error: Exception, batch_size: int, *, except_for: Sequence[int] = ()) -> Acting:
    """A sender that fails on each mail but some, by their number; `mailed` has those it took."""
    numbers = itertools.count(1)

    def fail(_: Message) -> None:
        if next(numbers) not in except_for:
            raise error

    return Acting(fail, batch_size)


@pytest.mark.parametrize("batch_size", [1, 4, 10, 100])
@pytest.mark.parametrize("error", [Unavailable("No answer"), TimeoutError()], ids=repr)
def test_a_sending_stops_by_itself_when_nothing_gets_out(
    database: Database, batch_size: int, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    emails = buyers(database, 15)
    campaign_id = approved_campaign(database)
    result = send(database, campaign_id, failing(error, batch_size, except_for=[1, 2]))
    assert (result.sent, result.failed + result.undecided) == (2, 10)
    assert result.stopped
    assert result.stopped.startswith("Sending has stopped, as 10 mails in a row failed (")
    assert "has stopped" in caplog.text
    assert len(outcomes(database, campaign_id)) == 12  # the others are as they were
    assert status_of(database, campaign_id) == "sending"

    ask(database, fail_interrupted, campaign_id, claimed_before=NOW)
    assert send(database, campaign_id, Recorder()) == SendResult(13, 0)
    assert outcomes(database, campaign_id) == dict.fromkeys(emails, "sent")
    assert status_of(database, campaign_id) == "sent"


@pytest.mark.parametrize("only_failed", [True, False])
def test_what_failed_before_and_is_not_tried_again_stays_failed(
    database: Database, only_failed: bool
) -> None:
    emails = buyers(database, 15)
    campaign_id = approved_campaign(database)
    send(database, campaign_id, failing(DeliveryError("No such mailbox"), 4))
    sender = failing(Unavailable("No answer"), 500)
    result = send(database, campaign_id, sender, only_failed=only_failed)
    assert (result.failed, result.stopped is None) == (10, False)
    assert outcomes(database, campaign_id) == dict.fromkeys(emails, "failed")
    reasons = [row.error for row, _ in ask(database, list_sends, campaign_id)]
    assert sorted(filter(None, reasons)) == ["No answer"] * 10 + ["No such mailbox"] * 5
    assert send(database, campaign_id, Recorder(), only_failed=True) == SendResult(15, 0)


def test_one_mail_that_gets_out_lets_the_sending_go_on(database: Database) -> None:
    buyers(database, 20)
    campaign_id = approved_campaign(database)
    sender = failing(Unavailable("No answer"), 4, except_for=[10])
    # And when all have been tried, there is nothing to be left.
    assert send(database, campaign_id, sender) == SendResult(1, 9 + 10)
    assert status_of(database, campaign_id) == "sent"


def test_who_cannot_be_reached_stops_nothing(database: Database) -> None:
    buyers(database, 15)
    campaign_id = approved_campaign(database)
    sender = failing(DeliveryError("No such mailbox"), 4)
    assert send(database, campaign_id, sender) == SendResult(0, 15)
    assert status_of(database, campaign_id) == "failed"


# ------------------------------------------------------------------------- what happens meanwhile
def test_no_transaction_is_open_while_the_sender_works(database: Database) -> None:
    buyers(database, 2)
    connections: list[int] = []
    sender = Acting(lambda _: connections.append(database.engine.pool.checkedout()))
    send(database, approved_campaign(database), sender)
    assert connections == [0, 0]


def test_a_send_in_the_middle_of_a_send_mails_nobody_twice(database: Database) -> None:
    emails = buyers(database, 10)
    campaign_id = approved_campaign(database)
    inner = Recorder(batch_size=3)

    def send_once_more(_: Message) -> None:
        if len(outer.mailed) == 1:
            assert send(database, campaign_id, inner) == SendResult(sent=6, failed=0)
            assert status_of(database, campaign_id) == "sending"

    outer = Acting(send_once_more, batch_size=4)
    assert send(database, campaign_id, outer) == SendResult(sent=4, failed=0)
    assert sorted(outer.mailed + inner.mailed) == emails
    assert status_of(database, campaign_id) == "sent"


@pytest.mark.parametrize("batch_size", [1, 7])
def test_sends_at_once_mail_nobody_twice(database: Database, batch_size: int) -> None:
    emails = buyers(database, 40)
    campaign_id = approved_campaign(database)
    sender = Recorder(batch_size)
    results = at_once(*[partial(send, database, campaign_id, sender)] * 3)
    assert sum(result.sent for result in results) == 40
    assert sorted(sender.mailed) == emails
    assert outcomes(database, campaign_id) == dict.fromkeys(emails, "sent")
    assert status_of(database, campaign_id) == "sent"


def test_a_send_that_begins_when_another_ends_has_the_last_word(database: Database) -> None:
    (email,) = buyers(database, 1)
    campaign_id = approved_campaign(database)
    begun, ended = threading.Event(), threading.Event()

    def wait_for_the_first(_: Message) -> None:
        begun.set()
        ended.wait(30)

    second = partial(send, database, campaign_id, Acting(wait_for_the_first))
    threads: list[Future[SendResult]] = []

    @sa.event.listens_for(database.engine, "after_cursor_execute")
    def begin_the_second(_1: object, _2: object, statement: str, *_3: object) -> None:
        if "DISTINCT sends.status" in statement and not threads:
            threads.append(pool.submit(second))
            begun.wait(0.5)

    with ThreadPoolExecutor(1) as pool:
        assert send(database, campaign_id, refusing(email)) == SendResult(sent=0, failed=1)
        ended.set()
        assert threads[0].result() == SendResult(sent=1, failed=0)
    assert status_of(database, campaign_id) == "sent"


def test_whoever_is_erased_in_the_middle_leaves_the_others_their_mail(
    database: Database,
) -> None:
    emails = buyers(database, 6)
    campaign_id = approved_campaign(database)

    def erase_the_next(message: Message) -> None:
        if not sender.mailed:
            gone.append(next(email for email in emails if email != message.to))
            ask(database, erase, customer_id(gone[0]))

    gone: list[str] = []
    sender = Acting(erase_the_next, batch_size=1)
    assert send(database, campaign_id, sender) == SendResult(sent=5, failed=0)
    assert set(sender.mailed) == set(emails) - set(gone)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_mail_is_sent_while_one_after_another_is_erased(database: Database) -> None:
    emails = buyers(database, 8)
    campaign_id = approved_campaign(database)
    gone = emails[1:7]  # more of them than a transaction is tried
    sender = Recorder(batch_size=100)
    work = partial(send, database, campaign_id, sender)
    assert while_erased(database, map(customer_id, gone), work) == SendResult(sent=2, failed=0)
    assert sorted(sender.mailed) == [emails[0], emails[7]]


def test_a_campaign_whose_audience_is_erased_while_it_is_sent_still_ends(
    database: Database,
) -> None:
    (email,) = buyers(database, 1)
    campaign_id = approved_campaign(database)
    send(database, campaign_id, Acting(lambda _: ask(database, erase, customer_id(email))))
    assert status_of(database, campaign_id) == "failed"


def test_a_campaign_whose_audience_is_erased_after_an_interruption_ends(
    database: Database,
) -> None:
    (email,) = buyers(database, 1)
    campaign_id = approved_campaign(database)
    with pytest.raises(KeyboardInterrupt):
        send_campaign(database, campaign_id, sender=Dying(), clock=lambda: NOW)
    ask(database, erase, customer_id(email))
    assert status_of(database, campaign_id) == "sending"
    with pytest.raises(Invalid, match="No approved drafts to send"):
        send(database, campaign_id, Recorder())
    assert status_of(database, campaign_id) == "failed"


@pytest.mark.parametrize(
    "email",
    [
        "bob,ada@example.com",
        "bob;ada@example.com",
        "<ada@example.com>",
        '"bob"<ada@example.com>',
        "(bob)ada@example.com",
        "bob:ada@example.com;",
        "ada@example.com(bob)",
        "ada\\@example.com",
        "ada\x01@example.com",
        "=?utf-8?q?ada?=@example.com",
    ],
    ids=ascii,
)
def test_nobody_gets_a_mail_by_another_spelling_of_their_address(
    database: Database, email: str
) -> None:
    bought(database, ADA)
    bought(database, email)
    campaign_id = approved_campaign(database)
    sender = Recorder()
    assert send(database, campaign_id, sender) == SendResult(sent=1, failed=1)
    assert sender.mailed == [ADA]
    error = f"{email} has characters that no plain e-mail address has"
    assert send_to(database, campaign_id, email).error == error


@pytest.mark.parametrize(
    "email", ["o'neill+shop_1@a-b.example", "é.ñ@exämple.com", "a@[127.0.0.1]"]
)
def test_whoever_has_a_rare_address_gets_their_mail(database: Database, email: str) -> None:
    bought(database, email)
    sender = Recorder()
    assert send(database, approved_campaign(database), sender) == SendResult(sent=1, failed=0)
    assert sender.mailed == [email]


class Away(Database):
    """A database that does not answer so many times, once something was sent."""

    def __init__(self, engine: sa.Engine, sender: Recorder, times: int) -> None:
        super().__init__(engine)
        self.sender, self.times = sender, times

    def transact(self, work: Callable[[Session], T]) -> T:
        if self.sender.mailed and self.times:
            self.times -= 1
            raise DatabaseError("The database does not answer")
        return super().transact(work)


@pytest.mark.parametrize("times", [1, 3, 4])
def test_what_was_sent_is_written_down_when_the_database_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    (email,) = buyers(database, 1)
    campaign_id = approved_campaign(database)
    away = Away(database.engine, sender := Recorder(), times)
    with suppress(DatabaseError):
        assert send(away, campaign_id, sender) == SendResult(1, 0)
    assert pauses == [1, 5, 25][:times]
    assert outcomes(database, campaign_id) == {email: "queued" if times == 4 else "sent"}


# ------------------------------------------------------------------------------------ interruptions
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interruption_releases_what_was_not_handed_over(
    database: Database, interruption: type[BaseException]
) -> None:
    emails = buyers(database, 8)
    campaign_id = approved_campaign(database)

    def stop_at_the_third(message: Message) -> None:
        if len(first.mailed) == 2:
            in_hand.append(message.to)
            raise interruption

    in_hand: list[str] = []
    first, second = Acting(stop_at_the_third, batch_size=5), Recorder()
    with pytest.raises(interruption):
        send(database, campaign_id, first)
    assert outcomes(database, campaign_id) == dict.fromkeys(first.mailed, "sent") | {
        in_hand[0]: "queued"
    }
    told: list[tuple[int, int]] = []
    result = send_campaign(
        database,
        campaign_id,
        sender=second,
        clock=lambda: NOW,
        on_progress=lambda *seen: told.append(seen),
    )
    assert (result, told) == (SendResult(sent=5, failed=0), [(5, 5)])
    assert sorted(first.mailed + in_hand + second.mailed) == emails
    assert status_of(database, campaign_id) == "sending"


MAILS_TWO_AND_STOPS = """
import sys, time, uuid
from datetime import UTC, datetime
from pipeline.database import connect
from pipeline.sends import send_campaign

class Sender:
    batch_size = int(sys.argv[3])
    def send(self, message):
        print(message.to, flush=True)
        self.taken = getattr(self, "taken", 0) + 1
        if self.taken == 3:
            print("stopped", flush=True)
            time.sleep(600)

send_campaign(
    connect(sys.argv[1]),
    uuid.UUID(sys.argv[2]),
    sender=Sender(),
    clock=lambda: datetime(2026, 6, 15, 12, tzinfo=UTC),
)
"""


def killed_in_the_middle(database: Database, campaign_id: uuid.UUID, batch_size: int) -> list[str]:
    """Whom a process mailed that was killed with its third message in the sender's hands."""
    url = database.engine.url.render_as_string(hide_password=False)
    arguments = [url, str(campaign_id), str(batch_size)]
    process = subprocess.Popen(
        [sys.executable, "-c", MAILS_TWO_AND_STOPS, *arguments],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    mailed = [line.strip() for line in iter(process.stdout.readline, "stopped\n")]
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    assert process.wait(30) == -signal.SIGKILL
    return mailed


@pytest.mark.no_cover
@pytest.mark.parametrize(("batch_size", "undecided"), [(1, 1), (4, 4), (100, 6)])
def test_a_process_killed_in_the_middle_never_mails_anyone_twice(
    database: Database, batch_size: int, undecided: int
) -> None:
    emails = buyers(database, 6)
    campaign_id = approved_campaign(database)
    first = killed_in_the_middle(database, campaign_id, batch_size)
    assert len(set(first)) == 3
    second = Recorder()
    left = 3 if batch_size == 1 else 6 - undecided
    assert send(database, campaign_id, second) == SendResult(sent=left, failed=0)
    assert send(database, campaign_id, second) == NOTHING
    assert len(set(first + second.mailed)) == 3 + left
    assert list(outcomes(database, campaign_id).values()).count("queued") == undecided
    assert status_of(database, campaign_id) == "sending"

    # A person looks into the mail server's log and decides.
    counted = partial(ask, database, count_interrupted, campaign_id)
    assert [counted(claimed_before=at) for at in (NOW, NOW + TICK)] == [0, undecided]
    claimed = partial(ask, database, fail_interrupted, campaign_id)
    assert claimed(claimed_before=NOW) == 0
    assert claimed(claimed_before=NOW + TICK) == undecided
    third = Recorder()
    assert send(database, campaign_id, third) == SendResult(undecided, 0)
    assert set(first + second.mailed + third.mailed) == set(emails)
    assert status_of(database, campaign_id) == "sent"


def test_failing_the_interrupted_leaves_all_others_alone(database: Database) -> None:
    emails = buyers(database, 3)
    campaign_id, other = approved_campaign(database), approved_campaign(database)

    def stop(message: Message) -> None:
        if message.to == emails[0]:
            raise DeliveryError("No mailbox")
        if message.to == emails[1]:
            raise KeyboardInterrupt

    for each in (campaign_id, other):
        while "queued" not in outcomes(database, each).values():
            with pytest.raises(KeyboardInterrupt):
                send(database, each, Acting(stop, batch_size=1))
    before = outcomes(database, campaign_id)
    assert ask(database, fail_interrupted, campaign_id, claimed_before=LATER) == 1
    assert outcomes(database, campaign_id) == before | {emails[1]: "failed"}
    error = "Interrupted; it is not known whether this mail went out"
    assert send_to(database, campaign_id, emails[1]).error == error
    assert outcomes(database, other)[emails[1]] == "queued"


def stalled(database: Database, campaign_id: uuid.UUID, end: BaseException) -> list[str]:
    """Whom a sending mailed that took over from one which stalled, and in the end fails so."""
    claimed, ended = threading.Event(), threading.Event()

    def wait(_: Message) -> None:
        claimed.set()
        ended.wait(30)

    def stall(message: Message) -> None:
        if not threads:
            ask(database, fail_interrupted, campaign_id, claimed_before=LATER)
            threads.append(pool.submit(send, database, campaign_id, second, LATER))
            claimed.wait(30)
        raise end

    threads: list[Future[SendResult]] = []
    second = Acting(wait)
    with ThreadPoolExecutor(1) as pool:
        with suppress(KeyboardInterrupt):
            send(database, campaign_id, Acting(stall))
        meanwhile = Recorder()
        send(database, campaign_id, meanwhile, LATER)
        ended.set()
    return second.mailed + meanwhile.mailed


@pytest.mark.parametrize("end", [KeyboardInterrupt(), DeliveryError("No")], ids=repr)
def test_what_another_sending_has_claimed_since_is_left_to_it(
    database: Database, end: BaseException
) -> None:
    emails = buyers(database, 5)
    campaign_id = approved_campaign(database)
    assert sorted(stalled(database, campaign_id, end)) == emails
    assert outcomes(database, campaign_id) == dict.fromkeys(emails, "sent")
    assert send(database, campaign_id, Recorder()) == NOTHING


@pytest.mark.parametrize(
    ("refused", "sends", "again"),
    [([], {ADA: "sent"}, NOTHING), ([ADA], {ADA: "failed"}, SendResult(1, 0))],
)
def test_what_went_out_is_sent_though_somebody_called_it_interrupted(
    database: Database, refused: list[str], sends: dict[str, str], again: SendResult
) -> None:
    bought(database, ADA)
    campaign_id = approved_campaign(database)

    def give_up_too_early(message: Message) -> None:
        ask(database, fail_interrupted, campaign_id, claimed_before=LATER)
        refusing(*refused).send(message)

    send(database, campaign_id, Acting(give_up_too_early))
    assert outcomes(database, campaign_id) == sends
    assert send(database, campaign_id, Recorder()) == again
    assert send_to(database, campaign_id, ADA).error is None
