"""An event on its way in: the checks of the contract, in the contract's order and words."""

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pipeline import exact_json
from pipeline.errors import Invalid
from pipeline.limits import (
    EMAIL_LENGTH,
    KEY_LENGTH,
    TYPE_LENGTH,
    check_text,
    filled,
    number_problem,
)
from pipeline.models import customer_id

PROPERTIES_BYTES = 32 * 1024
PROPERTIES_DEPTH = 32
CLOCK_SKEW = timedelta(minutes=5)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# `fromisoformat` takes any character between date and time.
_ISO = re.compile(r"(?:\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d-?\d?)(?:[T ].+)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NewEvent(NamedTuple):
    """An event that passed every check; `properties` is compact JSON text."""

    id: uuid.UUID
    customer_id: uuid.UUID
    email: str
    type: str
    properties: str
    occurred_at: datetime
    idempotency_key: str | None


def parse(fields: object, *, key: object = None, now: datetime) -> NewEvent:
    """Check the fields of an event; raises Invalid with the contract's sentences.

    What is no object counts as one without fields. `occurredAt` may also be a datetime. With a
    key the event's id is the key's UUIDv5 under the customer's, so a second one is the same event.
    """
    given = as_object(fields)
    email = _given_email(given)
    event_type = filled(given.get("type"))
    if event_type is None:
        raise Invalid("Event type is required")
    email = _email_format(email)
    properties = given.get("properties", {})
    if not isinstance(properties, Mapping):
        raise Invalid("Properties must be a JSON object")
    occurred_at = _occurred_at(given.get("occurredAt"), now)
    customer = customer_id(check_text(email, "email", EMAIL_LENGTH))
    check_text(event_type, "type", TYPE_LENGTH)
    key = _key(key)
    return NewEvent(
        id=uuid.uuid5(customer, key) if key else uuid.uuid4(),
        customer_id=customer,
        email=email,
        type=event_type,
        properties=_properties_json(properties),
        occurred_at=occurred_at,
        idempotency_key=key,
    )


def as_object(value: object) -> Mapping[str, object]:
    """`value` if it is an object; an array or a scalar counts as one without fields."""
    return value if isinstance(value, Mapping) else {}


def normalize_email(text: str) -> str:
    """The address trimmed and lower-cased; raises Invalid unless it reads `x@y.z`."""
    return check_text(_email_format(text), "email", EMAIL_LENGTH)


def is_email(text: str) -> bool:
    """Whether it reads like an address once it is trimmed and lower-cased."""
    return _EMAIL.fullmatch(text.strip().lower()) is not None


def _given_email(given: Mapping[str, object]) -> str:
    email = given.get("email")
    if email is None:
        email = as_object(given.get("customer")).get("email")
    if not isinstance(email, str) or not email:
        raise Invalid("Email is required")
    return email


@lru_cache(maxsize=16_384)
def _email_format(text: str) -> str:
    if not is_email(text):
        raise Invalid("Invalid email format")
    return text.strip().lower()


def _key(key: object) -> str | None:
    if key is not None and not isinstance(key, str):
        raise Invalid("idempotencyKey must be a string")
    key = filled(key)
    return check_text(key, "idempotency key", KEY_LENGTH) if key else None


# ------------------------------------------------------------------------------------- occurredAt
def _occurred_at(value: object, now: datetime) -> datetime:
    if value is None:
        return now
    moment = parse_moment(value, "occurredAt")
    if moment > now + CLOCK_SKEW:
        raise Invalid("occurredAt is in the future")
    return moment


def parse_moment(value: object, field: str) -> datetime:
    """The moment that an RFC 3339 text or a datetime means, in UTC; raises Invalid naming `field`.

    A date alone is its midnight, and no zone means UTC; from 1970 on.
    """
    try:
        moment = value if isinstance(value, datetime) else _iso(value)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        utc = zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"Invalid {field} date format") from None
    if utc < _EPOCH:
        raise Invalid(f"Invalid {field} date format")
    return utc


def _iso(value: object) -> datetime:
    # RFC 3339 allows a small t and z.
    if not isinstance(value, str) or not _ISO.fullmatch(text := value.upper()):
        raise ValueError
    return datetime.fromisoformat(text)


# ------------------------------------------------------------------------------------- properties
def _properties_json(properties: Mapping[str, object]) -> str:
    _check_values(properties.values(), PROPERTIES_DEPTH)
    try:
        text = exact_json.dumps(properties)
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Invalid("properties must not contain lone surrogates") from None
    except (TypeError, ValueError):
        raise Invalid("properties must hold JSON values only") from None
    if size > PROPERTIES_BYTES:
        raise Invalid(f"properties must be at most {PROPERTIES_BYTES // 1024} KiB as JSON")
    if r"\u0000" in text and _has_nul(properties):
        raise Invalid("properties must not contain NUL characters")
    return text


def _check_values(values: Iterable[object], levels: int) -> None:
    if levels == 0:
        raise Invalid(f"properties must nest at most {PROPERTIES_DEPTH} levels")
    for value in values:
        if isinstance(value, str) or value is None:
            continue
        if isinstance(value, int | float | Decimal):
            if problem := number_problem(value):
                raise Invalid(f"properties must hold numbers {problem}")
        elif isinstance(value, Mapping):
            _check_values(value.values(), levels - 1)
        elif isinstance(value, list | tuple):
            _check_values(value, levels - 1)


def _has_nul(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_nul(item) for pair in value.items() for item in pair)
    if isinstance(value, list | tuple):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value
