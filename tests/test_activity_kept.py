"""Profiles equal a recomputation from the events, whoever stored, repeated and erased at once.

An example is a series of steps, each of which is some works that begin at the same moment; what a
rebuild is to mend is wrong before. A longer run looks for what a few examples do not find:

    ACTIVITY_EXAMPLES=2000 pytest --hypothesis-profile=default tests/test_activity_kept.py
"""

import asyncio
import contextlib
import os
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.activity import disagreements, ranges, rebuild
from pipeline.customers import erase
from pipeline.database import Database
from pipeline.errors import Conflict, NotFound
from pipeline.events import ingest, ingest_many
from pipeline.events.incoming import parse
from pipeline.events.sharing import SharedTransactions
from pipeline.events.storing import postgresql
from pipeline.files import FieldMapping
from pipeline.ids import customer_id
from pipeline.models import (
    PROFILES,
    Activity,
    Customer,
    TrackedProperty,
)
from pipeline.tracking import track, untrack
from tests.factories import NOW, address, ago, ask, at_once, event, one_database_for_all
from tests.files import do_import, json_lines, write

EXAMPLES = int(os.environ.get("ACTIVITY_EXAMPLES", "25"))
MAPPING = FieldMapping(
    email="email", time="occurredAt", type_column="type", properties={"sku": "sku"}
)

#: Who did what, how many hours ago, under which key. There are few of each, so that much comes
#: twice, comes late, or comes from several at once.
Fact = tuple[int, str, int, str | None]
facts = st.tuples(
    st.integers(0, 3), st.sampled_from("ab"), st.integers(0, 30), st.none() | st.sampled_from("xyz")
)
many = st.lists(facts, min_size=1, max_size=12)
works = st.one_of(
    st.tuples(st.just("one"), facts),
    st.tuples(st.just("together"), many),
    st.tuples(st.just("batch"), many),
    st.tuples(st.just("import"), many),
    st.tuples(st.just("erase"), st.integers(0, 3)),
    st.tuples(st.just("rebuild"), st.none()),
    st.tuples(st.just("track"), st.none()),
    st.tuples(st.just("untrack"), st.none()),
)
steps = st.lists(st.lists(works, min_size=1, max_size=3), min_size=1, max_size=8)


def fields(fact: Fact) -> dict[str, object]:
    who, what, hours, key = fact
    keyed = {} if key is None else {"idempotencyKey": key}
    return event(address(who), what, ago(hours=hours), properties={"sku": hours % 3}, **keyed)


def one(database: Database, fact: Fact) -> None:
    *_, key = fact
    ask(database, ingest, fields((*fact[:3], None)), key=key, now=NOW)


def together(database: Database, some: Sequence[Fact]) -> None:
    """As the API stores what arrives at the same moment."""

    async def arrive() -> None:
        shared = SharedTransactions(database)
        events = [parse(fields((*fact[:3], None)), key=fact[3], now=NOW) for fact in some]
        await asyncio.gather(*(shared.store(each, now=NOW) for each in events))

    asyncio.run(arrive())


def batch(database: Database, some: Sequence[Fact]) -> None:
    ask(database, ingest_many, [fields(fact) for fact in some], now=NOW)


def import_(database: Database, some: Sequence[Fact], folder: Path) -> None:
    rows = [{**fields(fact), "sku": fact[2] % 3} for fact in some]
    do_import(database, write(folder / f"{uuid.uuid4()}.jsonl", json_lines(rows)), MAPPING)


def erase_one(database: Database, who: int) -> None:
    with contextlib.suppress(NotFound):
        ask(database, erase, customer_id(address(who)))


def track_sku(database: Database) -> None:
    with contextlib.suppress(Conflict):  # it is being removed
        track(database, "sku", now=NOW)


def untrack_sku(database: Database) -> None:
    with contextlib.suppress(NotFound):
        untrack(database, "sku")


def damage(database: Database) -> None:
    with database.begin() as session:
        session.execute(sa.delete(Activity).where(Activity.type == "a"))
        for profiles in PROFILES:
            session.execute(sa.update(profiles).values(event_count=profiles.event_count + 1))


@pytest.fixture
def work(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Callable[[Any], object]]:
    """Each kind of work, with chunks so small that it has several."""
    monkeypatch.setattr(ranges, "CHUNK", 2)
    monkeypatch.setattr(postgresql, "_BULK", 5)
    return {
        "one": partial(one, database),
        "together": partial(together, database),
        "batch": partial(batch, database),
        "import": partial(import_, database, folder=tmp_path),
        "erase": partial(erase_one, database),
        "rebuild": lambda _: rebuild(database),
        "track": lambda _: track_sku(database),
        "untrack": lambda _: untrack_sku(database),
    }


@pytest.mark.no_cover
@given(steps)
@settings(one_database_for_all, max_examples=EXAMPLES, deadline=None)
def test_profiles_equal_the_events_whatever_happens_at_once(
    database: Database, work: dict[str, Callable[[Any], object]], steps: list[list[tuple[str, Any]]]
) -> None:
    with database.begin() as session:
        session.execute(sa.delete(Customer))
        session.execute(sa.delete(TrackedProperty))
    for step in steps:
        if "rebuild" in dict(step):
            damage(database)
        outcomes = at_once(*(partial(work[kind], given) for kind, given in step))
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        assert ask(database, disagreements) == 0
