"""Small pieces of English that sentences share."""

import re
from collections.abc import Sequence

from pipeline import exact_json

#: What a name is made of that needs no quotation marks.
ONE_WORD = re.compile(r"[\w$/:-]+")
_OUR_WORDS = {"any", "anything", "did", "do", "no", "not"}

#: How many of many values a sentence names.
MOST_SHOWN = 5


def quoted(value: object) -> str:
    """A string in quotation marks, a number or a boolean as it is."""
    return exact_json.dumps(value)


def joined(parts: Sequence[str], word: str, *, at_most: int = 1_000) -> str:
    """`a, b and c`, or, beyond `at_most` parts, `a, b and 7 others`."""
    shown = [*parts]
    if len(parts) > at_most:
        shown = [*parts[: at_most - 1], f"{len(parts) - at_most + 1:,} others"]
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def named(name: str) -> str:
    """A name as it is, in quotation marks when it could be taken for anything else."""
    plain = ONE_WORD.fullmatch(name) and name not in _OUR_WORDS
    return name if plain else quoted(name)


def days_in_words(days: int) -> str:
    """`day` or `7 days`, to follow "in the last"."""
    return "day" if days == 1 else f"{days:,} days"


def times_in_words(times: int) -> str:
    """`once` or `1,000 times`."""
    return "once" if times == 1 else f"{times:,} times"
