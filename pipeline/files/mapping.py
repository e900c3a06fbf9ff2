"""Where each field of an event comes from in a row."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.errors import Invalid
from pipeline.files.rows import RowFile, unless_blank

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_WHOLE = re.compile(r"(-?\d+)\.0+")
_LONGEST_LIST = 2_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_TIME = Decimal(10) ** 12
_ANY_TIME = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
#: Formats that `strptime` has no directive for, with the seconds of their unit.
_EPOCH_UNITS = {"epoch": Decimal(1), "epoch-ms": Decimal("0.001")}


@dataclass(frozen=True)
class FieldMapping:
    """Where each field comes from.

    email         a column, or a template such as `c{CustomerID}@example.com`
    type          the event type, the same for all rows; or `type_column`
    time          a column; `timezone` (default UTC) for times without one; `time_format` as for
                  `strptime`, or "epoch" (seconds), "epoch-ms"; default ISO 8601
    properties    names and the columns they come from
    remaining     whether the columns that nothing else uses are properties as well
    key           a column or a template for the idempotency key; default: the row's content
    """

    email: str
    time: str
    type: str | None = None
    type_column: str | None = None
    timezone: str | None = None
    time_format: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    remaining: bool = True
    key: str | None = None


@dataclass(frozen=True)
class RowReader:
    """A mapping made ready for one file; raises Invalid where the two do not fit."""

    mapping: FieldMapping
    file: RowFile
    _typed_properties: list[tuple[str, str, Callable[[Any], Any]]] = field(init=False)
    _known_columns: frozenset[str] = field(init=False)
    _read_time: Callable[[Any], datetime] = field(init=False)

    def __post_init__(self) -> None:
        if (self.mapping.type is None) == (self.mapping.type_column is None):
            raise Invalid("The mapping needs either an event type or a column that holds it")
        used = self._used_columns()
        chosen = dict(self.mapping.properties)
        _check_columns([*used, *chosen.values()], self.file.columns)
        if self.mapping.remaining:
            rest = [c for c in self.file.columns if c not in {*used, *chosen.values()}]
            chosen |= {column: column for column in rest if column not in chosen}
        typed = [(name, column, self.file.typed(column)) for name, column in chosen.items()]
        object.__setattr__(self, "_typed_properties", typed)
        object.__setattr__(self, "_known_columns", frozenset(self.file.columns))
        object.__setattr__(self, "_read_time", _time_reader(self.mapping))

    def event(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of an event, and the key if there is a template for it.

        Raises Invalid for a row that lacks what one of them is made of.
        """
        mapping = self.mapping
        return {
            "email": self._email(values),
            "type": values.get(mapping.type_column) if mapping.type_column else mapping.type,
            "occurredAt": self.time(values),
            "properties": self._properties(values),
            "key": self._key(values) if mapping.key else None,
        }

    def time(self, values: Mapping[str, Any]) -> datetime:
        """When the row's event happened; raises Invalid for a blank or an unreadable time."""
        column = self.mapping.time
        raw = unless_blank(values.get(column))
        if raw is None:
            raise Invalid(f"{column} is blank")
        try:
            return self._read_time(raw.strip() if isinstance(raw, str) else raw)
        except (ValueError, TypeError, ArithmeticError):
            raise Invalid(f"{column} is not a time of the expected format") from None

    def _email(self, values: Mapping[str, Any]) -> Any:
        email = self.mapping.email
        return fill(email, values) if "{" in email else values.get(email)

    def _key(self, values: Mapping[str, Any]) -> str:
        key = self.mapping.key or ""
        return fill(key, values) if "{" in key else _id_text(key, values.get(key))

    def _properties(self, values: Mapping[str, Any]) -> dict[str, Any]:
        properties = {
            name: value
            for name, column, typed in self._typed_properties
            if (raw := values.get(column)) is not None and (value := typed(raw)) is not None
        }
        if self.mapping.remaining and self.file.may_have_more_columns:
            late = (column for column in values if column not in self._known_columns)
            typed_values = ((column, self.file.typed(column)(values[column])) for column in late)
            properties |= {column: value for column, value in typed_values if value is not None}
        return properties

    def _used_columns(self) -> list[str]:
        mapping = self.mapping
        columns = [*_columns_in(mapping.email), mapping.time]
        columns += _columns_in(mapping.key) if mapping.key else []
        return [*columns, mapping.type_column] if mapping.type_column else columns


def _columns_in(template: str) -> list[str]:
    return _PLACEHOLDER.findall(template) or [template]


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The template with the row's values; a numeric id such as `17850.0` becomes `17850`.

    Raises Invalid for a blank value: an id without it would be somebody else's.
    """
    start, columns = _parts(template)
    return start + "".join(_id_text(name, values.get(name)) + text for name, text in columns)


@lru_cache
def _parts(template: str) -> tuple[str, list[tuple[str, str]]]:
    """The text before the first placeholder, and each placeholder with the text after it."""
    start, *rest = _PLACEHOLDER.split(template)
    return start, list(zip(rest[::2], rest[1::2], strict=True))


def _id_text(column: str, value: Any) -> str:
    if unless_blank(value) is None:
        raise Invalid(f"{column} is blank")
    text = str(value).strip()
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def _check_columns(used: Sequence[str], columns: Sequence[str]) -> None:
    unknown = next((column for column in used if column not in columns), None)
    if unknown is not None:
        there = ", ".join(columns)
        if len(there) > _LONGEST_LIST:
            there = f"{there[:_LONGEST_LIST]}… ({len(columns):,} columns)"
        raise Invalid(f"Unknown column '{unknown}'; the file has: {there}")


# ------------------------------------------------------------------------------------------- time
def _time_reader(mapping: FieldMapping) -> Callable[[Any], datetime]:
    _check_format(mapping.time_format)
    read = partial(_read_time, time_format=mapping.time_format, zone=_zone(mapping.timezone))
    # The lines of one invoice have one time, and a day's visits a few thousand.
    return lru_cache(maxsize=8192)(read)


def _check_format(time_format: str | None) -> None:
    if time_format is None or time_format in _EPOCH_UNITS:
        return
    try:
        there_and_back = datetime.strptime(_ANY_TIME.strftime(time_format), time_format)  # noqa: DTZ007
    except (ValueError, re.error):
        there_and_back = None
    # A format without a year reads as 1900.
    if there_and_back is None or there_and_back.year != _ANY_TIME.year:
        raise Invalid(
            f"Unknown time format '{time_format}'; expected epoch, epoch-ms, or the directives of"
            " strptime such as %d/%m/%Y %H:%M"
        )


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"Unknown time zone '{name}'; expected a name such as Europe/London"
        ) from None


def _read_time(raw: Any, *, time_format: str | None, zone: ZoneInfo | None) -> datetime:
    if time_format in _EPOCH_UNITS:
        return _EPOCH + timedelta(microseconds=_microseconds(raw, _EPOCH_UNITS[time_format]))
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime.combine(raw, time())
    if isinstance(raw, str):
        by_format = datetime.strptime(raw, time_format) if time_format else None  # noqa: DTZ007
        raw = by_format or datetime.fromisoformat(raw.upper())
    if not isinstance(raw, datetime):
        raise TypeError
    moment = raw if raw.tzinfo else raw.replace(tzinfo=zone or UTC)
    return moment.astimezone(UTC)


def _microseconds(raw: Any, unit: Decimal) -> int:
    seconds = Decimal(str(raw)) * unit
    # Before it becomes an integer: 1e999999 is one of a million digits.
    if not abs(seconds) < _LONGEST_TIME:
        raise ValueError
    return round(seconds * 1_000_000)
