"""Questions to ask of both: a definition for us, a statement for DuckDB, and the goal."""

from dataclasses import dataclass
from typing import Any

from tests.benchmarks.dataset import NOW

Definition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """`goal`: our time over DuckDB's, at most; None where only the figure is of interest.

    `tracked` are the properties that are tracked here, and columns there.
    """

    name: str
    definition: Definition
    sql: str
    goal: float | None = None
    tracked: tuple[str, ...] = ()


def _did(event_type: str, days: int) -> Definition:
    return {"kind": "event_type_in_last_days", "eventType": event_type, "days": days}


def _at_least(number: int, days: int) -> Definition:
    kind = "event_count_gte_in_last_days"
    return {"kind": kind, "eventType": "page_view", "days": days, "minCount": number}


def _viewed(page: str, days: int) -> Definition:
    kind = "event_property_equals"
    return {"kind": kind, "eventType": "page_view", "path": "path", "value": page, "days": days}


def _ago(days: int) -> str:
    return f"(TIMESTAMP '{NOW:%Y-%m-%d %H:%M:%S}' - INTERVAL {days} DAY)"


def _events(days: int, event_type: str = "page_view") -> str:
    return f"FROM events WHERE type = '{event_type}' AND occurred_at >= {_ago(days)}"


def _counted(number: int, days: int) -> str:
    return (
        f"SELECT count(*) FROM (SELECT customer_id {_events(days)}"
        f" GROUP BY customer_id HAVING count(*) >= {number})"
    )


_IN_JSON = "json_extract_string(properties, '$.path')"
_TWICE = {"op": "greater_or_equal", "value": 2}
_COMPOUND: Definition = {
    "kind": "all",
    "rules": [
        {"kind": "any", "rules": [_did("purchase", 90), _at_least(3, 30)]},
        {
            "kind": "event",
            "eventType": "added_to_cart",
            "count": _TWICE,
        },
        {"kind": "not", "rule": _did("login", 30)},
        {"kind": "first_seen", "window": {"olderThanDays": 60}},
    ],
}
_COMPOUND_SQL = f"""
SELECT count(*) FROM customers WHERE
(id IN (SELECT customer_id {_events(90, "purchase")})
 OR id IN (SELECT customer_id {_events(30)} GROUP BY customer_id HAVING count(*) >= 3))
AND id IN (SELECT customer_id FROM events WHERE type = 'added_to_cart'
           GROUP BY customer_id HAVING count(*) >= 2)
AND id NOT IN (SELECT customer_id {_events(30, "login")})
AND id IN (SELECT customer_id FROM events GROUP BY customer_id
           HAVING min(occurred_at) < {_ago(60)})
"""

QUESTIONS = [
    *(
        Question(
            f"did page_view in {days} days",
            _did("page_view", days),
            f"SELECT count(DISTINCT customer_id) {_events(days)}",
            {7: None, 30: 1.0, 90: 0.5, 180: 0.5}[days],
        )
        for days in (7, 30, 90, 180)
    ),
    *(
        Question(
            f"page_view at least {number} times in {days} days",
            _at_least(number, days),
            _counted(number, days),
            1.0,
        )
        for number in (3, 10)
        for days in (30, 180)
    ),
    # The most frequent of 200 values, in 7 % of the events, and one in the middle, in 0.5 %.
    *(
        Question(
            f"page_view with path = {page} in {days} days",
            _viewed(page, days),
            f"SELECT count(DISTINCT customer_id) {_events(days)} AND {_IN_JSON} = '{page}'",
            1.0,
        )
        for page in ("/page/0", "/page/50")
        for days in (30, 180)
    ),
    Question("a compound rule of 5 leaves", _COMPOUND, _COMPOUND_SQL, 1.0),
    *(
        Question(
            f"page_view with path = /page/0 in {days} days, tracked",
            _viewed("/page/0", days),
            f"SELECT count(DISTINCT customer_id) {_events(days)} AND path = '/page/0'",
            2.0,
            tracked=("path",),
        )
        for days in (30, 180)
    ),
]
