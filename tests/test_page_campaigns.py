"""Campaigns: draft for an audience, review one by one or in bulk, send with a last look."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import (
    BUYERS,
    NOW,
    Recorder,
    ago,
    approved_campaign,
    ask,
    bought,
    buyers,
    campaign,
    did,
    draft_statuses,
)
from screens import links, metrics
from streamlit.testing.v1 import AppTest

from pages.campaign import queue, results, sending
from pages.parts import literal
from pipeline import delivery
from pipeline.campaigns import create_campaign, get_campaign, list_campaigns
from pipeline.customers import erase
from pipeline.database import Database
from pipeline.delivery import Message
from pipeline.drafts import (
    DraftFilter,
    edit_draft,
    generate_drafts,
    get_draft,
    list_drafts,
    review_draft,
    review_rest,
)
from pipeline.ids import customer_id
from pipeline.models import Campaign
from pipeline.progress import Progress
from pipeline.segments import create_segment, delete_segment
from pipeline.sends import SendFilter, SendResult, send_campaign
from pipeline.smart import EmailFacts, EmailText, TemplateWriter, plug_in

Screen = Callable[..., AppTest]

ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these tests stands still, so that every key would be too quick."""
    monkeypatch.setattr(queue, "PAUSE", timedelta(0))


@pytest.fixture
def in_review(database: Database) -> uuid.UUID:
    """A campaign to Ada and Bob, whose drafts wait for a verdict."""
    bought(database, ADA, ago(hours=2), sku="A-1")
    bought(database, BOB)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    return campaign_id


def said(page: AppTest) -> list[str]:
    """All texts of a page that are no inputs."""
    assert list(page.exception) == []
    kinds = ("title", "subheader", "markdown", "caption", "text")
    notes = ("success", "info", "warning", "error", "toast")
    return [element.value for kind in (*kinds, *notes) for element in getattr(page, kind)]


def press(page: AppTest, label: str) -> AppTest:
    """Press the button whose label begins like this, the last one if there are several."""
    found = [button for button in page.button if button.label.startswith(label)]
    assert found, [button.label for button in page.button]
    found[-1].click().run()
    assert list(page.exception) == []
    return page


def buttons(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def address(page: AppTest) -> dict[str, str]:
    """The query parameters, as the page or the test has set them."""
    query = page.query_params
    return {key: query[key] if isinstance(query[key], str) else query[key][0] for key in query}


def review(page: AppTest, name: str = "") -> AppTest:
    """Begin to review, under a name."""
    page.text_input(key="campaigns_reviewer_name").input(name)
    return press(page, "Start reviewing")


def addressee(page: AppTest) -> str:
    """Whose draft is shown in the queue."""
    return next(text.value for text in page.text if "@" in text.value)


def columns(page: AppTest, *names: str) -> list[tuple[Any, ...]]:
    (table,) = page.dataframe
    return list(table.value[list(names)].itertuples(index=False, name=None))


# -------------------------------------------------------------------------------------------- list
def test_without_campaigns_the_page_says_what_one_is_and_what_is_missing(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "campaigns")
    assert page.title[0].value == "Campaigns"
    assert page.caption[0].value.startswith("There is none yet. A campaign writes one e-mail draft")
    assert links(page) == ["First describe an audience"]


def test_the_list_shows_how_far_each_campaign_has_got(database: Database, screen: Screen) -> None:
    buyers(database, 1_200)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ask(database, review_rest, campaign_id, "approved", limit=1_100, now=NOW)
    page = screen(database, "campaigns")
    line = "**1,200** in the audience → **1,200** drafted → **1,100** approved → **0** sent"
    assert f"{line} → **0** failed · **100** to review" in said(page)
    assert "Segment: Audience · changed 15 Jun 2026, 14:00" in said(page)


def test_the_list_is_cut_into_pages_and_searched_by_name(
    database: Database, screen: Screen
) -> None:
    segment_id = ask(database, create_segment, name="S", definition=BUYERS, now=NOW).id
    for number in range(10):
        at = ago(hours=number)
        ask(database, create_campaign, name=f"N{number}", segment_id=segment_id, now=at)
    names = [f"**N{number}**" for number in range(10)]
    assert buttons(screen(database, "campaigns")) == ["New campaign", *names[:5]]
    page = screen(database, "campaigns", campaigns_page="2")
    assert buttons(page) == ["New campaign", *names[5:]]
    page.text_input(key="campaigns_search").input("n3").run()
    assert buttons(page) == ["New campaign", "**N3**"]
    page.text_input(key="campaigns_search").input("spring").run()
    assert "No campaign has that in its name." in said(page)


def test_a_campaign_opens_from_the_list_and_the_address_has_it(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = press(screen(database, "campaigns"), "**Hello**")
    assert page.title[0].value == "Hello"
    assert address(page)["campaign"] == str(in_review)
    press(page, "All campaigns")
    assert page.title[0].value == "Campaigns"
    assert "campaign" not in page.query_params


@pytest.mark.parametrize("unknown", [str(uuid.uuid4()), "abc"], ids=["id", "nonsense"])
def test_an_unknown_campaign_is_not_found_and_the_list_is_near(
    database: Database, screen: Screen, unknown: str
) -> None:
    page = screen(database, "campaigns", campaign=unknown)
    sentence = "This campaign is not here: the address has a mistake."
    assert [info.value for info in page.info] == [sentence]
    assert buttons(page) == ["All campaigns"]


def test_another_campaign_is_shown_from_its_beginning(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    other = campaign(database)
    page = screen(database, "campaigns", campaign=str(in_review), step="Drafts", draft_search="ada")
    assert columns(page, "to") == [(ADA,)]
    page.query_params["campaign"] = str(other)
    page.run()
    assert metrics(page)["Drafted"] == "0"
    page.query_params["campaign"] = str(in_review)
    page.run()
    page.session_state["step"] = "Drafts"
    page.run()
    assert columns(page, "to") == [(ADA,), (BOB,)]


def test_texts_from_data_are_shown_as_they_stand(database: Database, screen: Screen) -> None:
    bought(database, "*ada*@example.com", sku=":tada: [x](y)")
    segment = ask(database, create_segment, name="_S_", definition=BUYERS, now=NOW)
    created = ask(database, create_campaign, name="*C*", segment_id=segment.id, now=NOW)
    generate_drafts(database, created.id, now=NOW)
    page = screen(database, "campaigns")
    assert r"**\*C\***" in buttons(page)
    assert any(r"Segment: \_S\_" in text for text in said(page))
    page = screen(database, "campaigns", campaign=str(created.id), step="Review")
    assert page.title[0].value == r"\*C\*"
    assert page.subheader[0].value == r"Still thinking about \::small[]tada: \[x\](y)?"
    assert addressee(page) == "*ada*@example.com"


# ------------------------------------------------------------------------------------------ create
def test_a_new_campaign_says_how_many_it_reaches_and_opens(
    database: Database, screen: Screen
) -> None:
    buyers(database, 3)
    did(database, "other@example.com", "visit")
    segment = ask(database, create_segment, name="Buyers", definition=BUYERS, now=NOW)
    page = press(screen(database, "campaigns"), "New campaign")
    assert page.selectbox(key="campaigns_segment").options == ["Buyers"]
    page.selectbox(key="campaigns_segment").select(segment.id)
    press(page, "New campaign")
    assert "Reaches **3 customers** now (75% of all)." in said(page)
    page.text_input(key="campaigns_name").input("Thanks")
    press(page, "Create")
    assert page.title[0].value == "Thanks"
    assert metrics(page)["Audience now"] == "3"
    found = ask(database, get_campaign, uuid.UUID(address(page)["campaign"]))
    assert (found.name, found.segment_id, found.status) == ("Thanks", segment.id, "draft")


def test_a_campaign_is_begun_from_its_segment_once_that_is_saved(
    database: Database, screen: Screen
) -> None:
    for name in ("Buyers", "Others"):
        segment = ask(database, create_segment, name=name, definition=BUYERS, now=NOW)
    page = screen(database, "segments", segment=str(segment.id))
    page.text_input[0].set_value("Regulars").run()
    assert next(button for button in page.button if button.label == "New campaign").disabled
    page.text_input[0].set_value("Others").run()
    press(page, "New campaign")
    assert page.selectbox(key="campaigns_segment").value == segment.id
    page.text_input(key="campaigns_name").input("Thanks")
    press(page, "Create")
    (created,) = ask(database, list_campaigns)
    assert created[0].segment_id == segment.id


def test_segments_of_one_name_can_be_told_apart(database: Database, screen: Screen) -> None:
    ids = [
        ask(database, create_segment, name="Buyers", definition=BUYERS, now=ago(hours=hours)).id
        for hours in range(2)
    ]
    page = press(screen(database, "campaigns"), "New campaign")
    options = page.selectbox(key="campaigns_segment").options
    assert options == [f"Buyers ({str(segment_id)[:8]})" for segment_id in ids]


@pytest.mark.parametrize(
    ("name", "is_there", "refusal"),
    [(" ", True, "Campaign name is required"), ("Thanks", False, "Segment not found")],
)
def test_a_campaign_needs_a_name_and_a_segment_that_is_still_there(
    database: Database, screen: Screen, name: str, is_there: bool, refusal: str
) -> None:
    segment = ask(database, create_segment, name="Buyers", definition=BUYERS, now=NOW)
    page = press(screen(database, "campaigns"), "New campaign")
    assert next(button for button in page.button if button.label == "Create").disabled
    page.selectbox(key="campaigns_segment").select(segment.id)
    press(page, "New campaign")
    page.text_input(key="campaigns_name").input(name)
    if not is_there:
        ask(database, delete_segment, segment.id)
    press(page, "Create")
    assert [error.value for error in page.error] == [refusal]
    assert ask(database, list_campaigns) == []


# ---------------------------------------------------------------------------------------- generate
@pytest.fixture
def failing_writer() -> Iterator[None]:
    class Failing:
        def write(self, _facts: EmailFacts) -> EmailText:
            raise RuntimeError("api key sk-123 refused")

    plug_in(writer=Failing())
    yield
    plug_in(writer=TemplateWriter())


def test_drafts_are_generated_for_the_whole_audience_as_often_as_wanted(
    database: Database, screen: Screen
) -> None:
    buyers(database, 60)
    campaign_id = campaign(database)
    page = screen(database, "campaigns", campaign=str(campaign_id))
    assert "**60** of 60 matching customers without a draft." in said(page)
    press(page, "Generate drafts")
    assert "60 customers who match have a draft." in said(page)
    assert metrics(page)["To review"] == "60"
    assert "Everybody who matches has a draft." in said(page)
    press(page, "Generate again")
    assert metrics(page)["Drafted"] == "60"


def test_a_writer_that_fails_is_one_sentence_on_the_page(
    database: Database, screen: Screen, failing_writer: None
) -> None:
    buyers(database, 1)
    page = screen(database, "campaigns", campaign=str(campaign(database)))
    press(page, "Generate drafts")
    (error,) = page.error
    assert "failed with RuntimeError" in error.value
    assert "sk-123" not in error.value
    assert metrics(page)["Drafted"] == "0"


def test_a_campaign_that_reaches_nobody_has_nothing_to_generate(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "campaigns", campaign=str(campaign(database)))
    assert "Nobody matches now." in said(page)
    assert next(button for button in page.button if button.label == "Generate drafts").disabled


def test_the_overview_says_who_the_audience_is(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = screen(database, "campaigns", campaign=str(in_review))
    assert "Customers who did purchase in the last 30 days." in said(page)


# ------------------------------------------------------------------------------------------ review
def test_a_draft_is_shown_beside_the_facts_it_was_written_from(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    did(database, ADA, "refund", NOW + timedelta(minutes=1), {"sku": "A-1"})
    ((draft, _),) = ask(database, list_drafts, in_review, among=DraftFilter(search=ADA))
    page = screen(
        database, "campaigns", campaign=str(in_review), step="Review", draft=str(draft.id)
    )
    assert page.subheader[0].value == "Still thinking about A-1?"
    assert draft.body in said(page)
    assert "SKU A-1: purchase, 15 Jun 2026, 12:00" in said(page)
    assert "Newest event: purchase, 15 Jun 2026, 12:00" in said(page)
    events = next(text for text in said(page) if "refund" in text)
    assert events.splitlines() == [
        "- 15 Jun 2026, 14:01 · refund, SKU A-1 :orange-badge[after writing]",
        "- 15 Jun 2026, 12:00 · purchase, SKU A-1",
    ]
    assert links(page) == ["Whole timeline"]


def test_a_reviewer_sees_whether_the_customer_is_still_in_the_audience_and_why(
    database: Database, screen: Screen
) -> None:
    bought(database, ADA, ago(days=30, seconds=1))
    bought(database, BOB, ago(hours=1))
    campaign_id = str(campaign(database))
    generate_drafts(database, uuid.UUID(campaign_id), now=ago(seconds=1))
    drafts = ask(database, list_drafts, uuid.UUID(campaign_id))
    ada, bob = (
        screen(database, "campaigns", campaign=campaign_id, step="Review", draft=str(draft.id))
        for draft, _ in drafts
    )
    assert any("No longer in the audience." in text for text in said(ada))
    assert any("In the audience now." in text for text in said(bob))
    press(ada, "Why?")
    assert "**is not in this audience.**" in said(ada)


@pytest.mark.parametrize(("label", "verdict"), [("Approve", "approved"), ("Reject", "rejected")])
def test_a_verdict_leads_to_the_next_draft_until_none_is_left(
    database: Database, screen: Screen, in_review: uuid.UUID, label: str, verdict: str
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"), "Ann")
    first = addressee(page)
    press(page, label)
    assert addressee(page) != first
    assert draft_statuses(database, in_review)[first] == verdict
    assert page.get("progress")[0].proto.text == (
        f"1 left of 2 drafts. You {verdict} the draft to {first.replace('@', '@:small[]')}."
    )
    press(page, label)
    assert "Nothing is left to review." in said(page)
    assert set(draft_statuses(database, in_review).values()) == {verdict}
    found = ask(database, list_drafts, in_review)
    assert {draft.reviewed_by for draft, _ in found} == {"Ann"}
    assert "draft" not in page.query_params


def test_the_keys_are_on_the_buttons(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    keys = {button.label: button.proto.shortcut for button in page.button if button.proto.shortcut}
    assert keys == {"Approve": "a", "Reject": "x", "Skip": "s", "Edit": "e"}


def test_nothing_can_be_decided_before_the_name_was_asked_for(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = screen(database, "campaigns", campaign=str(in_review), step="Review")
    assert buttons(page) == ["All campaigns", "Start reviewing", "Why?"]
    review(page)
    assert "You review as somebody." in said(page)
    press(page, "Change")
    review(page, "Ann")
    assert "You review as Ann." in said(page)


def test_a_skipped_draft_comes_again_after_the_others(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    first = addressee(page)
    press(page, "Skip")
    assert addressee(page) != first
    press(page, "Skip")
    assert addressee(page) == first
    assert set(draft_statuses(database, in_review).values()) == {"generated"}


def test_a_reload_keeps_the_draft(database: Database, screen: Screen, in_review: uuid.UUID) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    press(page, "Skip")
    assert addressee(screen(database, "campaigns", **address(page))) == addressee(page)


def test_of_two_reviewers_the_second_is_told_who_was_faster(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"), "Ben")
    first, draft_id = addressee(page), uuid.UUID(address(page)["draft"])
    at = ago(seconds=12)
    ask(database, review_draft, in_review, draft_id, "approved", reviewer="Ada", now=at)
    press(page, "Reject")
    assert [warning.value for warning in page.warning] == [
        "Ada approved this draft 12 seconds ago. What you did came later and does not count."
    ]
    assert addressee(page) != first
    draft, _ = ask(database, get_draft, in_review, draft_id)
    assert (draft.status, draft.reviewed_by) == ("approved", "Ada")


def test_reviewers_who_met_part_again(database: Database, screen: Screen) -> None:
    buyers(database, 20)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ada = review(screen(database, "campaigns", campaign=str(campaign_id), step="Review"), "Ada")
    are_together = []
    for _ in range(5):  # at a random place they may meet once more, but not each time
        bob = review(screen(database, "campaigns", **address(ada)), "Bob")
        press(ada, "Approve")
        press(bob, "Approve")
        are_together.append(addressee(ada) == addressee(bob))
    assert not all(are_together)


def test_a_draft_that_was_written_anew_has_to_be_read_again(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    first = addressee(page)
    did(database, first, "login", NOW + timedelta(seconds=1), {"sku": "B-2"})
    generate_drafts(database, in_review, now=NOW + timedelta(seconds=1))
    press(page, "Approve")
    assert [error.value for error in page.error] == [
        "The draft has been written anew meanwhile; read it once more"
    ]
    assert (addressee(page), page.subheader[0].value) == (first, "Still thinking about B-2?")
    assert set(draft_statuses(database, in_review).values()) == {"generated"}
    press(page, "Approve")
    assert draft_statuses(database, in_review)[first] == "approved"


def test_a_draft_that_is_gone_makes_room_for_the_next(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    first = addressee(page)
    ask(database, erase, customer_id(first))
    press(page, "Approve")
    assert [info.value.split(":")[0] for info in page.info] == ["That draft is gone"]
    assert addressee(page) != first


def test_a_key_that_is_held_decides_one_draft(
    database: Database, screen: Screen, in_review: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    monkeypatch.setattr(queue, "PAUSE", timedelta(seconds=0.5))
    for _ in range(3):
        press(page, "Approve")
    assert set(draft_statuses(database, in_review).values()) == {"generated"}
    assert [toast.value.split(":")[0] for toast in page.toast] == [
        "That was too quick to have been read"
    ]


def test_a_decided_draft_says_whose_verdict_it_has(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    ((draft, _),) = ask(database, list_drafts, in_review, among=DraftFilter(search=ADA))
    ask(database, review_draft, in_review, draft.id, "rejected", now=ago(minutes=3))
    page = screen(
        database, "campaigns", campaign=str(in_review), step="Review", draft=str(draft.id)
    )
    assert "Somebody rejected this draft 3 minutes ago." in said(page)
    press(page, "Next")
    assert addressee(page) == BOB


@pytest.mark.parametrize("step", ["Review", "Drafts", "Sending"])
def test_a_campaign_without_drafts_leads_back_to_where_they_are_made(
    database: Database, screen: Screen, step: str
) -> None:
    page = screen(database, "campaigns", campaign=str(campaign(database)), step=step)
    assert "There are no drafts yet." in said(page)
    press(page, "Generate drafts")
    assert "Audience now" in metrics(page)


# -------------------------------------------------------------------------------------------- edit
def test_a_text_is_edited_before_its_verdict(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"), "Eve")
    first = addressee(page)
    press(page, "Edit")
    assert "Approve" not in buttons(page)
    page.text_input(key="review_subject").input("*Hello*")
    page.text_area(key="review_body").input("How are you?")
    press(page, "Save")
    assert (addressee(page), page.subheader[0].value) == (first, r"\*Hello\*")
    assert "Edited by Eve, 15 Jun 2026, 14:00" in said(page)
    generate_drafts(database, in_review, now=NOW)
    press(page, "Approve")
    assert draft_statuses(database, in_review)[first] == "approved"


def test_an_edited_text_that_cannot_be_is_refused_and_still_there(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = press(
        review(screen(database, "campaigns", campaign=str(in_review), step="Review")), "Edit"
    )
    page.text_input(key="review_subject").input(" ")
    page.text_area(key="review_body").input("Long thought about")
    press(page, "Save")
    assert [error.value for error in page.error] == [
        "A mail needs a subject: type one, or press Cancel."
    ]
    assert page.text_area(key="review_body").value == "Long thought about"
    press(page, "Cancel")
    assert "Approve" in buttons(page)


def test_a_text_that_is_being_edited_outlasts_a_look_at_another_step(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    first = address(page)["draft"]
    press(page, "Edit")
    page.text_area(key="review_body").input("Long thought about").run()
    for step in ("Drafts", "Review"):
        page.session_state["step"] = step
        page.run()
    assert address(page)["draft"] == first
    assert page.text_area(key="review_body").value == "Long thought about"


def test_of_two_editors_the_second_is_told(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = press(
        review(screen(database, "campaigns", campaign=str(in_review), step="Review")), "Edit"
    )
    draft_id = uuid.UUID(address(page)["draft"])
    ask(database, edit_draft, in_review, draft_id, subject="Mine", body="b", now=NOW)
    press(page, "Save")
    assert [error.value for error in page.error] == [
        "The draft has been written anew meanwhile; read it once more"
    ]
    press(page, "Cancel")
    assert page.subheader[0].value == "Mine"


def test_words_that_are_being_typed_outlast_a_draft_that_is_written_anew(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    press(page, "Edit")
    page.text_area(key="review_body").input("Long thought about")
    generate_drafts(database, in_review, now=NOW)
    page.run()
    (warning,) = page.warning
    assert warning.value.startswith("The draft has another text since you began.")
    press(page, "Save")
    assert "Long thought about" in said(page)
    assert not page.warning


def test_whoever_edits_what_is_decided_meanwhile_is_told(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = press(
        review(screen(database, "campaigns", campaign=str(in_review), step="Review")), "Edit"
    )
    draft_id = uuid.UUID(address(page)["draft"])
    ask(database, review_draft, in_review, draft_id, "approved", reviewer="Ada", now=NOW)
    press(page, "Save")
    assert [warning.value for warning in page.warning] == [
        "Ada approved this draft just now. What you did came later and does not count."
    ]
    assert "Next" in buttons(page)


# ------------------------------------------------------------------------------------------- table
def test_the_table_shows_what_the_filter_says(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = screen(database, "campaigns", campaign=str(in_review), step="Drafts")
    assert columns(page, "to", "status") == [(ADA, "To review"), (BOB, "To review")]
    page.selectbox(key="draft_sku").select("A-1").run()
    assert columns(page, "to") == [(ADA,)]
    assert "**1 draft**, 1 to review" in said(page)
    page.selectbox(key="draft_status").select("Approved").run()
    assert [info.value for info in page.info] == ["No draft is like that."]
    press(page, "Clear the filters")
    assert columns(page, "to") == [(ADA,), (BOB,)]


def test_the_table_leaves_out_the_columns_that_have_nothing_in_them(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = screen(database, "campaigns", campaign=str(in_review), step="Drafts")
    assert [*page.dataframe[0].value] == ["to", "subject", "sku", "status"]
    ask(database, review_rest, in_review, "approved", limit=1, reviewer="Ann", now=NOW)
    page.run()
    assert [*page.dataframe[0].value] == ["to", "subject", "sku", "status", "by", "at"]


def test_the_table_is_sorted_and_cut_by_the_database(database: Database, screen: Screen) -> None:
    emails = buyers(database, 30)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ask(database, review_rest, campaign_id, "approved", limit=1, reviewer="Ann", now=NOW)
    first = screen(database, "campaigns", campaign=str(campaign_id), step="Drafts")
    assert columns(first, "to") == [(email,) for email in emails[:25]]
    assert columns(first, "to", "status", "by")[0] == (emails[0], "Approved", "Ann")
    query = {"campaign": str(campaign_id), "step": "Drafts", "draft_page": "2"}
    second = screen(database, "campaigns", **query)
    assert columns(second, "to") == [(email,) for email in emails[25:]]
    second.selectbox(key="draft_sort").select("Last changed").run()
    assert len(columns(second, "to")) == 25  # the first page of the new order


@pytest.mark.parametrize(("label", "verdict"), [("Approve", "approved"), ("Reject", "rejected")])
def test_a_bulk_verdict_is_what_the_filter_shows(
    database: Database, screen: Screen, in_review: uuid.UUID, label: str, verdict: str
) -> None:
    page = screen(database, "campaigns", campaign=str(in_review), step="Drafts", draft_search="ADA")
    press(page, f"{label} 1…")
    assert f"**{label} 1 draft** that nobody has read one by one?" in said(page)
    whose = "whose e-mail or subject has “ADA”"
    assert f"All of this campaign that wait for review and {whose}." in said(page)
    page.text_input(key="campaigns_reviewer_name").input("Ann")
    press(page, f"{label} 1")
    assert [success.value for success in page.success] == [f"1 draft {verdict}."]
    assert draft_statuses(database, in_review) == {ADA: verdict, BOB: "generated"}
    assert columns(page, "to", "by") == [(ADA, "Ann")]


def test_a_bulk_verdict_says_what_others_did_meanwhile(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = screen(database, "campaigns", campaign=str(in_review), step="Drafts")
    press(page, "Approve 2…")
    ask(database, review_rest, in_review, "rejected", limit=1, now=NOW)
    bought(database, "new@example.com")
    press(page, "Approve 2")
    assert [warning.value for warning in page.warning] == [
        "1 draft approved. 1 draft was decided or changed by others meanwhile, and left alone."
    ]
    assert draft_statuses(database, in_review) == {ADA: "rejected", BOB: "approved"}


def test_with_nothing_to_review_nothing_can_be_decided_at_once(
    database: Database, screen: Screen
) -> None:
    buyers(database, 1)
    page = screen(database, "campaigns", campaign=str(approved_campaign(database)), step="Drafts")
    assert [button.disabled for button in page.button if button.label.endswith("…")] == [True] * 2


# ------------------------------------------------------------------------------------------- send
def test_before_sending_it_is_said_who_gets_a_mail_and_who_not(
    database: Database, screen: Screen
) -> None:
    buyers(database, 8)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    for verdict, number in [("approved", 2), ("rejected", 1)]:
        ask(database, review_rest, campaign_id, verdict, limit=number, now=NOW)
    send_campaign(database, campaign_id, sender=Recorder(), clock=lambda: NOW)
    ask(database, review_rest, campaign_id, "approved", limit=3, now=NOW)
    page = screen(database, "campaigns", campaign=str(campaign_id), step="Sending")
    press(page, "Send to 3 customers…")
    assert "**3 customers** will be sent their mail:" in said(page)
    assert "- 3 for the first time" in said(page)
    assert "**5 drafts** left out:" in said(page)
    assert "- 2 waiting for review\n- 1 rejected\n- 2 sent already" in said(page)
    assert "The sender is simulated: no mail leaves this machine." in said(page)
    press(page, "Send to 3 customers")
    assert [success.value for success in page.success] == ["3 mails sent."]
    assert {status for (status,) in columns(page, "status")} == {"Sent"}
    assert len(columns(page, "to")) == 5


def test_before_sending_it_is_said_who_is_no_longer_in_the_audience(
    database: Database, screen: Screen
) -> None:
    bought(database, ADA, ago(days=30, seconds=1))
    bought(database, BOB, ago(hours=1))
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=ago(seconds=1))
    ask(database, review_rest, campaign_id, "approved", now=NOW)
    page = screen(database, "campaigns", campaign=str(campaign_id), step="Sending")
    press(page, "Send to 2 customers…")
    assert [warning.value for warning in page.warning] == [
        "No longer in the audience: **1** of them. What is approved stays approved, and is sent."
    ]


def test_what_is_approved_while_the_question_is_open_is_not_sent(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    ask(database, review_rest, in_review, "approved", limit=1, now=NOW)
    page = screen(database, "campaigns", campaign=str(in_review), step="Sending")
    press(page, "Send to 1 customer…")
    ask(database, review_rest, in_review, "approved", now=NOW)
    press(page, "Send to 1 customer")
    assert columns(page, "to") == [(ADA,)]
    assert "Send to 1 customer…" in buttons(page)


def test_a_sending_for_which_others_leave_nothing_says_so(
    database: Database, screen: Screen, in_review: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave_nothing(*_: object, on_progress: Progress, **__: object) -> SendResult:
        on_progress(0, 0)
        return SendResult(0, 0)

    monkeypatch.setattr(sending, "send_campaign", leave_nothing)
    ask(database, review_rest, in_review, "approved", limit=1, now=NOW)
    page = screen(database, "campaigns", campaign=str(in_review), step="Sending")
    press(press(page, "Send to 1 customer…"), "Send to 1 customer")
    assert [success.value for success in page.success] == ["0 mails sent."]


def test_failures_have_their_reason_and_are_tried_again_alone(
    database: Database, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    emails = [ADA, "bob@nowhere.invalid"]
    for email in emails:
        bought(database, email)
    campaign_id = approved_campaign(database)
    page = screen(database, "campaigns", campaign=str(campaign_id), step="Sending")
    press(press(page, "Send to 2 customers…"), "Send to 2 customers")
    assert [warning.value for warning in page.warning] == [
        "1 mail sent, 1 failed: the table says why."
    ]
    assert page.selectbox(key="send_status").value == "Failed"
    reason = "The domain of bob@nowhere.invalid does not exist"
    assert columns(page, "to", "status", "reason") == [(emails[1], "Failed", reason)]
    press(page, "Try the 1 failed again…")
    assert "- 1 again, since it failed before" in said(page)
    press(page, "Send to 1 customer")
    assert [warning.value for warning in page.warning] == [
        "0 mails sent, 1 failed: the table says why."
    ]
    monkeypatch.setattr(delivery, "_plugged_in", Recorder())
    press(press(page, "Try the 1 failed again…"), "Send to 1 customer")
    assert columns(page, "status") == [("Sent",)] * 2


def test_the_results_that_a_filter_shows_are_exported_whole(
    database: Database, screen: Screen
) -> None:
    emails = buyers(database, 30)
    bought(database, "bob@nowhere.invalid")
    campaign_id = approved_campaign(database)
    send_campaign(database, campaign_id, clock=lambda: NOW)
    screen(database, "campaigns")
    for status, found in [("sent", emails), ("failed", ["bob@nowhere.invalid"])]:
        exported = results.as_csv(campaign_id, SendFilter(status)).getvalue().decode("utf-8-sig")
        assert [line.split(",")[1] for line in exported.splitlines()] == ["email", *found]


def test_a_rule_that_cannot_be_read_keeps_nobody_from_reviewing(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    with database.begin() as session:
        session.execute(sa.update(Campaign).values(segment_snapshot={"kind": "cohort"}))
    page = review(screen(database, "campaigns", campaign=str(in_review), step="Review"))
    (error,) = page.error
    assert error.value.startswith("The rule of the campaign ")
    assert {"Approve", "Reject"} <= {*buttons(page)}


def test_a_sending_that_stops_by_itself_says_so(
    database: Database, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("MAIL_FROM", "shop@example.com")
    buyers(database, 12)
    campaign_id = str(approved_campaign(database))
    page = screen(database, "campaigns", campaign=campaign_id, step="Sending")
    press(press(page, "Send to 12 customers…"), "Send to 12 customers")
    (error,) = page.error
    assert error.value.startswith("Sending has stopped, as 10 mails in a row failed (")
    assert "Send to 12 customers…" in buttons(page)


@pytest.mark.parametrize("step", ["Overview", "Review", "Sending"])
def test_each_step_says_in_the_same_words_what_is_to_be_sent(
    database: Database, screen: Screen, step: str
) -> None:
    bought(database, "bob@nowhere.invalid")
    campaign_id = approved_campaign(database)
    for label in ("Send to 1 customer", "Try the 1 failed again"):
        page = screen(database, "campaigns", campaign=str(campaign_id), step=step)
        shown = [each for each in buttons(page) if each.startswith(("Send", "Try"))]
        assert [each.removesuffix("…") for each in shown] == [label]
        send_campaign(database, campaign_id, clock=lambda: NOW)


def test_a_real_sender_is_not_called_simulated(
    database: Database, screen: Screen, in_review: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_plugged_in", Recorder())
    page = screen(database, "campaigns", campaign=str(in_review), step="Sending")
    assert list(page.info) == []
    assert "Mail goes out by a sender that was plugged in, Recorder." in said(page)
    assert "No draft is approved yet." in said(page)


def test_where_mail_really_goes_is_said_on_the_page_and_in_the_question(
    database: Database, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtps://shop:hunter2@mail.example.com")
    monkeypatch.setenv("MAIL_FROM", "*Shop* <shop@example.com>")
    buyers(database, 1)
    campaign_id = str(approved_campaign(database))
    page = screen(database, "campaigns", campaign=campaign_id, step="Sending")
    sentence = literal.markdown(
        "Mail really goes out: over mail.example.com:465, from *Shop* <shop@example.com>."
    )
    assert [warning.value for warning in page.warning] == [sentence]
    press(page, "Send to 1 customer…")
    assert [warning.value for warning in page.warning] == [sentence] * 2
    assert list(page.info) == []


def test_with_settings_that_cannot_be_used_nothing_can_be_sent(
    database: Database, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = interrupted(database, minutes=20)
    monkeypatch.setenv("SMTP_URL", "smtp://localhost")
    page = screen(database, "campaigns", campaign=str(campaign_id), step="Sending")
    (error,) = page.error
    assert error.value.startswith("MAIL_FROM is missing")
    assert not any(label.startswith("Send") for label in buttons(page))
    assert "Call 1 failed…" in buttons(page)


class Stopped(Recorder):
    """A sender whose process ends at the second message."""

    def send(self, message: Message) -> None:
        super().send(message)
        if len(self.mailed) == 2:
            raise KeyboardInterrupt


def interrupted(database: Database, **since: int) -> uuid.UUID:
    """A campaign of three, one sent and one interrupted some time ago."""
    buyers(database, 3)
    campaign_id = approved_campaign(database)
    with pytest.raises(KeyboardInterrupt):
        send_campaign(database, campaign_id, sender=Stopped(), clock=lambda: ago(**since))
    return campaign_id


def test_an_interrupted_mail_waits_for_somebody_who_knows(
    database: Database, screen: Screen
) -> None:
    campaign_id = interrupted(database, minutes=20)
    page = screen(database, "campaigns", campaign=str(campaign_id))
    assert "Send to 1 customer" in buttons(page)
    send_campaign(database, campaign_id, sender=Recorder(), clock=lambda: NOW)
    press(page.run(), "1 mail without an outcome")
    assert any("**1 mail** went to a sender that never answered" in text for text in said(page))
    assert sorted(columns(page, "status")) == [("Queued",), ("Sent",), ("Sent",)]
    press(press(page, "Call 1 failed…"), "They did not go out")
    assert [success.value for success in page.success] == ["1 mail called failed."]
    press(press(page, "Try the 1 failed again…"), "Send to 1 customer")
    assert columns(page, "status") == [("Sent",)] * 3


def test_a_mail_whose_sender_failed_waits_for_somebody_who_knows(
    database: Database, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(Recorder):
        def send(self, _: Message) -> None:
            raise TimeoutError

    buyers(database, 1)
    monkeypatch.setattr(delivery, "_plugged_in", Failing())
    campaign_id = str(approved_campaign(database))
    page = screen(database, "campaigns", campaign=campaign_id, step="Sending")
    press(press(page, "Send to 1 customer…"), "Send to 1 customer")
    said_so = "0 mails sent, 1 without an outcome: the table says why."
    assert said_so in [warning.value for warning in page.warning]
    assert columns(page, "status") == [("Queued",)]
    assert "Call 1 failed…" in buttons(page)


def test_a_mail_that_is_being_sent_is_not_called_interrupted(
    database: Database, screen: Screen
) -> None:
    campaign_id = interrupted(database, minutes=1)
    page = screen(database, "campaigns", campaign=str(campaign_id), step="Sending")
    assert (
        "1 mail is in a sender's hands right now. What has no answer after 15 minutes, as when this"
        " program was ended, is for you to decide here."
    ) in said(page)
    assert not any(label.startswith("Call") for label in buttons(page))


# --------------------------------------------------------------------------------------- responses
def test_after_sending_it_is_said_what_customers_did_after_their_mail(
    database: Database, screen: Screen
) -> None:
    for email in (ADA, BOB):
        bought(database, email, ago(days=9))
    campaign_id = approved_campaign(database)
    send_campaign(database, campaign_id, clock=lambda: ago(days=8))
    did(database, ADA, "login", ago(days=7))
    did(database, BOB, "login", NOW)
    page = screen(database, "campaigns", campaign=str(campaign_id))
    assert "What **2 customers** did within 7 days after their mail." in said(page)
    assert columns(page, "type", "customers", "share") == [("login", 1, "50%")]
    page.segmented_control(key="campaigns_response_days").set_value(30).run()
    assert columns(page, "type", "customers", "share") == [("login", 2, "100%")]
    assert "For 2 of them that time is not over yet." in said(page)


def test_without_any_mail_there_are_no_responses(
    database: Database, screen: Screen, in_review: uuid.UUID
) -> None:
    page = screen(database, "campaigns", campaign=str(in_review))
    assert "Responses" not in said(page)


# ----------------------------------------------------------------------------------- demo, trouble
@pytest.mark.parametrize(
    ("step", "name"),
    [("Overview", "Responses"), ("Drafts", "Drafts"), ("Sending", "Result per customer")],
)
def test_a_table_is_called_by_what_it_holds(
    demo: Database, screen: Screen, step: str, name: str
) -> None:
    sent = next(each for each, *_ in ask(demo, list_campaigns) if each.status == "sent")
    (table,) = screen(demo, "campaigns", campaign=str(sent.id), step=step).dataframe
    assert table.proto.alt == name


@pytest.mark.parametrize("step", ["Overview", "Review", "Drafts", "Sending"])
def test_every_campaign_of_the_demo_data_can_be_looked_at(
    demo: Database, screen: Screen, step: str
) -> None:
    page = screen(demo, "campaigns")
    opening = [button for button in page.button if button.label != "New campaign"]
    assert len(opening) == 3
    for button in opening:
        shown = screen(demo, "campaigns", campaign=button.key.rpartition("_")[2], step=step)
        assert list(shown.error) == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("step", ["Overview", "Review", "Drafts", "Sending"])
def test_a_database_that_fails_is_one_sentence_until_it_is_mended(
    database: Database, screen: Screen, in_review: uuid.UUID, step: str
) -> None:
    page = screen(database, "campaigns", campaign=str(in_review), step=step)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE email_drafts RENAME TO gone")
    page.run()
    (error,) = page.error
    assert "no such table: email_drafts" in error.value
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO email_drafts")
    press(page, "Try again")
    assert list(page.error) == []
