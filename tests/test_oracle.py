"""Members on SQLite and on PostgreSQL are those whom the oracle names.

A case is a definition put to a world of customers as of a moment. Each seed stands for the same
cases on every machine and is a test of its own, so that processes can share them. A longer run
takes more seeds, and whatever it finds can be had again by its number:

    ORACLE_SEEDS=8:200 pytest -n 2 tests/test_oracle.py
"""

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.database import Database, connect
from pipeline.drafts import generate_drafts
from pipeline.events import ingest_many
from pipeline.ids import customer_id
from pipeline.models import Base, Customer, Segment, TrackedProperty
from pipeline.rules import parse, walk
from pipeline.rules.paths import steps
from pipeline.segments import matches, preview, previewing, sizes
from pipeline.segments.explanations import Explanation, Found, counts, explain
from pipeline.segments.references import resolve
from pipeline.sql import joined, kind_of
from tests import oracle
from tests.definitions import Questions, questions
from tests.factories import NOW, ask, campaign, draft_statuses, event, taken_back
from tests.language import all_of, any_of, not_
from tests.oracle import Definition, Did, Person, Seen, World

SEEDS = range(*map(int, os.environ.get("ORACLE_SEEDS", "0:8").split(":")))
WORLDS, DEFINITIONS, MOMENTS = 56, 15, 3  # for each of 8 seeds; 20,160 cases

DAY = timedelta(days=1)
#: When everything is stored: after all that anybody did.
LATER = NOW + DAY

#: As drawn: a search for a smaller example takes minutes, and `disagreement` names a part of it.
as_drawn = settings(deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])

#: By address: whether each of some definitions matches, in their order.
Verdicts = dict[str, list[bool]]


@pytest.fixture
def both(
    sqlite_template: Path, postgresql_template: str, tmp_path: Path
) -> Iterator[tuple[Database, Database]]:
    """An empty database of each kind, for examples that are `taken_back`."""
    sqlite = connect(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'pipeline.db')}")
    postgresql = connect(postgresql_template)
    yield sqlite, postgresql
    sqlite.close()
    postgresql.close()


def store(session: Session, world: World) -> None:
    """Put everybody, what they did and the saved segments into an empty database."""
    rows = [
        event(who.email, did.type, did.at, properties=did.properties)
        for who in world.people
        for did in who.events
    ]
    assert ingest_many(session, rows, now=LATER).created == len(rows)
    dates = {"created_at": LATER, "updated_at": LATER}
    for who in world.people:
        if not who.events:
            session.add(Customer(id=customer_id(who.email), email=who.email, **dates))
    for id_, definition in world.segments.items():
        checked = parse(definition).definition()
        session.add(Segment(id=uuid.UUID(id_), name=id_, definition=checked, **dates))
    session.flush()


def track_all(session: Session, definitions: Sequence[Definition]) -> None:
    """Have profiles for every property that a definition could ask for."""
    parsed = (each for definition in definitions for _, each in walk(parse(definition)))
    paths = {exact_json.dumps(steps(each.equality.path)) for each in parsed if each.equality}
    session.add_all(
        TrackedProperty(path=path, place=exact_json.loads(path), status="ready", created_at=NOW)
        for path in paths
    )
    session.flush()


# ----------------------------------------------------------------------------------------- members
@pytest.mark.parametrize("seed", SEEDS)
def test_members_are_those_whom_the_oracle_names(
    both: tuple[Database, Database], seed: int
) -> None:
    cases = 0

    @hypothesis.seed(seed)
    @settings(as_drawn, max_examples=WORLDS)
    @given(questions(DEFINITIONS, MOMENTS))
    def put(asked: Questions) -> None:
        nonlocal cases
        for database in both:
            with taken_back(database) as session:
                if seed % 2:
                    track_all(session, asked.definitions)
                store(session, asked.world)
                for at in asked.moments:
                    found = answers(session, query(session, asked.definitions, at))
                    if found != named(asked.world, asked.definitions, at):
                        pytest.fail(disagreement(session, asked, at), pytrace=False)
            # Of no use to another world, and looked through for garbage again and again.
            database.engine.clear_compiled_cache()
        cases += len(asked.definitions) * len(asked.moments)

    put()
    assert cases == WORLDS * DEFINITIONS * MOMENTS


def named(world: World, definitions: Sequence[Definition], as_of: datetime) -> Verdicts:
    """What the oracle says of everybody."""
    members = [oracle.members(world, each, as_of) for each in definitions]
    return {who.email: [who.email in each for each in members] for who in world.people}


def query(session: Session, definitions: Sequence[Definition], as_of: datetime) -> sa.Select[Any]:
    query: sa.Select[Any] = sa.select(Customer.email)
    for n, definition in enumerate(definitions):
        condition = matches(session, resolve(session, parse(definition)), as_of)
        query, condition = joined(session, query, condition)
        query = query.add_columns(condition.label(f"rule_{n}"))
    return query


def answers(session: Session, query: sa.Select[Any]) -> Verdicts:
    """What a database says of everybody; an unknown (NULL) is no verdict."""
    return {email: found for email, *found in session.execute(query)}


def disagreement(session: Session, asked: Questions, as_of: datetime) -> str:
    """The smallest part of a definition on which the two disagree, and about whom."""
    world = asked.world
    parts = [node for each in asked.definitions for node in oracle.nodes(world, each)]
    parts.sort(key=lambda part: len(exact_json.dumps(part)))
    found, expected = answers(session, query(session, parts, as_of)), named(world, parts, as_of)
    n, who = next(
        (n, who)
        for n, _ in enumerate(parts)
        for who in world.people
        if found[who.email][n] != expected[who.email][n]
    )
    did = [f"{each.at} {each.type} {exact_json.dumps(each.properties)}" for each in who.events]
    lines = [
        f"Is {who.email} a member as of {as_of}?"
        f" {kind_of(session)}: {found[who.email][n]}, oracle: {expected[who.email][n]}",
        exact_json.dumps(parts[n]),
        *(did or ["no events"]),
        *(f"segment {id_}: {exact_json.dumps(each)}" for id_, each in world.segments.items()),
    ]
    return "\n  ".join(lines)


# ----------------------------------------------------------------------------------- other answers
@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_is_about_the_same_customers(
    database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed % 2:  # as if there were many: go through the customers until a page is full
        monkeypatch.setattr(previewing, "_MANY", 1)
        monkeypatch.setattr(previewing, "_LOOKED_THROUGH", 5)
        monkeypatch.setattr(previewing, "PREVIEW_SIZE", 2)

    @hypothesis.seed(seed)
    @settings(as_drawn, max_examples=3)
    @given(questions(definitions=3, moments=1))
    def put(asked: Questions) -> None:
        empty(database)
        ask(database, store, asked.world)
        (as_of,) = asked.moments
        for definition in asked.definitions:
            members = oracle.members(asked.world, definition, as_of)
            first = sorted(members)[: previewing.PREVIEW_SIZE]
            assert previewed(database, definition, as_of) == (len(members), first)
            assert drafted(database, definition, as_of) == members
            days = [as_of - back * DAY for back in (4, 3, 2, 1, 0)]
            expected = [len(oracle.members(asked.world, definition, day)) for day in days]
            assert sized(database, definition, as_of) == expected
            check_each_node(database, asked.world, definition, as_of)

    put()


def previewed(database: Database, definition: Definition, as_of: datetime) -> tuple[int, list[str]]:
    shown = ask(database, preview, parse(definition), now=as_of)
    return shown.count, [each.email for each in shown.customers]


def drafted(database: Database, definition: Definition, as_of: datetime) -> set[str]:
    """The audience of a campaign to a saved segment."""
    campaign_id = campaign(database, dict(definition))
    number = generate_drafts(database, campaign_id, now=as_of)
    emails = {*draft_statuses(database, campaign_id)}
    assert len(emails) == number
    return emails


def sized(database: Database, definition: Definition, as_of: datetime) -> list[int]:
    """How many there were on each of five days, the last of them then."""
    return [each.count for each in ask(database, sizes, parse(definition), 5, now=as_of)]


def check_each_node(
    database: Database, world: World, definition: Definition, as_of: datetime
) -> None:
    """The counts of each node, and its verdicts and what it found for each customer."""
    nodes = [*oracle.nodes(world, definition)]
    expected, rule = named(world, nodes, as_of), parse(definition)
    counted = [each.count for each in ask(database, counts, rule, now=as_of)]
    assert counted == [sum(each) for each in zip(*expected.values(), strict=True)]
    for who in world.people:
        explained = ask(database, explain, rule, customer_id(who.email), now=as_of)
        explanations = [*parts(explained.explanation)]
        assert [each.matches for each in explanations] == expected[who.email]
        seen = oracle.as_seen(world, who, as_of)
        for node, each in zip(nodes, explanations, strict=True):
            assert each.sentence.strip()
            check_found(each.found, seen, node)


def parts(explanation: Explanation) -> Iterator[Explanation]:
    yield explanation
    for each in explanation.rules:
        yield from parts(each)


def check_found(found: Found | None, who: Seen, node: Definition) -> None:
    """How many events speak for a node, and which; their total, average and so on."""
    if node["kind"] not in oracle.EVENTS:
        return
    assert found is not None
    moments = [each.at for each in oracle.EVENTS[node["kind"]](who, node)]
    newest = sorted(moments, reverse=True)
    assert (found.count, found.newest_at) == (len(newest), max(newest, default=None))
    assert [each.occurred_at for each in found.events] == newest[:3]
    if node["kind"] == "event_value":
        value = oracle.aggregate(who, node) or 0
        assert abs(Fraction(found.value or 0) - value) <= abs(value) / 10**20


def empty(database: Database) -> None:
    with database.begin() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())


# ----------------------------------------------------------------------------------------- English
@settings(as_drawn, max_examples=30)
@given(questions(DEFINITIONS, MOMENTS))
def test_rules_that_read_alike_mean_the_same_customers(asked: Questions) -> None:
    read: dict[str, tuple[Definition, list[set[str]]]] = {}
    for definition in combined(asked.definitions):
        rule = parse(definition)
        assert parse(exact_json.loads(exact_json.dumps(rule.definition()))) == rule
        sentence = rule.sentence()
        assert sentence.strip()
        members = [oracle.members(asked.world, definition, as_of) for as_of in asked.moments]
        other, others_members = read.setdefault(sentence, (definition, members))
        assert others_members == members, f"{sentence}\n{other}\n{definition}"


@settings(as_drawn, max_examples=30)
@given(questions(DEFINITIONS, MOMENTS))
def test_what_a_rules_form_decides_is_so(asked: Questions) -> None:
    opposites = [
        group(each, not_(each)) for each in asked.definitions for group in (all_of, any_of)
    ]
    for definition in (*combined(asked.definitions), *opposites):
        decided = parse(definition).decided
        if decided is not None:
            for as_of in asked.moments:
                everybody = {who.email for who in oracle.people(asked.world, as_of)}
                members = oracle.members(asked.world, definition, as_of)
                assert members == (everybody if decided else set()), definition


def combined(definitions: Sequence[Definition]) -> Iterator[Definition]:
    """The definitions, and three of them at a time in groups that must not sound alike."""
    yield from definitions
    for a, b, c in zip(definitions[::3], definitions[1::3], definitions[2::3], strict=True):
        yield from (all_of(a, any_of(b, c)), any_of(all_of(a, b), c), all_of(a, b, c))
        yield from (any_of(a, all_of(b, c)), all_of(any_of(a, b), c), any_of(a, b, c))
        yield from (
            not_(all_of(a, b)),
            all_of(not_(a), b),
            all_of(a, not_(b)),
            all_of(not_(a), not_(b)),
        )
        yield from (
            not_(any_of(a, b)),
            any_of(not_(a), b),
            any_of(a, not_(b)),
            any_of(not_(a), not_(b)),
        )
        yield from (
            not_(all_of(a, any_of(b, c))),
            all_of(not_(a), any_of(b, c)),
            not_(any_of(all_of(a, b), c)),
        )


# ----------------------------------------------------------------------------------- what it found
@pytest.mark.parametrize("negated", [False, True])
def test_a_rule_can_ask_for_the_members_of_a_segment(database: Database, negated: bool) -> None:
    ada, bob = Person("ada@example.com", (Did("purchase", NOW),)), Person("bob@example.com")
    saved = {str(uuid.UUID(int=1)): {"kind": "event", "eventType": "purchase"}}
    ask(database, store, World((ada, bob), saved))
    rule: Definition = {"kind": "segment", "segmentId": str(uuid.UUID(int=1))}
    if negated:
        assert previewed(database, {"kind": "not", "rule": rule}, NOW) == (1, [bob.email])
    else:
        assert previewed(database, rule, NOW) == (1, [ada.email])


@pytest.mark.parametrize(
    ("op", "number", "decided"),
    [
        *(("greater_or_equal", 0, True), ("greater_or_equal", 1, None)),
        *(("less", 0, False), ("less", 1, None), ("less_or_equal", 0, None)),
        *(("not_equals", 0, None), ("not_equals", 1, None), ("not_equals", 2, None)),
    ],
)
def test_a_count_decides_only_what_no_number_of_events_changes(
    op: str, number: int, decided: bool | None
) -> None:
    count = {"op": op, "value": number}
    assert parse({"kind": "event", "eventType": "visit", "count": count}).decided is decided


def test_a_rule_made_of_negations_does_not_read_as_the_negation_of_all() -> None:
    visit, seen = {"kind": "event", "eventType": "visit"}, {"kind": "last_seen"}
    value = {"path": "total", "aggregate": "sum", "op": "greater", "value": 100}
    spent: Definition = {"kind": "event_value", "eventType": "purchase", **value}
    sentences = {
        parse(each).sentence()
        for rule in (spent, all_of(spent), visit, all_of(visit))
        for each in (all_of(not_(rule), seen), not_(all_of(rule, seen)))
    }
    assert len(sentences) == 4
