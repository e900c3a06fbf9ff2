"""Paths into an event's properties: a top-level key, or a list of keys and array positions."""

from functools import reduce
from typing import Any

from pipeline.rules.english import named
from pipeline.sql import Step

Path = str | list[Step]


def steps(path: Path) -> list[Step]:
    """The steps of a path; a string is one step, whatever is in it."""
    return [path] if isinstance(path, str) else path


def at(properties: Any, path: Path) -> Any:
    """What is under a path in properties as Python has them; None for nothing, and for null."""
    return reduce(_under, steps(path), properties)


def _under(value: Any, step: Step) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def in_words(path: Path) -> str:
    """`plan`, `product.sku`, `items[0].sku`; a key that could be misread in quotation marks."""
    words = "".join(f"[{s}]" if isinstance(s, int) else f".{named(s)}" for s in steps(path))
    return words.removeprefix(".")
