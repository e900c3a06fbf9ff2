"""Whether a key is in a set that a query finds, as the two databases are quick with it."""

import operator
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, reduce
from itertools import chain
from typing import Any, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import AsBoolean, BooleanClauseList
from sqlalchemy.sql.operators import and_ as conjunction
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from pipeline.sql.statements import kind_of

_Condition = sa.ColumnElement[bool]
_Columns = TypeVarTuple("_Columns")


class among(sa.sql.functions.FunctionElement[bool]):
    """`among(key, *queries)`: whether a key is one of those that queries find, none of them NULL.

    `each_once`: they find each key once. `is_quick`: they do, every one is a key of the table (as a
    foreign key sees to), and an index answers them, so that they may be asked more than once.
    `alone` gives queries that find the same and are quicker when they are asked for one key.
    """

    type = sa.Boolean()
    inherit_cache = True

    def __init__(
        self,
        key: sa.ColumnElement[Any] | InstrumentedAttribute[Any],
        *queries: sa.Select[Any],
        alone: Callable[[], Sequence[sa.Select[Any]]] | None = None,
        each_once: bool = False,
        is_quick: bool = False,
    ):
        query = queries[0] if len(queries) == 1 else sa.union_all(*queries)
        self._key, self._queries, self._query = key, queries, query
        self._alone = alone or (lambda: queries)
        self.each_once, self.is_quick = each_once or is_quick, is_quick
        super().__init__(key, query.scalar_subquery())

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - as SQLAlchemy calls it
        """As it is: compared with 1, as booleans are on SQLite, it could not begin with the set."""
        return self

    def asked_of(self, key: sa.ColumnElement[Any]) -> "among":
        """The same, of another column."""
        return among(
            key,
            *self._queries,
            alone=self._alone,
            each_once=self.each_once,
            is_quick=self.is_quick,
        )

    @cached_property
    def _found(self) -> sa.Subquery:
        return self._query.subquery()

    @property
    def is_one_table(self) -> bool:
        """Whether it is quick, and of one table: PostgreSQL sees that it has no key twice."""
        return self.is_quick and len(self._queries) == 1

    def keys(self) -> sa.Select[Any]:
        """The keys that it holds for, if every one that is found is a key of the table."""
        rows = sa.select(*self._found.c)
        return rows if self.each_once else rows.distinct()

    def number(self) -> sa.Select[int]:
        """How many keys those are; without a look at their table."""
        # One by one: PostgreSQL hands every row of a UNION on, and counts those of a query alone.
        parts = self._queries if self.each_once else [self.keys()]
        counts = (sa.select(sa.func.count()).select_from(each.subquery()) for each in parts)
        return sa.select(reduce(operator.add, (each.scalar_subquery() for each in counts)))

    def one_by_one(self) -> _Condition:
        """The same, looked up for each key: quicker where few are looked at until enough are found.

        With an OFFSET, PostgreSQL does not make a join of it.
        """
        theirs = (each.where(each.selected_columns[0] == self._key) for each in self._alone())
        return sa.or_(*(each.offset(0).exists() for each in theirs))

    def joined(
        self, query: sa.Select[*_Columns], *, in_order: bool
    ) -> tuple[sa.Select[*_Columns], _Condition]:
        """A query with what was found joined to it, and the condition that it was."""
        found = (self._in_order() if in_order else self.keys()).subquery()
        (column,) = found.c
        return query.outerjoin(found, column == self._key), column.is_not(None)

    def _in_order(self) -> sa.Select[Any]:
        rows = self.keys()
        if self.each_once and len(self._queries) > 1:
            # Each query for itself, too: what an index finds in order need not be sorted then.
            queries = (each.order_by(*each.selected_columns) for each in self._queries)
            rows = sa.select(*sa.union_all(*queries).subquery().c)
        return rows.order_by(*rows.selected_columns)


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    # IN makes an index of what the query finds, once.
    key, found = element.clauses
    return f"({compiler.process(key.in_(found), **kw)})"


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    # NOT IN reads through all that the query finds for each row once that outgrows work_mem. This
    # becomes a join, negated or not, and inside of OR at worst a look at an index for each row.
    key, found = element.clauses
    (column,) = found.element.subquery().c
    return compiler.process(sa.exists().where(key == column), **kw)


def keys(
    session: Session, key: InstrumentedAttribute[Any], condition: _Condition
) -> sa.Select[Any]:
    """The keys of a table for which a condition holds, all of whose sets ask for that key.

    Without a look at the table where a set has all that are in question.
    """
    if isinstance(condition, among):
        return condition.keys()
    parts = list(_parts(condition))
    some = next((part for part in parts if isinstance(part, among) and part.is_one_table), None)
    # Several tables' would do as well, were PostgreSQL not to expect billions of rows of a join.
    if some is not None:
        (found,) = some.keys().subquery().c
        others = [_asked_of(found, part) for part in parts if part is not some]
        if not any(_reads(part, key.class_.__table__) for part in others):
            return where(session, sa.select(found), *others)
    return where(session, sa.select(key), condition)


def _asked_of(key: sa.ColumnElement[Any], condition: _Condition) -> _Condition:
    def ask(element: Any, **_: Any) -> _Condition | None:
        return element.asked_of(key) if isinstance(element, among) else None

    return replacement_traverse(condition, {}, ask)


def _reads(condition: _Condition, table: sa.FromClause) -> bool:
    return any(getattr(element, "table", None) is table for element in iterate(condition))


def where(
    session: Session, query: sa.Select[*_Columns], *conditions: _Condition
) -> sa.Select[*_Columns]:
    """`query.where(*conditions)`, for conditions on many rows that may ask for many sets."""
    parts = list(chain.from_iterable(map(_parts, conditions)))
    # One that may be costly waits: the other conditions may leave few rows to ask about.
    waiting = [part for part in parts if _can_wait(part)]
    at_once = sa.and_(True, *(part for part in parts if not _can_wait(part)))
    are_several = sum(isinstance(element, among) for element in iterate(at_once)) > 1
    query, condition = joined(session, query, at_once, in_order=are_several)
    return query.where(condition, *waiting)


def joined(
    session: Session, query: sa.Select[*_Columns], condition: _Condition, *, in_order: bool = True
) -> tuple[sa.Select[*_Columns], _Condition]:
    """A query with the sets that a condition asks for joined to it, and the condition of those.

    PostgreSQL alone: inside OR it would look into a set for each row, and of a UNION it takes for
    granted that it has 200 keys. `in_order`: several are quicker merged than hashed; five sets of
    500,000 customers take 0.6 of the time.
    """

    def join(element: Any, **_: Any) -> _Condition | None:
        nonlocal query
        if not isinstance(element, among):
            return None
        query, found = element.joined(query, in_order=in_order)
        return found

    if kind_of(session) == "postgresql":
        condition = replacement_traverse(condition, {}, join)
    return query, condition


def one_by_one(condition: _Condition) -> _Condition:
    """A condition on few rows: the sets that are quick are looked into for each of them."""

    def look_up(element: Any, **_: Any) -> _Condition | None:
        if not isinstance(element, among) or not element.is_quick:
            return None
        return element.one_by_one().self_group()  # in brackets, as it may be under a NOT

    return replacement_traverse(condition, {}, look_up)


def _parts(condition: _Condition) -> Iterator[_Condition]:
    """The conditions that all have to hold."""
    if isinstance(condition, BooleanClauseList) and condition.operator is conjunction:
        for clause in condition.clauses:
            yield from _parts(clause)
    else:
        yield condition


def _can_wait(condition: _Condition) -> bool:
    if isinstance(condition, AsBoolean):  # that it is true, or that it is false
        return _can_wait(condition.element)
    return isinstance(condition, among) and not condition.each_once
