"""How a column's values become moments."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.errors import Invalid
from pipeline.events.incoming import parse_iso

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_TIME = Decimal(10) ** 12
_ANY_TIME = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
#: Formats that `strptime` has no directive for, with the seconds of their unit.
EPOCH_UNITS = {
    "epoch": Decimal(1),
    "epoch-ms": Decimal("0.001"),
    "epoch-us": Decimal("0.000001"),
}
# Before the zone, as SQL Server and Rails write it.
_SPACE = re.compile(r" (?=([+-]\d\d:?\d\d|Z)$)", re.IGNORECASE)
_UTC_NAMES = re.compile(r"\b(UTC|GMT)\b", re.IGNORECASE)


def time_reader(time_format: str | None, timezone: str | None) -> Callable[[Any], datetime]:
    """A function that reads a value as a moment in UTC.

    It raises ValueError, TypeError or ArithmeticError for what is none; this one raises Invalid for
    a format or a zone that does not exist.
    """
    _check_format(time_format)
    read = partial(_read_time, time_format=time_format, zone=_zone(timezone))
    # The lines of one invoice have one time, and a day's visits a few thousand.
    return lru_cache(maxsize=8192)(read)


def _check_format(time_format: str | None) -> None:
    if time_format is None or time_format in EPOCH_UNITS:
        return
    try:
        there_and_back = datetime.strptime(_ANY_TIME.strftime(time_format), time_format)  # noqa: DTZ007
    except (ValueError, re.error):
        there_and_back = None
    # A format without a year reads as 1900.
    if there_and_back is None or there_and_back.year != _ANY_TIME.year:
        raise Invalid(
            f"Unknown time format '{time_format}'; expected {', '.join(EPOCH_UNITS)}, or the"
            " directives of strptime such as %d/%m/%Y %H:%M"
        )


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"Unknown time zone '{name}'; expected a name such as Europe/London"
        ) from None


def _read_time(raw: Any, *, time_format: str | None, zone: ZoneInfo | None) -> datetime:
    if time_format in EPOCH_UNITS:
        return _EPOCH + timedelta(microseconds=_microseconds(raw, EPOCH_UNITS[time_format]))
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime.combine(raw, time())
    if isinstance(raw, str):
        text = raw.strip()
        raw = _by_format(text, time_format) if time_format else parse_iso(_SPACE.sub("", text))
    if not isinstance(raw, datetime):
        raise TypeError
    moment = raw if raw.tzinfo else raw.replace(tzinfo=zone or UTC)
    return moment.astimezone(UTC)


def _by_format(text: str, time_format: str) -> datetime:
    # `strptime` takes the name of UTC or the machine's zone and forgets it; others are ambiguous.
    if "%Z" in time_format and "%z" not in time_format:
        text, time_format = _UTC_NAMES.sub("+0000", text), time_format.replace("%Z", "%z")
    return datetime.strptime(text, time_format)  # noqa: DTZ007


def _microseconds(raw: Any, unit: Decimal) -> int:
    seconds = Decimal(str(raw).strip()) * unit
    # Before it becomes an integer: 1e999999 is one of a million digits.
    if not abs(seconds) < _LONGEST_TIME:
        raise ValueError
    return round(seconds * 1_000_000)
