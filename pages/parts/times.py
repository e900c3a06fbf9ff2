"""Moments in the viewer's time zone, with UTC within reach."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from pages.parts.numbers import counted

_SPANS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def zone() -> ZoneInfo:
    """The viewer's time zone, as their browser tells it; UTC when it tells none."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def exact(moment: datetime) -> str:
    """`15 Jun 2026, 14:03`, in the viewer's time zone."""
    return f"{moment.astimezone(zone()):%-d %b %Y, %H:%M}"


def utc(moment: datetime) -> str:
    """`2026-06-15 12:03:09 UTC`, for where the exact moment matters."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def note(now: datetime) -> str:
    """Which time zone it is, for a caption near such moments."""
    offset = f"{now.astimezone(zone()):%z}"
    return f"Times are in {zone().key}, now UTC{offset[:3]}:{offset[3:]}."


def ago(moment: datetime, now: datetime) -> str:
    """`3 minutes ago`; only ever beside the exact moment."""
    seconds = (now - moment).total_seconds()
    for unit, size in _SPANS:
        if seconds >= size:
            return f"{counted(int(seconds // size), unit)} ago"
    return "just now"


def text(moment: datetime, now: datetime | None = None) -> None:
    """Draw the moment (and how long ago it was, given `now`), with UTC on hover."""
    relative = f" ({ago(moment, now)})" if now else ""
    st.caption(exact(moment) + relative, help=utc(moment), width="content")


def column(label: str, **options: Any) -> Any:
    """A column of moments in `st.dataframe`, in the viewer's time zone; its help says which."""
    name = zone().key
    return st.column_config.DatetimeColumn(
        label,
        format="D MMM YYYY, HH:mm",
        timezone=name,
        **{"help": f"In the time zone {name}", **options},
    )


def days(number: int, now: datetime) -> list[datetime]:
    """The midnights that begin the viewer's last `number` days, today's last, in their zone."""
    today = now.astimezone(zone()).date()
    return [midnight(today - timedelta(days=back)) for back in reversed(range(number))]


def midnight(day: date) -> datetime:
    """The moment at which a day of the viewer's begins."""
    return datetime.combine(day, time.min, zone())
