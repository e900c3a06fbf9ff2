"""Why an audience is what it is: each node of a rule for one customer, or counted for all.

The verdicts are those of the conditions that every other answer uses; a node's is whether the
customer would be in the audience if that node were the whole rule.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.customers import get_customer
from pipeline.models import PROFILES, Customer, Event
from pipeline.rules import Condition, Evidence, Group, Rule, walk
from pipeline.rules.profile import exists_at
from pipeline.rules.rule import inside
from pipeline.segments.matching import Member
from pipeline.segments.references import resolve
from pipeline.sql import joined, only_of
from pipeline.tracking import with_tracked

MOST_EVENTS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What a node speaks of, in one customer's events.

    How many events count for it, when the newest of them was, the value of a property's total or
    average, and the newest 3 (for `first_seen`: the first 3) themselves.
    """

    count: int
    newest_at: datetime | None
    value: Decimal | None
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a customer matches a node, at `path` of the definition ("" is the whole), and why.

    `found` is None where a node speaks of no events: a group, an address. `rules` are the nodes
    that it is made of; a reference to a segment has the one that it stands for.
    """

    path: str
    kind: str
    sentence: str
    matches: bool
    found: Found | None
    rules: list["Explanation"]


@dataclass(frozen=True, slots=True)
class Explained:
    """A customer, and why they are in an audience or are not; the top node is the membership."""

    customer: Member
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class NodeCount:
    """How many customers match the node at `path` alone."""

    path: str
    kind: str
    sentence: str
    count: int


def explain(session: Session, rule: Rule, customer_id: uuid.UUID, *, now: datetime) -> Explained:
    """Why a customer is in a rule's audience at `now`, or why not.

    Raises NotFound for an unknown customer, Invalid for a reference to no segment.
    """
    customer = get_customer(session, customer_id)
    rule = resolve(session, rule)
    verdicts = _verdicts_on(session, rule, customer_id, now)

    def explained(path: str, node: Rule) -> Explanation:
        return Explanation(
            path,
            node.kind,
            node.sentence(),
            verdicts[path],
            _found(session, customer_id, node.evidence(now)),
            [explained(inside(path, step), each) for step, each in node.children.items()],
        )

    return Explained(Member(customer.id, customer.email), explained("", rule))


def counts(session: Session, rule: Rule, *, now: datetime) -> list[NodeCount]:
    """For each node, from the top, how many customers match it alone at `now`.

    Raises Invalid for a reference to no segment.
    """
    rule = resolve(session, rule)
    verdicts = _Verdicts(session, rule, now)
    numbers = (sa.func.count().filter(verdict) for verdict in verdicts.by_path.values())
    row = session.execute(sa.select(*numbers).select_from(verdicts.answers)).one()
    nodes = zip(walk(rule), row, strict=True)
    return [NodeCount(path, node.kind, node.sentence(), count) for (path, node), count in nodes]


# --------------------------------------------------------------------------------------- verdicts
class _Verdicts:
    """The conditions of all nodes, in the order of `walk`, on one row of answers for each customer.

    Each leaf is asked once, however many groups it is in.
    """

    def __init__(self, session: Session, rule: Rule, now: datetime, *customers: Condition) -> None:
        rule = with_tracked(session, rule)
        leaves = {path: node for path, node in walk(rule) if not isinstance(node, Group)}
        query = sa.select().select_from(Customer).where(*customers)
        for asked in (exists_at(now), *(leaf.where(now) for leaf in leaves.values())):
            query, verdict = joined(session, query, asked)
            query = query.add_columns(verdict.label(f"verdict{len(query.selected_columns)}"))
        self.answers = query.cte("answers").prefix_with("MATERIALIZED")
        known, *columns = self.answers.c
        conditions = _from_below(rule, dict(zip(leaves, columns, strict=True)))
        self.by_path = {
            path: conditions[path] if node.implies_event else sa.and_(conditions[path], known)
            for path, node in walk(rule)
        }


def _from_below(rule: Rule, leaves: Mapping[str, Condition]) -> Mapping[str, Condition]:
    """The conditions of all nodes, those of groups made of those of their rules."""
    conditions = {**leaves}
    for path, node in reversed([*walk(rule)]):
        if isinstance(node, Group):
            own = [conditions[inside(path, step)] for step in node.children]
            conditions[path] = node.combine(own)
    return conditions


def _verdicts_on(
    session: Session, rule: Rule, customer_id: uuid.UUID, now: datetime
) -> Mapping[str, bool]:
    verdicts = _Verdicts(session, rule, now, Customer.id == customer_id)
    # Labelled, as a group of one rule has its very condition.
    asked = (each.label(f"node{n}") for n, each in enumerate(verdicts.by_path.values()))
    query = sa.select(*asked).select_from(verdicts.answers)
    # The same conditions as for everybody, in a world in which nobody else has done anything: a
    # subquery over all customers' events would be far more work.
    alone = query.add_cte(*only_of(session, customer_id, Event, *PROFILES))
    row = session.execute(alone).one()
    return dict(zip(verdicts.by_path, map(bool, row), strict=True))


# --------------------------------------------------------------------------------------- evidence
def _found(session: Session, customer_id: uuid.UUID, evidence: Evidence | None) -> Found | None:
    if evidence is None:
        return None
    theirs = [Event.customer_id == customer_id, *evidence.events]
    newest = sa.func.max(Event.occurred_at)
    count, newest_at = session.execute(sa.select(sa.func.count(), newest).where(*theirs)).one()
    value = _measured(session, theirs, *evidence.measure) if evidence.measure else None
    return Found(count, newest_at, value, _first(session, theirs, oldest=evidence.oldest_first))


def _measured(
    session: Session,
    theirs: Sequence[Condition],
    column: Any,
    total: Callable[[list[Decimal]], Decimal],
) -> Decimal | None:
    found = session.scalars(sa.select(column).where(*theirs))
    numbers = [Decimal(each) for each in found if each is not None]
    return total(numbers) if numbers else None


def _first(session: Session, theirs: Sequence[Condition], *, oldest: bool) -> list[Event]:
    columns: list[sa.ColumnElement[Any]] = [
        column.asc() if oldest else column.desc() for column in (Event.occurred_at, Event.id)
    ]
    query = sa.select(Event).where(*theirs).order_by(*columns).limit(MOST_EVENTS)
    return [*session.scalars(query)]
