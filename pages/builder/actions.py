"""What can be done to a rule in the builder: each with its menu label, and when it makes sense."""

from collections.abc import Callable
from dataclasses import dataclass

from pages.builder.tree import Draft, Piece

Change = Callable[[Draft, Piece], None]


@dataclass(frozen=True, slots=True)
class Action:
    """A change to a draft at one of its rules."""

    label: str
    do: Change
    fits: Callable[[Draft, Piece], bool] = lambda draft, rule: True


def _can_dissolve(draft: Draft, rule: Piece) -> bool:
    # Of the top one's rules something has to be made that holds them.
    return "rules" in rule and (rule is not draft.rule or len(rule.rules) == 1)


def _move(label: str, by: int) -> Action:
    return Action(
        label,
        lambda draft, rule: draft.move(rule, by),
        lambda draft, rule: draft.can_move(rule, by),
    )


ACTIONS = {
    action.label: action
    for action in (
        Action("Turn into the opposite", Draft.negate),
        Action("Duplicate", Draft.duplicate),
        Action("Put into a group", Draft.enclose),
        Action("Dissolve the group", Draft.dissolve, _can_dissolve),
        _move("Move up", -1),
        _move("Move down", 1),
        Action("Remove", Draft.replace),
    )
}
