"""Chance that falls alike at every load."""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")


def dice(*of: object) -> Random:
    """The dice of one thing: they fall alike whatever was thrown for others, on any machine."""
    return Random("/".join(map(str, of)))  # noqa: S311 - a story, no secret


def pick(chance: Random, weights: Mapping[T, int]) -> T:
    """One of the keys, each as likely as its weight is large."""
    return chance.choices(list(weights), list(weights.values()))[0]
