"""Drafts: one for each match, with true facts, decided by one person."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from pipeline.campaigns import get_campaign
from pipeline.customers import erase
from pipeline.database import Database
from pipeline.drafts import edit_draft, generate_drafts, list_drafts, review_draft, review_rest
from pipeline.errors import Conflict, Invalid, NotFound, ProviderError
from pipeline.events import ingest
from pipeline.ids import customer_id
from pipeline.models import EmailDraft
from pipeline.smart import EmailFacts, EmailText, TemplateWriter, plug_in
from pipeline.sql import WHITESPACE
from tests.factories import (
    BUYERS,
    NOW,
    TICK,
    address,
    ago,
    ask,
    at_once,
    bought,
    buyers,
    campaign,
    count_rows,
    did,
    draft_statuses,
    event,
    while_erased,
)

ADA, BOB = "ada@example.com", "bob@example.com"
LATER = NOW + timedelta(hours=1)
CHUNK = 4
#: Matches whoever did anything called "visit" in ten years, so that facts vary freely.
VISITORS: dict[str, Any] = {**BUYERS, "eventType": "visit", "days": 3650}


@dataclass
class Writer:
    """Keeps the facts it is given, after doing whatever a test wants to happen just then."""

    happening: Callable[[EmailFacts], object] = lambda _: None
    subject: str = "Hello"

    def __post_init__(self) -> None:
        self.asked: list[EmailFacts] = []

    def write(self, facts: EmailFacts) -> EmailText:
        self.asked.append(facts)
        self.happening(facts)
        return EmailText(self.subject, f"Dear {facts.customer_email}")


def plugged(writer: Writer) -> Writer:
    plug_in(writer=writer)
    return writer


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("pipeline.drafts.generating._CHUNK", CHUNK)
    yield
    plug_in(writer=TemplateWriter())


def drafted(database: Database, campaign_id: uuid.UUID) -> list[EmailDraft]:
    return [draft for draft, _ in ask(database, list_drafts, campaign_id)]


def draft_of(database: Database, campaign_id: uuid.UUID, email: str) -> EmailDraft:
    found = ask(database, list_drafts, campaign_id)
    return next(draft for draft, customer in found if customer.email == email)


def decide(database: Database, campaign_id: uuid.UUID, email: str, verdict: str) -> None:
    draft = draft_of(database, campaign_id, email)
    ask(database, review_draft, campaign_id, draft.id, verdict, now=NOW)


# -------------------------------------------------------------------------------------- every match
@pytest.mark.parametrize("number", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 1])
def test_every_match_gets_one_draft(database: Database, number: int) -> None:
    emails = buyers(database, number)
    did(database, ADA, "visit")
    campaign_id = campaign(database)
    for _ in range(2):
        assert generate_drafts(database, campaign_id, now=NOW) == number
        assert draft_statuses(database, campaign_id) == dict.fromkeys(emails, "generated")
        assert count_rows(database, EmailDraft) == number


def test_drafts_of_an_unknown_campaign_are_not_generated(database: Database) -> None:
    with pytest.raises(NotFound, match="Campaign not found"):
        generate_drafts(database, uuid.uuid4(), now=NOW)


def test_progress_counts_customers_chunk_by_chunk(database: Database) -> None:
    buyers(database, 2 * CHUNK + 1)
    told: list[tuple[int, int]] = []
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW, on_progress=lambda *seen: told.append(seen))
    assert told == [(CHUNK, 9), (2 * CHUNK, 9), (9, 9)]


def test_a_draft_holds_the_writers_text_and_the_sku(database: Database) -> None:
    bought(database, ADA, sku=" A-1 ")
    plugged(Writer())
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    (draft,) = drafted(database, campaign_id)
    assert (draft.subject, draft.body) == ("Hello", f"Dear {ADA}")
    assert (draft.recommended_sku, draft.status) == ("A-1", "generated")
    assert draft.created_at == draft.updated_at == NOW


def test_drafts_are_listed_by_address_all_or_the_first(database: Database) -> None:
    emails = buyers(database, 6)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    assert list(draft_statuses(database, campaign_id)) == emails
    first = ask(database, list_drafts, campaign_id, limit=2)
    assert [customer.email for _, customer in first] == emails[:2]


def test_two_campaigns_have_drafts_of_their_own(database: Database) -> None:
    buyers(database, 2)
    one, other = campaign(database), campaign(database)
    assert [generate_drafts(database, each, now=NOW) for each in (one, other)] == [2, 2]
    assert ask(database, review_rest, one, "approved", now=NOW) == 2
    assert set(draft_statuses(database, other).values()) == {"generated"}


# ------------------------------------------------------------------------------ refresh and removal
def test_an_undecided_draft_is_written_anew(database: Database) -> None:
    bought(database, ADA, sku="A-1")
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    before = drafted(database, campaign_id)[0]
    bought(database, ADA, NOW + TICK, sku="B-2")
    assert generate_drafts(database, campaign_id, now=LATER) == 1
    (after,) = drafted(database, campaign_id)
    assert (after.id, after.created_at) == (before.id, NOW)
    assert (after.updated_at, after.written_at) == (LATER, LATER)
    assert (after.recommended_sku, after.subject) == ("B-2", "Still thinking about B-2?")


def test_a_draft_whose_customer_no_longer_matches_is_removed(database: Database) -> None:
    bought(database, ADA, ago(days=29))
    bought(database, BOB)
    campaign_id = campaign(database)
    assert generate_drafts(database, campaign_id, now=NOW) == 2
    assert generate_drafts(database, campaign_id, now=NOW + timedelta(days=2)) == 1
    assert draft_statuses(database, campaign_id) == {BOB: "generated"}
    assert generate_drafts(database, campaign_id, now=NOW + timedelta(days=99)) == 0
    assert draft_statuses(database, campaign_id) == {}


@pytest.mark.parametrize("chunk", [2, 5, 1_000])
def test_any_number_of_drafts_is_removed(
    database: Database, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("pipeline.drafts.generating._CHUNK", chunk)
    buyers(database, 5)
    campaign_id = campaign(database)
    assert generate_drafts(database, campaign_id, now=NOW) == 5
    decide(database, campaign_id, address(1), "approved")
    bought(database, address(3), NOW + TICK)
    later = NOW + timedelta(days=30) + TICK
    assert generate_drafts(database, campaign_id, now=later) == 1
    kept = {address(1): "approved", address(3): "generated"}
    assert draft_statuses(database, campaign_id) == kept


def test_removal_stays_within_the_campaign(database: Database) -> None:
    bought(database, ADA)
    did(database, BOB, "visit")
    visitors, to_buyers = campaign(database, VISITORS), campaign(database)
    generate_drafts(database, visitors, now=NOW)
    generate_drafts(database, to_buyers, now=NOW)
    assert draft_statuses(database, visitors) == {BOB: "generated"}


def test_a_decided_draft_keeps_its_text_and_status(database: Database) -> None:
    verdicts = {address(0): "approved", address(1): "rejected"}
    buyers(database, 3)
    campaign_id = campaign(database)
    plugged(Writer(subject="First"))
    generate_drafts(database, campaign_id, now=NOW)
    for email, verdict in verdicts.items():
        decide(database, campaign_id, email, verdict)
    writer = plugged(Writer(subject="Second"))
    assert generate_drafts(database, campaign_id, now=LATER) == 3
    assert [draft.subject for draft in drafted(database, campaign_id)] == ["First"] * 2 + ["Second"]
    assert draft_statuses(database, campaign_id) == {**verdicts, address(2): "generated"}
    assert [facts.customer_email for facts in writer.asked] == [address(2)]


def test_a_decided_draft_outlives_the_match_but_is_not_counted(database: Database) -> None:
    bought(database, ADA, ago(days=29))
    bought(database, BOB)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    decide(database, campaign_id, ADA, "approved")
    assert generate_drafts(database, campaign_id, now=NOW + timedelta(days=2)) == 1
    assert draft_statuses(database, campaign_id) == {ADA: "approved", BOB: "generated"}


# -------------------------------------------------------------------------------------------- facts
def facts_of(database: Database) -> EmailFacts:
    """What a writer learns about the one visitor."""
    writer = plugged(Writer())
    assert generate_drafts(database, campaign(database, VISITORS), now=NOW) == 1
    (facts,) = writer.asked
    return facts


@pytest.mark.parametrize(
    ("skus", "expected"),
    [
        (["A-1"], "A-1"),
        ([" A-1\n"], "A-1"),
        ([f"{WHITESPACE}A {WHITESPACE}1{WHITESPACE}"], f"A {WHITESPACE}1"),
        (["new", "old"], "new"),
        (["", "old"], "old"),
        ([" ", "\t\n", WHITESPACE, "old"], "old"),
        ([42, "old"], "old"),
        ([None, True, ["A-1"], {"sku": "A-1"}, 7.5, "old"], "old"),
        ([None, 42, " "], None),
        (["42"], "42"),
        (["null"], "null"),
        (["x" * 200, "old"], "x" * 200),
        (["x" * 201, "old"], "old"),
        (["'; DROP TABLE events; --"], "'; DROP TABLE events; --"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_the_sku_is_the_newest_that_is_a_filled_string(
    database: Database, skus: list[object], expected: str | None
) -> None:
    for hours, sku in enumerate(skus):
        did(database, ADA, "visit", ago(hours=hours), {"sku": sku})
    assert facts_of(database) == EmailFacts(ADA, "visit", expected)


@pytest.mark.parametrize("properties", [{}, {"SKU": "A-1"}, {"in": {"sku": "A-1"}}], ids=repr)
def test_without_a_property_of_that_very_name_there_is_no_sku(
    database: Database, properties: dict[str, object]
) -> None:
    did(database, ADA, "visit", properties=properties)
    assert facts_of(database).recommended_sku is None


@pytest.mark.parametrize(
    ("at", "known"),
    [
        (NOW, True),
        (ago(days=30), True),
        (ago(days=30) - TICK, False),
        (ago(days=400), False),
        (NOW + TICK, False),
    ],
)
def test_facts_are_of_the_last_30_days(database: Database, at: datetime, known: bool) -> None:
    did(database, ADA, "visit", ago(days=500), {"sku": "Z-9"})
    did(database, ADA, "purchase", at, {"sku": "A-1"})
    expected = EmailFacts(ADA, "purchase", "A-1") if known else EmailFacts(ADA)
    assert facts_of(database) == expected


def test_the_sku_and_the_recent_event_may_be_of_two_events(database: Database) -> None:
    did(database, ADA, "visit", ago(days=9), {"sku": "A-1"})
    did(database, ADA, "login", ago(days=2))
    did(database, BOB, "login", ago(days=1), {"sku": "B-2"})
    assert facts_of(database) == EmailFacts(ADA, "login", "A-1")


# ----------------------------------------------------------------------- what happens in the middle
def test_a_writer_that_fails_leaves_whole_chunks_only(database: Database) -> None:
    emails = buyers(database, 3 * CHUNK)

    def fail_on_the_sixth(_: EmailFacts) -> None:
        if len(writer.asked) == CHUNK + 2:
            raise RuntimeError("api key sk-123 refused")

    writer = plugged(Writer(fail_on_the_sixth))
    campaign_id = campaign(database)
    with pytest.raises(ProviderError, match="failed with RuntimeError") as caught:
        generate_drafts(database, campaign_id, now=NOW)
    assert "sk-123" not in str(caught.value)
    assert len(drafted(database, campaign_id)) == CHUNK
    plugged(Writer())
    assert generate_drafts(database, campaign_id, now=NOW) == 3 * CHUNK
    assert list(draft_statuses(database, campaign_id)) == emails


def test_a_writer_that_fails_at_once_leaves_the_campaign_as_it_was(database: Database) -> None:
    buyers(database, 2)
    plugged(Writer(subject=" "))
    campaign_id = campaign(database)
    with pytest.raises(ProviderError, match="returned an unusable answer"):
        generate_drafts(database, campaign_id, now=NOW)
    assert drafted(database, campaign_id) == []
    assert ask(database, get_campaign, campaign_id).status == "draft"


def test_no_transaction_is_open_while_the_writer_works(database: Database) -> None:
    buyers(database, 1)
    connections: list[int] = []
    plugged(Writer(lambda _: connections.append(database.engine.pool.checkedout())))
    assert generate_drafts(database, campaign(database), now=NOW) == 1
    assert connections == [0]


def test_a_verdict_in_the_middle_is_kept(database: Database) -> None:
    emails = buyers(database, 2)
    campaign_id = campaign(database)
    plugged(Writer(subject="First"))
    generate_drafts(database, campaign_id, now=NOW)

    def reject_the_first(_: EmailFacts) -> None:
        with suppress(Conflict):
            decide(database, campaign_id, emails[0], "rejected")

    plugged(Writer(reject_the_first, subject="Second"))
    assert generate_drafts(database, campaign_id, now=NOW) == 2
    assert [draft.subject for draft in drafted(database, campaign_id)] == ["First", "Second"]
    assert draft_statuses(database, campaign_id)[emails[0]] == "rejected"


def test_whoever_is_erased_in_the_middle_gets_no_draft(database: Database) -> None:
    emails = buyers(database, 2 * CHUNK)

    def erase_the_first(_: EmailFacts) -> None:
        with suppress(NotFound):
            ask(database, erase, customer_id(emails[0]))

    plugged(Writer(erase_the_first))
    campaign_id = campaign(database)
    assert generate_drafts(database, campaign_id, now=NOW) == 2 * CHUNK - 1
    assert list(draft_statuses(database, campaign_id)) == emails[1:]


def test_a_campaign_whose_audience_is_erased_in_the_middle_is_not_drafted(
    database: Database,
) -> None:
    bought(database, ADA)
    campaign_id = campaign(database)
    plugged(Writer(lambda _: ask(database, erase, customer_id(ADA))))
    assert generate_drafts(database, campaign_id, now=NOW) == 0
    assert ask(database, get_campaign, campaign_id).status == "draft"


def test_what_was_known_of_somebody_who_was_erased_does_not_come_back(database: Database) -> None:
    bought(database, ADA, sku="A-1")
    bought(database, BOB)
    campaign_id = campaign(database)

    def erase_and_return(facts: EmailFacts) -> None:
        if facts.customer_email == ADA:
            ask(database, erase, customer_id(ADA))
            ask(database, ingest, event(ADA), now=NOW + TICK)

    plugged(Writer(erase_and_return))
    assert generate_drafts(database, campaign_id, now=NOW) == 1
    assert draft_statuses(database, campaign_id) == {BOB: "generated"}
    plug_in(writer=TemplateWriter())
    assert generate_drafts(database, campaign_id, now=NOW) == 2
    assert draft_of(database, campaign_id, ADA).recommended_sku is None


def test_what_was_written_later_outlives_a_call_that_takes_longer(database: Database) -> None:
    bought(database, ADA, sku="A-1")
    campaign_id = campaign(database)

    def overtake(_: EmailFacts) -> None:
        plug_in(writer=TemplateWriter())
        bought(database, ADA, NOW + TICK, sku="B-2")
        bought(database, BOB, NOW + TICK)
        assert generate_drafts(database, campaign_id, now=LATER) == 2
        draft_id = draft_of(database, campaign_id, BOB).id
        text = {"subject": "By hand", "body": "Dear Bob"}
        ask(database, edit_draft, campaign_id, draft_id, **text, now=LATER)

    plugged(Writer(overtake))
    assert generate_drafts(database, campaign_id, now=NOW) == 1
    subjects = [draft.subject for draft in drafted(database, campaign_id)]
    assert subjects == ["Still thinking about B-2?", "By hand"]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_drafts_are_written_while_one_after_another_is_erased(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.drafts.generating._CHUNK", 100)
    emails = buyers(database, 8)
    gone = emails[1:7]  # more of them than a transaction is tried
    campaign_id = campaign(database)
    generate = partial(generate_drafts, database, campaign_id, now=NOW)
    assert while_erased(database, map(customer_id, gone), generate) == 2
    assert draft_statuses(database, campaign_id) == {
        emails[0]: "generated",
        emails[7]: "generated",
    }


def test_generating_in_the_middle_of_generating_makes_one_draft_each(database: Database) -> None:
    emails = buyers(database, 2 * CHUNK)
    campaign_id = campaign(database)

    def generate_once_more(_: EmailFacts) -> None:
        if len(writer.asked) == 2:
            assert generate_drafts(database, campaign_id, now=NOW) == 2 * CHUNK

    writer = plugged(Writer(generate_once_more))
    assert generate_drafts(database, campaign_id, now=NOW) == 2 * CHUNK
    assert draft_statuses(database, campaign_id) == dict.fromkeys(emails, "generated")


def test_callers_at_once_make_one_draft_each(database: Database) -> None:
    emails = buyers(database, 5 * CHUNK)
    campaign_id = campaign(database)
    generate = partial(generate_drafts, database, campaign_id, now=NOW)
    assert at_once(*[generate] * 4) == [5 * CHUNK] * 4
    assert count_rows(database, EmailDraft) == 5 * CHUNK
    assert draft_statuses(database, campaign_id) == dict.fromkeys(emails, "generated")


# ------------------------------------------------------------------------------------------- review
@pytest.fixture
def reviewed(database: Database) -> uuid.UUID:
    """A campaign to Ada and Bob, whose drafts wait for a verdict."""
    bought(database, ADA)
    bought(database, BOB)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    return campaign_id


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
def test_a_draft_is_decided_once(database: Database, reviewed: uuid.UUID, verdict: str) -> None:
    before = draft_of(database, reviewed, ADA)
    after = ask(database, review_draft, reviewed, before.id, verdict, now=LATER)
    assert (after.id, after.status, after.updated_at) == (before.id, verdict, LATER)
    assert (after.subject, after.created_at) == (before.subject, NOW)
    for again in ("approved", "rejected"):
        with pytest.raises(Conflict) as caught:
            ask(database, review_draft, reviewed, before.id, again, now=LATER)
        assert str(caught.value) == f'Cannot transition draft from status "{verdict}"'
    assert draft_statuses(database, reviewed) == {ADA: verdict, BOB: "generated"}


def test_a_verdict_shows_on_a_draft_that_was_read_before(
    database: Database, reviewed: uuid.UUID
) -> None:
    with database.begin() as session:
        draft, _ = list_drafts(session, reviewed)[0]
        review_draft(session, reviewed, draft.id, "approved", now=LATER)
        assert (draft.status, draft.updated_at) == ("approved", LATER)


@pytest.mark.parametrize(
    "verdict", [None, "", "generated", "APPROVED", "approved ", "sent", 1, True, ["approved"], {}]
)
def test_any_other_verdict_is_refused(
    database: Database, reviewed: uuid.UUID, verdict: object
) -> None:
    sentence = "status must be one of: approved, rejected"
    with pytest.raises(Invalid, match=sentence):
        ask(database, review_draft, reviewed, uuid.uuid4(), verdict, now=NOW)
    with pytest.raises(Invalid, match=sentence):
        ask(database, review_rest, reviewed, verdict, now=NOW)
    assert set(draft_statuses(database, reviewed).values()) == {"generated"}


def test_a_draft_that_the_campaign_does_not_have_is_not_found(
    database: Database, reviewed: uuid.UUID
) -> None:
    other = campaign(database)
    of_reviewed = draft_of(database, reviewed, ADA).id
    for campaign_id, draft_id in [
        (reviewed, uuid.uuid4()),
        (other, of_reviewed),
        (uuid.uuid4(), of_reviewed),
    ]:
        with pytest.raises(NotFound, match="Draft not found"):
            ask(database, review_draft, campaign_id, draft_id, "approved", now=NOW)


def test_of_reviewers_at_once_one_wins(database: Database, reviewed: uuid.UUID) -> None:
    draft_id = draft_of(database, reviewed, ADA).id
    verdicts = ["approved", "rejected"] * 4
    results = at_once(
        *(
            partial(ask, database, review_draft, reviewed, draft_id, verdict, now=NOW)
            for verdict in verdicts
        )
    )
    (won,) = [result for result in results if isinstance(result, EmailDraft)]
    lost = {str(result) for result in results if isinstance(result, Conflict)}
    assert sum(isinstance(result, Conflict) for result in results) == 7
    assert lost == {f'Cannot transition draft from status "{won.status}"'}
    assert draft_of(database, reviewed, ADA).status == won.status


def test_a_reviewer_waits_for_one_who_is_not_done(database: Database, reviewed: uuid.UUID) -> None:
    draft_id = draft_of(database, reviewed, ADA).id
    first_decided, second_started = threading.Event(), threading.Event()

    def first() -> str:
        with database.begin() as session:
            review_draft(session, reviewed, draft_id, "approved", now=NOW)
            first_decided.set()
            second_started.wait(30)
        return "won"

    def second() -> str:
        first_decided.wait(30)
        second_started.set()
        ask(database, review_draft, reviewed, draft_id, "rejected", now=NOW)
        return "won as well"

    won, lost = at_once(first, second)
    assert (won, str(lost)) == ("won", 'Cannot transition draft from status "approved"')


def test_the_undecided_rest_is_decided_in_one_go(database: Database) -> None:
    emails = buyers(database, 5)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    decide(database, campaign_id, emails[1], "rejected")
    assert ask(database, review_rest, campaign_id, "approved", limit=2, now=LATER) == 2
    approved = {emails[0]: "approved", emails[1]: "rejected", emails[2]: "approved"}
    rest = dict.fromkeys(emails[3:], "generated")
    assert draft_statuses(database, campaign_id) == approved | rest
    assert ask(database, review_rest, campaign_id, "rejected", now=LATER) == 2
    assert ask(database, review_rest, campaign_id, "approved", now=LATER) == 0
    assert draft_statuses(database, campaign_id) == approved | dict.fromkeys(rest, "rejected")


@pytest.mark.parametrize("none_left", [0, -1])
def test_a_limit_that_leaves_none_approves_none(database: Database, none_left: int) -> None:
    buyers(database, 2)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    assert ask(database, review_rest, campaign_id, "approved", limit=none_left, now=LATER) == 0


def test_the_rest_of_an_unknown_campaign_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="Campaign not found"):
        ask(database, review_rest, uuid.uuid4(), "approved", now=NOW)
