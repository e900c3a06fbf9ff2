"""Events of a shop, reproducible from a seed: many customers, few of whom do most."""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from pipeline.database import Database
from pipeline.events.incoming import NewEvent
from pipeline.events.storing import store
from pipeline.ids import customer_id
from pipeline.sql import timestamp_text

DAYS = 180
TYPES = ("page_view", "added_to_cart", "purchase", "login")
WEIGHTS = (70, 15, 5, 10)

_CHUNK = 10_000


def fill(database: Database, events: int, customers: int, now: datetime) -> None:
    """Store `events` events of up to `customers` customers in the days before `now`."""
    source = _events(events, customers, now)
    while chunk := list(islice(source, _CHUNK)):
        with database.begin() as session:
            store(session, chunk, now=now)


def _events(events: int, customers: int, now: datetime) -> Iterator[NewEvent]:
    chance = random.Random(1)
    for _ in range(events):
        # The square makes a tenth of the customers do a third of everything.
        email = f"customer{int(customers * chance.random() ** 2)}@example.com"
        kind = chance.choices(TYPES, WEIGHTS)[0]
        sku, path = chance.randrange(500), chance.randrange(200)
        yield NewEvent(
            customer_id=customer_id(email).hex,
            email=email,
            id=uuid.UUID(int=chance.getrandbits(128), version=4).hex,
            type=kind,
            properties=f'{{"sku":"SKU-{sku}","path":"/page/{path}","amount":{sku / 4}}}',
            occurred_at=timestamp_text(now - timedelta(seconds=chance.random() * DAYS * 86_400)),
            idempotency_key=None,
        )
