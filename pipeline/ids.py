"""Ids: read from texts, and made for customers and events.

They are made in octets, hundreds of thousands in a row: `uuid.UUID` takes three times as long for
each. Their layout is RFC 9562, section 4: https://www.rfc-editor.org/rfc/rfc9562
"""

import hashlib
import os
import uuid
from functools import lru_cache

_CUSTOMERS = uuid.UUID("6f1d9c52-6f0b-5a53-9a5e-2f4a3c1b7d10").bytes


def id_of(text: str) -> uuid.UUID | None:
    """The id that a text is in canonical form, in any case of letters; None for any other text."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def customer_id(email: str) -> uuid.UUID:
    """The id of the customer with this normalised e-mail: its UUIDv5, so no writer needs to ask."""
    return uuid.UUID(bytes=customer_octets(email))


@lru_cache(maxsize=16_384)
def customer_octets(email: str) -> bytes:
    """The octets of `customer_id(email)`."""
    return name_based(_CUSTOMERS, email)


def name_based(namespace: bytes, name: str) -> bytes:
    """The octets of `uuid.uuid5(namespace, name)` (section 5.5)."""
    return _versioned(hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest(), 5)


def random() -> bytes:
    """The octets of a `uuid.uuid4()` (section 5.4)."""
    return _versioned(os.urandom(16), 4)


def _versioned(octets: bytes, version: int) -> bytes:
    made = bytearray(octets[:16])
    made[6] = made[6] & 0x0F | version << 4
    made[8] = made[8] & 0x3F | 0x80
    return bytes(made)
