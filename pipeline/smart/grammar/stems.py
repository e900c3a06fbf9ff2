"""What the forms of an English word have in common: search, searches, searched, searching."""

import re

# (ending, what it stands for), the longer one first
_ENDINGS = (
    ("ies", "i"),
    ("ied", "i"),
    ("ings", ""),
    ("ing", ""),
    ("ed", ""),
    ("es", ""),
    ("s", ""),
)
# In need, analysis, news, access and status these are no endings.
_PARTS = ("eed", "is", "news", "ss", "us")
_VOWEL = re.compile("[aeiouy]")
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")


def stem(word: str) -> str:
    """A word in small letters without its ending, the same for all its forms."""
    for ending, instead in _ENDINGS:
        kept = word.removesuffix(ending)
        if kept != word and _is_a_word(kept + instead) and not word.endswith(_PARTS):
            return _bare(kept + instead)
    return _bare(word)


def _is_a_word(text: str) -> bool:
    return len(text) > 1 and bool(_VOWEL.search(text))


def _bare(word: str) -> str:
    """Purchase as in purchasing, shipp as in ship, reply as in replies."""
    word = word.removesuffix("e") if len(word) > 2 else word
    word = word[:-1] + "i" if word.endswith("y") else word
    return _DOUBLED.sub(r"\1", word) if len(word) > 3 else word
