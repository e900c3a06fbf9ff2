"""Numbers in a prompt: in digits, with thousands commas and decimals, or in words."""

import re
from decimal import Decimal

from pipeline import exact_json

_MOST = 10**308  # of the powers of ten the last one that a rule can have
_ONES = "zero one two three four five six seven eight nine"
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {
    "once": 1,
    "twice": 2,
    "thrice": 3,
    "couple": 2,
    **{word: number for number, word in enumerate(f"{_ONES} {_TEENS}".split())},
    **{word: 10 * number for number, word in enumerate(_TENS.split(), 2)},
}
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000}


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_SMALL = f"(?:{_any(_TENS)}(?: {_any(_ONES)})?|{_any(f'{_TEENS} {_ONES}')})"
_SCALED = f"(?:(?:an?|{_SMALL}) )?{_any(' '.join(_SCALES))}(?: (?:and )?{_SMALL})?"

# Never a part of a longer number: 1 is not found in 1.5, nor in 1,5.
WHOLE = r"[0-9]++(?:,[0-9]{3}(?![0-9])){0,9}+(?![0-9])(?![.,][0-9])"
DIGITS = r"[0-9]++(?:,[0-9]{3}(?![0-9])){0,9}+(?:\.[0-9]{1,9}+)?(?![0-9])(?![.,][0-9])"
WORDS = rf"(?a:{_SCALED}|once|twice|thrice|(?:a )?couple(?: of)?|{_SMALL})(?![^\W_])"


def value(text: str) -> int | float | Decimal:
    """The number that `DIGITS` or `WORDS` matched, exactly, up to `_MOST`."""
    if not text[0].isdigit():
        return _in_words(text)
    whole, _, decimals = text.partition(".")
    number = integer(whole)
    return exact_json.number(f"{number}.{decimals}") if decimals.strip("0") else number


def integer(digits: str) -> int:
    """The number that is written like this, up to `_MOST`."""
    # So many digits are beyond that already, and int() refuses more than 4,300 of them.
    return min(int(digits.replace(",", "").lstrip("0")[:310] or "0"), _MOST)


def clamped(number: int, maximum: int) -> int:
    """The number, or the nearer one of 1 and `maximum`."""
    return max(1, min(number, maximum))


def _in_words(text: str) -> int:
    number = 0
    for word in re.findall("[a-z]+", text.lower()):
        scale = _SCALES.get(word)
        number = max(number, 1) * scale if scale else number + _VALUES.get(word, 0)
    return number
