"""Paths into an event's properties: a top-level key, or a list of keys and array positions."""

import re

from pipeline import exact_json
from pipeline.rules.english import ONE_WORD, named
from pipeline.sql import Step

Path = str | list[Step]

_QUOTED = r'"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"'
_STEP = re.compile(rf"(?:^|(?!^)\.)({ONE_WORD.pattern}|{_QUOTED})|\[([0-9]{{1,9}})\]")


def steps(path: Path) -> list[Step]:
    """The steps of a path; a string is one step, whatever is in it."""
    return [path] if isinstance(path, str) else path


def in_words(path: Path) -> str:
    """`plan`, `product.sku`, `items[0].sku`; a key that could be misread in quotation marks."""
    words = "".join(f"[{s}]" if isinstance(s, int) else f".{named(s)}" for s in steps(path))
    return words.removeprefix(".")


def from_words(text: str) -> Path:
    """The path that `in_words` puts like this; any other text is a top-level key as it stands."""
    path: list[Step] = []
    end = 0
    while step := _STEP.match(text, end):
        path.append(int(step[2]) if step[2] else _unquoted(step[1]))
        end = step.end()
    if end < len(text) or not path:
        return text
    return path[0] if isinstance(path[0], str) and len(path) == 1 else path


def _unquoted(key: str) -> str:
    return str(exact_json.loads(key)) if key.startswith('"') else key
