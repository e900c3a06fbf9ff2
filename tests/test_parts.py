"""What the screens share: numbers, moments and text as people read them."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import NOW

from pages.parts import downloads, literal, names, numbers, times
from pipeline.models import Segment


@pytest.mark.parametrize(
    ("part", "of", "text"),
    [
        (0, 0, "–"),  # noqa: RUF001
        (0, 10, "0%"),
        (10, 10, "100%"),
        (1, 8, "12.5%"),
        (1, 4, "25%"),
        (1, 1_000_000, "<0.1%"),
        (999_999, 1_000_000, ">99.9%"),
    ],
)
def test_a_share_never_reads_as_none_or_all_unless_it_is(part: int, of: int, text: str) -> None:
    assert numbers.share(part, of) == text


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [(5, 0, None), (0, 0, None), (5, 5, 0), (6, 4, "+50.0%"), (0, 4, "-100.0%")],
)
def test_a_change_is_against_the_time_before(now: int, before: int, change: Any) -> None:
    assert numbers.change(now, before) == change


def test_a_count_has_separators_and_its_noun() -> None:
    assert numbers.counted(1, "customer") == "1 customer"
    assert numbers.counted(12_345, "customer") == "12,345 customers"
    assert numbers.counted(0, "reply", "replies") == "0 replies"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(days=1234), "1,234 days ago"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_whole_unit(span: timedelta, text: str) -> None:
    assert times.ago(NOW - span, NOW) == text


# ---------------------------------------------------------------------------------- the time zone
@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call it with what the viewer's browser says."""
    return lambda name: monkeypatch.setattr("streamlit.context", _Context(name))


class _Context:
    def __init__(self, timezone: str | None) -> None:
        self.timezone = timezone


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Asia/Kolkata", "15 Jun 2026, 17:30"),
        ("America/Los_Angeles", "15 Jun 2026, 05:00"),
        (None, "15 Jun 2026, 12:00"),
        ("", "15 Jun 2026, 12:00"),
        ("Mars/Olympus", "15 Jun 2026, 12:00"),
        ("../../etc/passwd", "15 Jun 2026, 12:00"),
        ("Europe", "15 Jun 2026, 12:00"),
    ],
)
def test_a_moment_is_shown_in_the_viewers_zone_or_in_utc(
    zone: Any, name: str | None, text: str
) -> None:
    zone(name)
    assert times.exact(NOW) == text
    assert times.utc(NOW) == "2026-06-15 12:00:00 UTC"


def test_days_begin_at_the_viewers_midnight_also_where_the_clock_changes(zone: Any) -> None:
    zone("Europe/Berlin")
    days = times.days(3, datetime(2026, 3, 30, 0, 30, tzinfo=UTC))
    assert [day.date() for day in days] == [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)]
    assert [day.astimezone(UTC).hour for day in days] == [23, 23, 22]


def test_text_without_meaning_to_markdown_stays_as_it_is() -> None:
    for text in ("Ada Lovelace", "snake_case", "12 %", "sqlite:////tmp/x.db (down); start it"):
        assert literal.markdown(text) == text


def test_a_download_is_all_its_pieces_in_utf_8() -> None:
    assert downloads.in_memory(iter(["\ufeffé,", "🎉\r\n"])).getvalue() == "\ufeffé,🎉\r\n".encode()


def test_names_that_several_have_are_told_apart_whatever_their_order() -> None:
    ids = [uuid.UUID(int=number << 96) for number in (1, 2, 3)]
    segments = [Segment(id=id_, name=name) for id_, name in zip(ids, ("A", "A", "B"), strict=True)]
    told_apart = dict(zip(ids, ("A (00000001)", "A (00000002)", "B"), strict=True))
    assert names.by_id(segments) == told_apart
    assert names.by_id(reversed(segments)) == told_apart
