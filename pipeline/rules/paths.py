"""Paths into an event's properties: a top-level key, or a list of keys and array positions."""

import re

from pipeline.rules.english import quoted
from pipeline.sql import Step

_PLAIN = re.compile(r"[\w$/-]+")


def steps(path: str | list[Step]) -> list[Step]:
    """The steps of a path; a string is one step, whatever is in it."""
    return [path] if isinstance(path, str) else path


def in_words(path: str | list[Step]) -> str:
    """`plan`, `product.sku`, `items[0].sku`; a key that could be misread in quotation marks."""
    words = "".join(f"[{s}]" if isinstance(s, int) else f".{_key(s)}" for s in steps(path))
    return words.removeprefix(".")


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else quoted(key)
