"""Review: what a verdict names as seen is what it decides, and it is known whose it was."""

import uuid
from datetime import timedelta
from functools import partial

import pytest
from factories import (
    NOW,
    ago,
    ask,
    at_once,
    bought,
    buyers,
    campaign,
    draft_statuses,
)

from pipeline.campaigns import get_campaign, next_revision
from pipeline.customers import erase
from pipeline.database import Database
from pipeline.drafts import (
    Changed,
    Decided,
    DraftFilter,
    edit_draft,
    generate_drafts,
    get_draft,
    list_drafts,
    next_draft,
    review_draft,
    review_rest,
)
from pipeline.errors import Invalid, NotFound
from pipeline.ids import customer_id
from pipeline.models import EmailDraft
from pipeline.sends import send_campaign

ADA, BOB = "ada@example.com", "bob@example.com"
LATER = NOW + timedelta(seconds=12)


@pytest.fixture
def open_campaign(database: Database) -> uuid.UUID:
    """A campaign to Ada and Bob, whose drafts wait for a verdict."""
    bought(database, ADA)
    bought(database, BOB)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    return campaign_id


def draft_of(database: Database, campaign_id: uuid.UUID, email: str) -> EmailDraft:
    among = DraftFilter(search=email)
    ((draft, _),) = ask(database, list_drafts, campaign_id, among=among)
    return draft


def revision(database: Database, campaign_id: uuid.UUID) -> int:
    return ask(database, get_campaign, campaign_id).revision


def rewrite(database: Database, campaign_id: uuid.UUID, email: str) -> EmailDraft:
    """What becomes of a draft that somebody edits."""
    draft = draft_of(database, campaign_id, email)
    text = {"subject": "Hello", "body": "How are you?"}
    return ask(database, edit_draft, campaign_id, draft.id, **text, editor="Eve", now=LATER)


# ------------------------------------------------------------------------------------------ whose
@pytest.mark.parametrize(
    ("given", "kept"), [("Ada", "Ada"), ("  Ada L. ", "Ada L."), (" ", None), (None, None)]
)
def test_a_verdict_knows_whose_it_is_and_of_when(
    database: Database, open_campaign: uuid.UUID, given: str | None, kept: str | None
) -> None:
    draft = draft_of(database, open_campaign, ADA)
    assert (draft.reviewed_by, draft.reviewed_at) == (None, None)
    args = open_campaign, draft.id, "approved"
    decided = ask(database, review_draft, *args, reviewer=given, now=LATER)
    assert (decided.reviewed_by, decided.reviewed_at) == (kept, LATER)
    ask(database, review_rest, open_campaign, "rejected", reviewer=given, now=LATER)
    other = draft_of(database, open_campaign, BOB)
    assert (other.status, other.reviewed_by, other.reviewed_at) == ("rejected", kept, LATER)


def test_a_name_that_is_too_long_decides_nothing(
    database: Database, open_campaign: uuid.UUID
) -> None:
    with pytest.raises(Invalid, match="name must be at most 200 characters"):
        ask(database, review_rest, open_campaign, "approved", reviewer="a" * 201, now=NOW)
    assert set(draft_statuses(database, open_campaign).values()) == {"generated"}


def test_the_second_of_two_reviewers_learns_who_was_faster(
    database: Database, open_campaign: uuid.UUID
) -> None:
    draft = draft_of(database, open_campaign, ADA)
    decide = partial(ask, database, review_draft, open_campaign, draft.id, seen=draft.revision)
    first, second = at_once(
        partial(decide, "approved", reviewer="Ann", now=NOW),
        partial(decide, "rejected", reviewer="Ben", now=NOW),
    )
    won, lost = (second, first) if isinstance(first, Decided) else (first, second)
    assert isinstance(won, EmailDraft)
    assert isinstance(lost, Decided)
    assert (lost.status, lost.reviewed_by, lost.reviewed_at) == (won.status, won.reviewed_by, NOW)
    assert won.reviewed_by in ("Ann", "Ben")


# ----------------------------------------------------------------------------------- what was seen
def test_a_text_that_was_written_anew_is_not_decided_unread(
    database: Database, open_campaign: uuid.UUID
) -> None:
    draft = draft_of(database, open_campaign, ADA)
    generate_drafts(database, open_campaign, now=LATER)
    decide = partial(ask, database, review_draft, open_campaign, draft.id, "approved", now=LATER)
    with pytest.raises(Changed, match="written anew"):
        decide(seen=draft.revision)
    assert draft_statuses(database, open_campaign)[ADA] == "generated"
    assert decide(seen=draft_of(database, open_campaign, ADA).revision).status == "approved"


def test_a_bulk_verdict_leaves_alone_what_changed_since_it_was_counted(
    database: Database, open_campaign: uuid.UUID
) -> None:
    buyers(database, 4)
    rewrite(database, open_campaign, ADA)
    rewrite(database, open_campaign, BOB)
    seen = revision(database, open_campaign)
    rewrite(database, open_campaign, BOB)  # changed
    generate_drafts(database, open_campaign, now=NOW)  # four came in, though as of an earlier now
    assert ask(database, review_rest, open_campaign, "approved", seen=seen, now=LATER) == 1
    statuses = draft_statuses(database, open_campaign)
    assert [email for email, status in statuses.items() if status == "approved"] == [ADA]


def test_a_bulk_verdict_leaves_alone_what_others_decided(
    database: Database, open_campaign: uuid.UUID
) -> None:
    seen = revision(database, open_campaign)
    draft = draft_of(database, open_campaign, ADA)
    ask(database, review_draft, open_campaign, draft.id, "rejected", reviewer="Ann", now=NOW)
    decide = partial(ask, database, review_rest, open_campaign, "approved", seen=seen, now=LATER)
    assert decide(reviewer="Ben") == 1
    assert draft_of(database, open_campaign, ADA).reviewed_by == "Ann"
    assert draft_statuses(database, open_campaign) == {ADA: "rejected", BOB: "approved"}


def test_a_change_that_is_not_committed_yet_is_later_than_what_can_be_seen(
    database: Database, open_campaign: uuid.UUID
) -> None:
    draft = draft_of(database, open_campaign, ADA)
    with database.begin() as session:
        text = {"subject": "Hello", "body": "How are you?"}
        edit_draft(session, open_campaign, draft.id, **text, now=NOW)
        with database.read() as other:
            seen = get_campaign(other, open_campaign).revision
    assert ask(database, review_rest, open_campaign, "approved", seen=seen, now=LATER) == 1
    assert draft_statuses(database, open_campaign) == {ADA: "generated", BOB: "approved"}


def test_changes_at_once_have_numbers_of_their_own(
    database: Database, open_campaign: uuid.UUID
) -> None:
    before = revision(database, open_campaign)
    numbers = at_once(*[partial(ask, database, next_revision, open_campaign)] * 6)
    assert sorted(map(int, numbers)) == list(range(before + 1, before + 7))  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
def test_a_bulk_verdict_is_for_what_the_filter_shows(database: Database, verdict: str) -> None:
    for email, sku in [("ann@x.de", "A-1"), ("ben@x.de", "A-1"), ("ann@y.de", "B-2")]:
        bought(database, email, sku=sku)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    among = DraftFilter(search="ANN", sku="A-1")
    assert ask(database, review_rest, campaign_id, verdict, among=among, now=NOW) == 1
    decided = {"ann@x.de": verdict, "ann@y.de": "generated", "ben@x.de": "generated"}
    assert draft_statuses(database, campaign_id) == decided


# ------------------------------------------------------------------------------------------- queue
def test_the_queue_leads_through_all_from_wherever_it_begins(database: Database) -> None:
    emails = buyers(database, 7)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    for _ in range(5):
        at, met = uuid.uuid4(), []
        for _ in emails:
            found = ask(database, next_draft, campaign_id, at)
            assert found
            at = found[0].customer_id
            met.append(found[1].email)
        assert sorted(met) == emails


def test_the_queue_has_what_waits_and_ends(database: Database, open_campaign: uuid.UUID) -> None:
    other = campaign(database)
    generate_drafts(database, other, now=NOW)
    for _ in (ADA, BOB):
        found = ask(database, next_draft, open_campaign, uuid.uuid4())
        assert found
        ask(database, review_draft, open_campaign, found[0].id, "approved", now=NOW)
    assert ask(database, next_draft, open_campaign, uuid.uuid4()) is None
    assert ask(database, next_draft, other, uuid.uuid4()) is not None


def test_a_draft_is_found_in_its_campaign_only(
    database: Database, open_campaign: uuid.UUID
) -> None:
    draft = draft_of(database, open_campaign, ADA)
    found, customer = ask(database, get_draft, open_campaign, draft.id)
    assert (found.id, customer.email) == (draft.id, ADA)
    for campaign_id, draft_id in [(campaign(database), draft.id), (open_campaign, uuid.uuid4())]:
        with pytest.raises(NotFound, match="Draft not found"):
            ask(database, get_draft, campaign_id, draft_id)


# ----------------------------------------------------------------------------------------- editing
def test_an_edited_text_is_kept_reviewed_and_sent(
    database: Database, open_campaign: uuid.UUID
) -> None:
    draft = rewrite(database, open_campaign, ADA)
    assert (draft.subject, draft.body, draft.status) == ("Hello", "How are you?", "generated")
    assert (draft.written_by, draft.written_at, draft.updated_at) == ("Eve", LATER, LATER)
    assert generate_drafts(database, open_campaign, now=LATER) == 2
    assert draft_of(database, open_campaign, ADA).subject == "Hello"
    assert draft_of(database, open_campaign, BOB).updated_at == LATER
    ask(database, review_rest, open_campaign, "approved", now=LATER)
    assert send_campaign(database, open_campaign, clock=lambda: LATER).sent == 2


def test_an_editor_without_a_name_has_edited_all_the_same(
    database: Database, open_campaign: uuid.UUID
) -> None:
    draft = draft_of(database, open_campaign, ADA)
    edited = ask(
        database, edit_draft, open_campaign, draft.id, subject="Hi", body="Ho", editor=" ", now=NOW
    )
    assert edited.written_by == "Somebody"


@pytest.mark.parametrize(
    ("subject", "body", "sentence"),
    [
        ("", "b", "subject must be a non-blank string"),
        (" \n", "b", "subject must be a non-blank string"),
        (None, "b", "subject must be a non-blank string"),
        ("a\nb", "b", "subject must be a single line"),
        ("s" * 1_001, "b", "subject must be at most 1000 characters"),
        ("s", " ", "body must be a non-blank string"),
        ("s", "b" * 100_001, "body must be at most 100000 characters"),
        ("s", "b\0", "body must not contain NUL characters"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_a_text_that_cannot_be_is_refused(
    database: Database, open_campaign: uuid.UUID, subject: object, body: object, sentence: str
) -> None:
    draft = draft_of(database, open_campaign, ADA)
    with pytest.raises(Invalid, match=f"^{sentence}$"):
        ask(database, edit_draft, open_campaign, draft.id, subject=subject, body=body, now=NOW)
    assert draft_of(database, open_campaign, ADA).subject == draft.subject


def test_of_two_editors_the_second_is_told(database: Database, open_campaign: uuid.UUID) -> None:
    draft = draft_of(database, open_campaign, ADA)
    edit = partial(
        ask, database, edit_draft, open_campaign, draft.id, body="b", seen=draft.revision, now=NOW
    )
    first, second = at_once(partial(edit, subject="One"), partial(edit, subject="Two"))
    assert sorted(type(outcome).__name__ for outcome in (first, second)) == [
        "Changed",
        "EmailDraft",
    ]


def test_what_is_decided_or_gone_is_not_edited(
    database: Database, open_campaign: uuid.UUID
) -> None:
    ada, bob = (draft_of(database, open_campaign, email) for email in (ADA, BOB))
    ask(database, review_draft, open_campaign, ada.id, "approved", reviewer="Ann", now=NOW)
    ask(database, erase, customer_id(BOB))
    for draft, refusal in [(ada, Decided), (bob, NotFound)]:
        with pytest.raises(refusal):
            ask(database, edit_draft, open_campaign, draft.id, subject="s", body="b", now=NOW)


def test_an_edited_draft_goes_when_its_customer_no_longer_matches(database: Database) -> None:
    bought(database, ADA, ago(days=29))
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    rewrite(database, campaign_id, ADA)
    assert generate_drafts(database, campaign_id, now=NOW + timedelta(days=2)) == 0
    assert draft_statuses(database, campaign_id) == {}
