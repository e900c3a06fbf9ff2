"""Rules that match nobody, or everybody, whatever anybody did: seen by their form."""

import math
from collections.abc import Callable, Iterator
from enum import Enum

from pipeline.rules import Resolved, Rule
from pipeline.rules.event import EventCount
from pipeline.rules.groups import AllOf, AnyOf, Not
from pipeline.rules.windows import Between
from pipeline.warnings.warning import RuleWarning


class Form(Enum):
    """Whom a rule matches whose form alone decides it."""

    NOBODY = "Nobody"
    EVERYBODY = "Everybody"

    @property
    def opposite(self) -> "Form":
        """Whom its negation matches."""
        return Form.EVERYBODY if self is Form.NOBODY else Form.NOBODY


def form_warnings(rule: Rule, path: str = "") -> Iterator[RuleWarning]:
    """A warning for each node whose form decides it, and that is in no larger one like that."""
    if decided := form_of(rule):
        yield RuleWarning(path, f"{decided.value} can match this, whatever they did")
        return
    for step, child in rule.children.items():
        yield from form_warnings(child, f"{path}.{step}".lstrip("."))


def form_of(rule: Rule) -> Form | None:
    """Whom a rule matches by its form; None where that depends on the customers."""
    for kind, decide in _DECIDED.items():
        if isinstance(rule, kind):
            return decide(rule)
    window = getattr(rule, "window", None)
    return Form.NOBODY if isinstance(window, Between) and _is_empty(window) else None


def _group(rule: AllOf | AnyOf) -> Form | None:
    # One of these decides "all of" for nobody, and "any of" for everybody.
    strong = Form.NOBODY if isinstance(rule, AllOf) else Form.EVERYBODY
    forms = [form_of(each) for each in rule.rules]
    if strong in forms or _contradict(rule.rules):
        return strong
    return strong.opposite if all(form is strong.opposite for form in forms) else None


def _contradict(rules: list[Rule]) -> bool:
    denied = [each.rule.definition() for each in rules if isinstance(each, Not)]
    return any(each.definition() in denied for each in rules)


def _not(rule: Not) -> Form | None:
    form = form_of(rule.rule)
    return form.opposite if form else None


def _count(rule: EventCount) -> Form | None:
    comparison, number = rule.count.comparison, rule.count.value
    none = comparison.holds(0, number)
    if isinstance(rule.window, Between) and _is_empty(rule.window):
        return Form.EVERYBODY if none else Form.NOBODY
    # Whether a comparison holds changes at its number, and nowhere else.
    some = {comparison.holds(count, number) for count in (1, number, number + 1, math.inf) if count}
    if some == {none}:
        return Form.EVERYBODY if none else Form.NOBODY
    return None


def _is_empty(window: Between) -> bool:
    start, end = window.between
    return start >= end


_DECIDED: dict[type[Rule], Callable[..., Form | None]] = {
    AllOf: _group,
    AnyOf: _group,
    Not: _not,
    EventCount: _count,
    Resolved: lambda rule: form_of(rule.rule),
}
