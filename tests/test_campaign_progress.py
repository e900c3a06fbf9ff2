"""Campaigns in numbers, against what happened to their drafts."""

import uuid

import pytest
from factories import (
    BUYERS,
    NOW,
    TICK,
    Recorder,
    ago,
    approved_campaign,
    ask,
    bought,
    buyers,
    campaign,
    did,
)

from pipeline.campaigns import create_campaign, get_campaign
from pipeline.database import Database
from pipeline.delivery import DeliveryError, Message
from pipeline.drafts import generate_drafts, review_rest
from pipeline.errors import Invalid, NotFound
from pipeline.models import Campaign
from pipeline.reports import (
    CampaignProgress,
    CampaignReach,
    campaign_count,
    campaign_progress,
    campaign_reach,
    newest_campaigns,
    unsent_strangers,
)
from pipeline.segments import create_segment
from pipeline.sends import send_campaign


class Unlucky(Recorder):
    """Takes one message, refuses the second, and stops at the third."""

    def send(self, message: Message) -> None:
        super().send(message)
        if len(self.mailed) == 2:
            raise DeliveryError("No")
        if len(self.mailed) == 3:
            raise KeyboardInterrupt


def test_a_campaign_is_counted_by_what_became_of_its_drafts(database: Database) -> None:
    buyers(database, 9)
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ask(database, review_rest, campaign_id, "approved", limit=5, now=NOW)
    ask(database, review_rest, campaign_id, "rejected", limit=1, now=NOW)
    with pytest.raises(KeyboardInterrupt):
        send_campaign(database, campaign_id, sender=Unlucky(), clock=lambda: NOW)
    progress = ask(database, campaign_progress, campaign_id)
    assert progress == CampaignProgress(
        revision=3, to_review=3, approved=5, rejected=1, sent=1, failed=1, claimed=1
    )
    assert (progress.drafted, progress.unsent, progress.sendable) == (9, 2, 3)


def test_a_campaign_without_drafts_is_at_zero(database: Database) -> None:
    progress = ask(database, campaign_progress, campaign(database))
    assert progress == CampaignProgress(0, 0, 0, 0, 0, 0, 0)
    assert (progress.drafted, progress.unsent, progress.sendable) == (0, 0, 0)


def test_an_unknown_campaign_has_no_numbers(database: Database) -> None:
    with pytest.raises(NotFound, match="Campaign not found"):
        ask(database, campaign_progress, uuid.uuid4())


def test_the_reach_is_who_matches_now_and_who_of_them_has_a_draft(database: Database) -> None:
    bought(database, "gone@example.com", ago(days=30, minutes=30))
    bought(database, "there@example.com", ago(hours=2))
    campaign_id = campaign(database)
    assert generate_drafts(database, campaign_id, now=ago(hours=1)) == 2
    generate_drafts(database, campaign(database), now=NOW)
    buyers(database, 5)
    did(database, "other@example.com", "visit")
    found = ask(database, get_campaign, campaign_id)
    reach = ask(database, campaign_reach, found, now=NOW)
    assert (reach, reach.undrafted) == (CampaignReach(audience=6, drafted=1), 5)


class Choosy(Recorder):
    """Refuses the first address."""

    def send(self, message: Message) -> None:
        if message.to == "a@example.com":
            raise DeliveryError("No")


def test_those_who_are_to_be_sent_a_mail_and_no_longer_match_are_told(database: Database) -> None:
    for email in ("a@example.com", "b@example.com"):
        bought(database, email, ago(days=30))
    bought(database, "there@example.com")
    campaign_id = approved_campaign(database)
    found, later = ask(database, get_campaign, campaign_id), NOW + TICK
    assert ask(database, unsent_strangers, found, now=NOW) == 0
    assert ask(database, unsent_strangers, found, now=later) == 2
    assert ask(database, unsent_strangers, found, only_failed=True, now=later) == 0
    send_campaign(database, campaign_id, sender=Choosy(), clock=lambda: NOW)
    assert ask(database, unsent_strangers, found, now=later) == 1
    assert ask(database, unsent_strangers, found, only_failed=True, now=later) == 1


def test_who_waits_for_review_is_not_about_to_be_sent_a_mail(database: Database) -> None:
    bought(database, "left@example.com", ago(days=30))
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    found = ask(database, get_campaign, campaign_id)
    assert ask(database, unsent_strangers, found, now=NOW + TICK) == 0


def test_campaigns_come_newest_first_a_page_at_a_time(database: Database) -> None:
    buyers(database, 2)
    ids = [approved_campaign(database), campaign(database), campaign(database)]
    with database.begin() as session:
        for hours, campaign_id in enumerate(ids):
            session.get_one(Campaign, campaign_id).updated_at = ago(hours=hours)
    first = ask(database, newest_campaigns, 2)
    assert [row.id for row, _, _ in first] == ids[:2]
    assert [segment.name for _, segment, _ in first] == ["Audience"] * 2
    assert [progress.approved for _, _, progress in first] == [2, 0]
    assert [row.id for row, _, _ in ask(database, newest_campaigns, 2, 2)] == ids[2:]
    assert ask(database, newest_campaigns, 2, 4) == []


def test_campaigns_are_found_by_name(database: Database) -> None:
    segment = ask(database, create_segment, name="S", definition=BUYERS, now=NOW)
    for hours, name in enumerate(["50% off", "Winter sale", "winter thanks", "5050"]):
        ask(database, create_campaign, name=name, segment_id=segment.id, now=ago(hours=hours))
    for search, names in [
        (" WINTER ", ["Winter sale", "winter thanks"]),
        ("50%", ["50% off"]),
        ("spring", []),
    ]:
        found = ask(database, newest_campaigns, 9, search=search)
        assert [row.name for row, _, _ in found] == names
        assert ask(database, campaign_count, search) == len(names)
    (second,) = ask(database, newest_campaigns, 1, 1, "winter")
    assert second[0].name == "winter thanks"
    with pytest.raises(Invalid):
        ask(database, campaign_count, "x" * 10_000)
