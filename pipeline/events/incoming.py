"""An event on its way in: the checks of the contract, in the contract's order and words."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from pipeline.errors import Invalid
from pipeline.events.properties import properties_json
from pipeline.ids import customer_octets, name_based, random
from pipeline.limits import (
    EMAIL_LENGTH,
    KEY_LENGTH,
    TYPE_LENGTH,
    check_text,
    is_email,
    optional,
    required,
)
from pipeline.sql import timestamp_text

CLOCK_SKEW = timedelta(minutes=5)

# `fromisoformat` takes any character between date and time, and digits beyond the seconds.
_DATE = r"(?:\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d-?\d?)"
_TIME = r"\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?"
_ISO = re.compile(rf"{_DATE}(?:[T ]{_TIME}(?:Z|[+-]{_TIME})?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NewEvent(NamedTuple):
    """An event that passed every check, in the texts that both databases take as they are.

    Ids are in hex, `properties` is compact JSON, `occurred_at` is by `timestamp_text`.
    """

    customer_id: str
    email: str
    id: str
    type: str
    properties: str
    occurred_at: str
    idempotency_key: str | None


def parse(fields: object, *, key: object = None, now: datetime) -> NewEvent:
    """Check the fields of an event; raises Invalid with the contract's sentences.

    What is no object counts as one without fields. `occurredAt` may also be a datetime.
    """
    given = as_object(fields)
    email = required_email(_given_email(given))
    event_type = required_type(given.get("type"))
    email = _email_format(email)
    properties = given.get("properties", {})
    if not isinstance(properties, Mapping):
        raise Invalid("Properties must be a JSON object")
    occurred_at = check_time(given.get("occurredAt"), now)
    check_text(email, "email", EMAIL_LENGTH)
    check_type(event_type)
    key = check_key(key)
    return new_event(email, event_type, properties_json(properties), occurred_at, key)


def new_event(
    email: str, event_type: str, properties: str, occurred_at: str, key: str | None
) -> NewEvent:
    """Put checked fields together.

    With a key the event's id is the key's UUIDv5 under the customer's: a second one with it is the
    same event.
    """
    customer = customer_octets(email)
    event = name_based(customer, key) if key else random()
    return NewEvent(customer.hex(), email, event.hex(), event_type, properties, occurred_at, key)


def unique(events: Iterable[NewEvent]) -> dict[str, NewEvent]:
    """By its id, each event that is not the same as one before it."""
    first: dict[str, NewEvent] = {}
    for event in events:  # of two with one key the first counts, as it would in two calls
        first.setdefault(event.id, event)
    return first


def as_object(value: object) -> Mapping[str, object]:
    """`value` if it is an object; an array or a scalar counts as one without fields."""
    return value if isinstance(value, Mapping) else {}


def _given_email(given: Mapping[str, object]) -> object:
    email = given.get("email")
    return as_object(given.get("customer")).get("email") if email is None else email


# ----------------------------------------------------------------------------------------- fields
def required_email(value: object) -> str:
    """The text of an address; raises Invalid when there is none."""
    if not isinstance(value, str) or not value:
        raise Invalid("Email is required")
    return value


def required_type(value: object) -> str:
    """The trimmed event type; raises Invalid for a blank or no string."""
    return required(value, "Event type")


@lru_cache(maxsize=16_384)
def normalize_email(text: str) -> str:
    """The address trimmed and lower-cased; raises Invalid unless it reads `x@y.z`."""
    return check_text(_email_format(text), "email", EMAIL_LENGTH)


@lru_cache(maxsize=1_024)
def check_type(event_type: str) -> str:
    """The type; raises Invalid unless it can be stored."""
    return check_text(event_type, "type", TYPE_LENGTH)


def _email_format(text: str) -> str:
    if not is_email(text):
        raise Invalid("Invalid email format")
    return text.strip().lower()


def check_key(key: object) -> str | None:
    """The trimmed idempotency key; None for a blank one; raises Invalid for no string."""
    if key is not None and not isinstance(key, str):
        raise Invalid("idempotencyKey must be a string")
    return optional(key, "idempotency key", KEY_LENGTH)


# ------------------------------------------------------------------------------------- occurredAt
def check_time(value: object, now: datetime) -> str:
    """When it happened, by default now, in the databases' text; raises Invalid for no moment."""
    if value is None:
        return _text_of_now(now)
    return timestamp_text(check_moment(parse_moment(value, "occurredAt"), now, "occurredAt"))


# The same for all events of a request.
_text_of_now = lru_cache(maxsize=16)(timestamp_text)


def check_moment(moment: datetime, now: datetime, name: str) -> datetime:
    """The moment; raises Invalid, with the name it has there, before 1970 and for one to come."""
    if moment < _EPOCH:
        raise Invalid(f"{name} is before 1970")
    if moment > now + CLOCK_SKEW:
        raise Invalid(f"{name} is in the future")
    return moment


def parse_moment(value: object, field: str) -> datetime:
    """The moment that an RFC 3339 text or a datetime means, in UTC; raises Invalid naming `field`.

    A date alone is its midnight, and no zone means UTC; from 1970 on.
    """
    try:
        moment = value if isinstance(value, datetime) else parse_iso(value)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        utc = zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"Invalid {field} date format") from None
    if utc < _EPOCH:
        raise Invalid(f"Invalid {field} date format")
    return utc


def parse_iso(value: object) -> datetime:
    """What an ISO 8601 text says, in its zone if it has one; raises ValueError."""
    # RFC 3339 allows a small t and z.
    if not isinstance(value, str) or not _ISO.fullmatch(text := value.upper()):
        raise ValueError
    return datetime.fromisoformat(text)
