"""A rule while it is being composed: its definition as a tree, which may be unfinished."""

import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import exact_json
from pipeline.rules.rule import inside

_STEPS_BACK = 100


class Piece(dict[str, Any]):
    """A JSON object of a definition: a rule, or a part of one.

    Its inputs know it by `id`, which no other piece has; so a copy of it, `Piece(piece)`, has
    inputs of its own.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__({name: _pieces(value) for name, value in fields.items()})
        self.id = uuid.uuid4().hex

    @property
    def kind(self) -> str:
        """The kind of rule that it is."""
        return str(self["kind"])

    @property
    def rules(self) -> "list[Piece]":
        """The rules that it is made of."""
        return [self["rule"]] if "rule" in self else self.get("rules", [])


def _pieces(value: Any) -> Any:
    if isinstance(value, Piece):
        return value
    if isinstance(value, Mapping):
        return Piece(value)
    return [_pieces(each) for each in value] if isinstance(value, list) else value


def walk(rule: Piece, path: str = "") -> Iterator[tuple[str, Piece]]:
    """A rule and all that it is made of, each with its path as refusals and counts have it."""
    yield path, rule
    for place, each in enumerate(rule.rules):
        step = "rule" if "rule" in rule else f"rules[{place}]"
        yield from walk(each, inside(path, step))


def copy(piece: Piece) -> Piece:
    """The same once more."""
    return Piece(_plain(piece))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


@dataclass(eq=False)
class Draft:
    """The rule of a segment that is being composed, and what it was before."""

    rule: Piece
    _past: deque[Piece] = field(default_factory=lambda: deque(maxlen=_STEPS_BACK))

    # ------------------------------------------------------------------------------------- history
    def remember(self) -> None:
        """Make what the rule is now a step that `undo` can come back to."""
        if not self._past or not exact_json.same(self._past[-1], self.rule):
            self._past.append(copy(self.rule))

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to go back to."""
        return len(self._past) > 1

    def undo(self) -> None:
        """Take back what was changed last."""
        # A second click may come before its button is disabled.
        if self.can_undo and exact_json.same(self._past[-1], self.rule):
            self._past.pop()
        self.rule = copy(self._past[-1])

    # ------------------------------------------------------------------------------------- changes
    # A click may come for a rule that is gone by then: nothing is done about it.
    def replace(self, old: Piece, *new: Piece) -> None:
        """Put other rules, or none, in the place of one."""
        if old is self.rule:
            self.rule = new[0] if len(new) == 1 else Piece({"kind": "all", "rules": [*new]})
        elif above := self._above(old):
            if "rule" in above:
                (above["rule"],) = new
            else:
                place = _place(above.rules, old)
                above["rules"][place : place + 1] = new

    def add(self, to: Piece, rule: Piece) -> None:
        """Add a rule to a group; to one that is none by making them a group."""
        if "rules" in to:
            to["rules"].append(rule)
        else:
            self.replace(to, Piece({"kind": "all", "rules": [to, rule]}))

    def duplicate(self, rule: Piece) -> None:
        """Put a copy of the rule after it."""
        self.replace(rule, rule, copy(rule))

    def negate(self, rule: Piece) -> None:
        """Turn the rule into its opposite; the opposite of a rule, into that."""
        opposite = rule["rule"] if rule.kind == "not" else Piece({"kind": "not", "rule": rule})
        self.replace(rule, opposite)

    def enclose(self, rule: Piece) -> None:
        """Put the rule into a group of its own."""
        self.replace(rule, Piece({"kind": "any", "rules": [rule]}))

    def dissolve(self, rule: Piece) -> None:
        """Put the rules of a group in its place."""
        self.replace(rule, *rule.rules)

    def move(self, rule: Piece, by: int) -> None:
        """Let the rule change places with the one before (-1) or after (1) it."""
        if self.can_move(rule, by):
            rules = self._beside(rule)
            place = _place(rules, rule)
            rules[place], rules[place + by] = rules[place + by], rule

    def can_move(self, rule: Piece, by: int) -> bool:
        """Whether there is one to change places with."""
        rules = self._beside(rule)
        return bool(rules) and 0 <= _place(rules, rule) + by < len(rules)

    def _beside(self, rule: Piece) -> list[Piece]:
        above = self._above(rule)
        return above.rules if above else []

    def _above(self, rule: Piece) -> Piece | None:
        made_of = (each for _, each in walk(self.rule) if any(r is rule for r in each.rules))
        return next(made_of, None)


def _place(rules: list[Piece], rule: Piece) -> int:
    return next(place for place, each in enumerate(rules) if each is rule)
