from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from factories import BUYERS, NOW, Recorder, ago, at_once, bought, buyers, count_rows, did
from rest import AN_ID, NO_IDS, NOBODY, NOW_TEXT, answer, get, post, stop_clock
from starlette.testclient import TestClient

from pipeline import delivery
from pipeline.database import Database
from pipeline.delivery import Message
from pipeline.models import Campaign, EmailDraft, Send
from pipeline.smart import EmailFacts, EmailText, TemplateWriter, plug_in

CAMPAIGNS = "/api/campaigns"
NOTHING_APPROVED = "No approved drafts to send"


@pytest.fixture(autouse=True)
def _built_in_again() -> Iterator[None]:
    yield
    plug_in(writer=TemplateWriter())
    delivery.plug_in(None)


def create_segment(api: TestClient, **fields: object) -> str:
    _, body = post(api, "/api/segments", {"name": "Buyers", "definition": BUYERS, **fields})
    return str(body["segmentId"])


def create(api: TestClient, **fields: object) -> str:
    """The id of a new campaign."""
    segment_id = fields.pop("segmentId", None) or create_segment(api)
    given = {"name": "Thanks", "segmentId": segment_id, **fields}
    status, body = post(api, CAMPAIGNS, given)
    assert (status, body) == (201, {"campaignId": AN_ID})
    return str(body["campaignId"])


def show(api: TestClient, campaign_id: str) -> dict[str, Any]:
    status, body = get(api, f"{CAMPAIGNS}/{campaign_id}")
    assert status == 200
    return body


def generate(api: TestClient, campaign_id: str) -> tuple[int, Any]:
    return post(api, f"{CAMPAIGNS}/{campaign_id}/generate-drafts")


def review(api: TestClient, campaign_id: str, draft_id: str, status: object) -> tuple[int, Any]:
    path = f"{CAMPAIGNS}/{campaign_id}/drafts/{draft_id}"
    return answer(api.patch(path, json={"status": status}))


def send(api: TestClient, campaign_id: str) -> tuple[int, Any]:
    return post(api, f"{CAMPAIGNS}/{campaign_id}/send")


def did_send(sent: int, failed: int = 0) -> tuple[int, Any]:
    return 200, {"sentCount": sent, "failedCount": failed}


def drafted(api: TestClient) -> tuple[str, list[str]]:
    """A new campaign, and the ids of its drafts by e-mail."""
    campaign_id = create(api)
    generate(api, campaign_id)
    return campaign_id, [draft["id"] for draft in show(api, campaign_id)["drafts"]]


def approved(api: TestClient) -> str:
    """A new campaign, every draft approved."""
    campaign_id, draft_ids = drafted(api)
    for draft_id in draft_ids:
        assert review(api, campaign_id, draft_id, "approved")[0] == 200
    return campaign_id


# ------------------------------------------------------------------------------------------ create
def test_a_campaign_is_created_with_a_copy_of_the_definition(api: TestClient) -> None:
    segment_id = create_segment(api, name="Buyers")
    campaign_id = create(api, segmentId=segment_id, name=" Thanks ", description=" A word. ")
    changed = {"name": "Others", "definition": {**BUYERS, "days": 7}}
    assert answer(api.put(f"/api/segments/{segment_id}", json=changed))[0] == 200
    shared = {
        "id": campaign_id,
        "name": "Thanks",
        "description": "A word.",
        "status": "draft",
        "updatedAt": NOW_TEXT,
        "segment": {"id": segment_id, "name": "Others"},
    }
    assert show(api, campaign_id) == {
        **shared,
        "segmentId": segment_id,
        "segmentSnapshot": BUYERS,
        "createdAt": NOW_TEXT,
        "drafts": [],
        "sends": [],
    }
    assert get(api, CAMPAIGNS) == (200, {"campaigns": [shared]})


def test_campaigns_are_listed_last_updated_first(api: TestClient, database: Database) -> None:
    bought(database, "ada@example.com")
    segment_id = create_segment(api)
    stop_clock(ago(hours=2))
    first = create(api, name="first", segmentId=segment_id)
    stop_clock(ago(hours=1))
    create(api, name="second", segmentId=segment_id)
    stop_clock(NOW)
    generate(api, first)
    listed = [campaign["name"] for campaign in get(api, CAMPAIGNS)[1]["campaigns"]]
    assert listed == ["first", "second"]


NO_NAME, NO_SEGMENT = "Campaign name is required", "segmentId is required"
BLANKS: list[Any] = [None, "", " \n", 7, True, [], {}]


def test_what_cannot_be_created_is_refused_in_the_contracts_order_and_words(
    api: TestClient, database: Database
) -> None:
    table: list[tuple[Any, tuple[int, str]]] = [
        *(({"name": wrong, "segmentId": None}, (400, NO_NAME)) for wrong in BLANKS),
        ({}, (400, NO_NAME)),
        ([], (400, NO_NAME)),
        ({"name": "", "segmentId": NOBODY}, (400, NO_NAME)),
        ({"name": "x" * 201}, (400, "name must be at most 200 characters")),
        ({"name": "a\0"}, (400, "name must not contain NUL characters")),
        *(({"name": "a", "segmentId": wrong}, (400, NO_SEGMENT)) for wrong in BLANKS),
        ({"name": "a", "description": "\0"}, (400, NO_SEGMENT)),
        *(({"name": "a", "segmentId": no}, (404, "Segment not found")) for no in NO_IDS),
        ({"name": "a", "segmentId": "\0"}, (404, "Segment not found")),
        (
            {"name": "a", "segmentId": NOBODY, "description": "x" * 2001},
            (400, "description must be at most 2000 characters"),
        ),
    ]
    found = [post(api, CAMPAIGNS, body) for body, _ in table]
    assert found == [expected for _, expected in table]
    assert count_rows(database, Campaign) == 0


@pytest.mark.parametrize(
    ("method", "path", "sentence"),
    [
        ("GET", "{}", "Campaign not found"),
        ("POST", "{}/generate-drafts", "Campaign not found"),
        ("POST", "{}/send", "Campaign not found"),
        ("PATCH", "{}/drafts/{}", "Draft not found"),
    ],
)
def test_a_campaign_nobody_knows_is_not_found(
    api: TestClient, method: str, path: str, sentence: str
) -> None:
    for wrong in NO_IDS:
        url = f"{CAMPAIGNS}/{path.format(wrong, wrong)}"
        response = api.request(method, url, json={"status": "approved"})
        assert (wrong, *answer(response)) == (wrong, 404, sentence)


# ------------------------------------------------------------------------------------------ drafts
def test_everybody_who_matches_gets_one_draft(api: TestClient, database: Database) -> None:
    customer_id = str(bought(database, "ada@example.com", ago(days=1), sku=" MUG "))
    did(database, "ada@example.com", "page_view")
    bought(database, "late@example.com", ago(days=31))
    campaign_id = create(api)
    assert generate(api, campaign_id) == (200, {"draftedCount": 1})
    campaign = show(api, campaign_id)
    (draft,) = campaign["drafts"]
    assert campaign["status"] == "drafted"
    assert draft == {
        "id": AN_ID,
        "campaignId": campaign_id,
        "customerId": customer_id,
        "subject": "Still thinking about MUG?",
        "body": draft["body"],
        "recommendedSku": "MUG",
        "status": "generated",
        "createdAt": NOW_TEXT,
        "updatedAt": NOW_TEXT,
        "customer": {"id": customer_id, "email": "ada@example.com"},
    }
    assert "ada" in draft["body"]
    assert "page view" in draft["body"]


def test_drafts_are_for_every_match_and_not_only_for_the_first_page(
    api: TestClient, database: Database
) -> None:
    emails = buyers(database, 51)
    campaign_id = create(api)
    for _ in range(2):
        assert generate(api, campaign_id) == (200, {"draftedCount": 51})
        drafts = show(api, campaign_id)["drafts"]
        assert [draft["customer"]["email"] for draft in drafts] == emails


def test_without_a_match_a_campaign_stays_a_draft(api: TestClient) -> None:
    campaign_id = create(api)
    assert generate(api, campaign_id) == (200, {"draftedCount": 0})
    assert show(api, campaign_id)["status"] == "draft"


def test_drafting_again_refreshes_the_undecided_and_keeps_the_decided(
    api: TestClient, database: Database
) -> None:
    for email in ("a@x.co", "b@x.co", "c@x.co", "d@x.co"):
        bought(database, email, ago(days=29), sku="OLD")
    campaign_id, (first, second, *_) = drafted(api)
    review(api, campaign_id, first, "approved")
    review(api, campaign_id, second, "rejected")
    for email in ("a@x.co", "c@x.co", "new@x.co"):
        bought(database, email, sku="NEW")
    stop_clock(ago(days=-2))
    assert generate(api, campaign_id) == (200, {"draftedCount": 3})
    drafts = show(api, campaign_id)["drafts"]
    assert [(d["customer"]["email"], d["status"], d["recommendedSku"]) for d in drafts] == [
        ("a@x.co", "approved", "OLD"),
        ("b@x.co", "rejected", "OLD"),
        ("c@x.co", "generated", "NEW"),
        ("new@x.co", "generated", "NEW"),
    ]


def test_two_callers_at_once_write_one_draft_a_customer(
    api: TestClient, database: Database
) -> None:
    buyers(database, 60)
    campaign_id = create(api)
    assert at_once(*[partial(generate, api, campaign_id)] * 2) == [(200, {"draftedCount": 60})] * 2
    assert count_rows(database, EmailDraft) == 60


class Refusing(TemplateWriter):
    """Fails on one customer."""

    def write(self, facts: EmailFacts) -> EmailText:
        if facts.customer_email == "c002@example.com":
            raise RuntimeError
        return super().write(facts)


def test_a_writer_that_fails_is_a_bad_gateway_and_nothing_is_half_written(
    api: TestClient, database: Database
) -> None:
    buyers(database, 5)
    campaign_id = create(api)
    plug_in(writer=Refusing())
    failure = "Refusing.write failed with RuntimeError, see the server's log"
    assert generate(api, campaign_id) == (502, failure)
    campaign = show(api, campaign_id)
    assert (campaign["status"], campaign["drafts"]) == ("draft", [])
    plug_in(writer=TemplateWriter())
    assert generate(api, campaign_id) == (200, {"draftedCount": 5})


# ------------------------------------------------------------------------------------------ review
@pytest.mark.parametrize("verdict", ["approved", "rejected"])
def test_a_draft_is_decided_once(api: TestClient, database: Database, verdict: str) -> None:
    bought(database, "ada@example.com")
    campaign_id, (draft_id,) = drafted(api)
    (draft,) = show(api, campaign_id)["drafts"]
    del draft["customer"]
    decided = {**draft, "status": verdict}
    assert review(api, campaign_id, draft_id, verdict) == (200, decided)
    for again in ("approved", "rejected"):
        refusal = (409, f'Cannot transition draft from status "{verdict}"')
        assert review(api, campaign_id, draft_id, again) == refusal
    assert [d["status"] for d in show(api, campaign_id)["drafts"]] == [verdict]


def test_a_review_is_checked_in_the_contracts_order(api: TestClient, database: Database) -> None:
    bought(database, "ada@example.com")
    campaign_id, (draft_id,) = drafted(api)
    other = create(api)
    unknown_status = (400, "status must be one of: approved, rejected")
    for wrong in (None, "", "generated", "Approved", " approved", 1, True, [], {}, ["approved"]):
        for campaign, draft in [(campaign_id, draft_id), (NOBODY, NOBODY), ("x", "x")]:
            assert review(api, campaign, draft, wrong) == unknown_status
    not_found = (404, "Draft not found")
    for campaign, draft in [
        (other, draft_id),
        (campaign_id, NOBODY),
        (campaign_id, "x"),
        (NOBODY, draft_id),
        ("x", draft_id),
    ]:
        assert review(api, campaign, draft, "approved") == not_found
    assert show(api, campaign_id)["drafts"][0]["status"] == "generated"


def test_of_two_reviewers_at_once_one_wins(api: TestClient, database: Database) -> None:
    buyers(database, 8)
    campaign_id, draft_ids = drafted(api)
    for draft_id in draft_ids:
        verdicts = [
            partial(review, api, campaign_id, draft_id, v) for v in ("approved", "rejected")
        ]
        answers = dict(at_once(*verdicts))
        won = answers[200]["status"]
        assert answers == {
            200: answers[200],
            409: f'Cannot transition draft from status "{won}"',
        }


# -------------------------------------------------------------------------------------------- send
def test_each_approved_draft_is_sent_once_ever(api: TestClient, database: Database) -> None:
    for email in ("a@x.co", "b@x.co", "c@x.co"):
        bought(database, email)
    campaign_id, (first, second, third) = drafted(api)
    review(api, campaign_id, first, "approved")
    review(api, campaign_id, second, "rejected")
    assert send(api, campaign_id) == did_send(1)
    assert send(api, campaign_id) == did_send(0)
    campaign = show(api, campaign_id)
    (sent,) = campaign["sends"]
    assert campaign["status"] == "sent"
    assert sent == {
        "id": AN_ID,
        "campaignId": campaign_id,
        "customerId": sent["customer"]["id"],
        "status": "sent",
        "error": None,
        "sentAt": NOW_TEXT,
        "createdAt": NOW_TEXT,
        "customer": {"id": AN_ID, "email": "a@x.co"},
    }
    review(api, campaign_id, third, "approved")
    assert send(api, campaign_id) == did_send(1)
    assert send(api, campaign_id) == did_send(0)


def test_a_sent_campaign_stays_sent_when_it_is_drafted_again(
    api: TestClient, database: Database
) -> None:
    bought(database, "ada@example.com")
    campaign_id = approved(api)
    send(api, campaign_id)
    bought(database, "eve@example.com")
    assert generate(api, campaign_id) == (200, {"draftedCount": 2})
    assert show(api, campaign_id)["status"] == "sent"


def test_what_was_not_delivered_is_tried_again(api: TestClient, database: Database) -> None:
    bought(database, "ada@nowhere.invalid")
    campaign_id = approved(api)
    reason = "The domain of ada@nowhere.invalid does not exist"
    for _ in range(2):
        assert send(api, campaign_id) == did_send(0, 1)
        campaign = show(api, campaign_id)
        assert campaign["status"] == "failed"
        (failed,) = campaign["sends"]
        found = {name: failed[name] for name in ("status", "error", "sentAt")}
        assert found == {"status": "failed", "error": reason, "sentAt": None}
    delivery.plug_in(Recorder())
    assert send(api, campaign_id) == did_send(1)
    assert show(api, campaign_id)["status"] == "sent"


class Leaking(Recorder):
    """Fails, with a secret in its error."""

    def send(self, message: Message) -> None:
        raise RuntimeError(f"password=hunter2 on {message}")


def test_a_setting_that_cannot_be_used_is_told(
    api: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyers(database, 1)
    campaign_id = approved(api)
    monkeypatch.setenv("SMTP_URL", "smtp://shop:hunter2@mail.example.com")
    sentence = "MAIL_FROM is missing: with SMTP_URL, it is the address mail comes from"
    assert send(api, campaign_id) == (503, sentence)


def test_a_sender_that_breaks_leaves_its_messages_undecided_and_tells_no_secrets(
    api: TestClient, database: Database
) -> None:
    buyers(database, 2)
    campaign_id = approved(api)
    delivery.plug_in(Leaking())
    assert send(api, campaign_id) == did_send(0, 2)
    error = "The sender failed (RuntimeError); it is not known whether this mail went out"
    sends = show(api, campaign_id)["sends"]
    assert [(each["status"], each["error"]) for each in sends] == [("queued", error)] * 2
    assert send(api, campaign_id) == did_send(0, 0)


def test_without_an_approved_draft_nothing_is_sent(api: TestClient, database: Database) -> None:
    assert send(api, create(api)) == (400, NOTHING_APPROVED)
    bought(database, "ada@example.com")
    campaign_id, (draft_id,) = drafted(api)
    assert send(api, campaign_id) == (400, NOTHING_APPROVED)
    review(api, campaign_id, draft_id, "rejected")
    assert send(api, campaign_id) == (400, NOTHING_APPROVED)
    assert show(api, campaign_id)["sends"] == []


@pytest.mark.parametrize("batch_size", [1, 7, 500])
def test_two_callers_at_once_send_one_mail_a_customer(
    api: TestClient, database: Database, batch_size: int
) -> None:
    emails = buyers(database, 20)
    campaign_id = approved(api)
    recorder = Recorder(batch_size)
    delivery.plug_in(recorder)
    answers = at_once(*[partial(send, api, campaign_id)] * 2)
    assert [status for status, _ in answers] == [200, 200]
    assert sum(done["sentCount"] for _, done in answers) == 20
    assert sorted(recorder.mailed) == emails
    assert count_rows(database, Send) == 20
    assert show(api, campaign_id)["status"] == "sent"
