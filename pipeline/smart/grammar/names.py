"""The event types that there are, found in a prompt in the ways in which people write them."""

import re
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.smart.grammar.rows import Match
from pipeline.smart.grammar.stems import stem

#: Words that may stand between those of a name: "booked a demo", "the order was refunded".
BETWEEN = frozenset(
    """
    a about an any anything are at be been by for from had has have her his in into is its my of
    on our some something that the their these this those to was were with your
    """.split()  # noqa: SIM905 - a list of so many strings is no easier to read
)
MOST_BETWEEN = 3
#: Nobody says more words than that in an order of their own.
MOST_WORDS = 12

# Words, which also end at the capital letters in newsletterOpened and PDFOpened.
_WORD = re.compile(r"[^\W_]+?(?:(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?![^\W_]))")
_SPACE = re.compile("[ _-]{0,3}")
_PARTING = str.maketrans("_-", "  ")


@dataclass(frozen=True, slots=True)
class Found:
    """An event type in a text, and where its name ends there."""

    event_type: str
    end: int


@dataclass(frozen=True, slots=True)
class _Form:
    """A name by its words; `between`: those of them that may stand between others as well."""

    event_type: str
    between: frozenset[str]


class Names:
    """The names of event types, by the letters and by the words that they are made of.

    What is found at a word is looked up, so that it takes no longer among many names.
    """

    def __init__(self, event_types: Iterable[str] = ()) -> None:
        self._words = {name: words_of(name) for name in event_types if name.strip()}
        self._written: dict[str, list[str]] = {}
        self._lengths: dict[str, set[int]] = {}  # by the first letter
        self._forms: dict[tuple[str, ...], dict[tuple[str, ...], _Form]] = {}
        self._stems: set[str] = set()
        for event_type in sorted(self._words):
            self._write(event_type)
            self._spell(event_type, self._words[event_type])

    def __contains__(self, event_type: object) -> bool:
        return event_type in self._words

    def find(self, text: str, start: int) -> Found | None:
        """The longest name that begins at `start`, of these the one that is most exactly said."""
        found = [*self._as_written(text, start), *self._in_words(text, start)]
        end = max((each.end for each in found), default=start)
        longest = {each.event_type for each in found if each.end == end}
        return Found(self._most_exact(longest, text[start:end]), end) if longest else None

    def _most_exact(self, event_types: Iterable[str], written: str) -> str:
        said = words_of(written)
        ranks = ((_rank(each, self._words[each], written, said), each) for each in event_types)
        return min(ranks)[1]

    # -------------------------------------------------------------------------------- by letters
    def _write(self, event_type: str) -> None:
        name = " ".join(event_type.split())
        letters = _letters(name)
        self._written.setdefault(letters, []).append(event_type)
        self._lengths.setdefault(letters[0], set()).add(len(name))

    def _as_written(self, text: str, start: int) -> Iterator[Found]:
        for length in self._lengths.get(_letters(text[start])[0], ()):
            end = start + length
            if not _is_within_a_word(text, end):
                for event_type in self._written.get(_letters(text[start:end]), ()):
                    yield Found(event_type, end)

    # ---------------------------------------------------------------------------------- by words
    def _spell(self, event_type: str, words: Sequence[str]) -> None:
        stems = sorted(stem(word) for word in words if word not in BETWEEN)
        if 0 < len(stems) <= MOST_WORDS:
            self._add(stems, words, _Form(event_type, BETWEEN.intersection(words)))
            self._add([stem("".join(words))], words, _Form(event_type, frozenset()))

    def _add(self, stems: Sequence[str], words: Sequence[str], form: _Form) -> None:
        self._forms.setdefault((*stems,), {}).setdefault((*words,), form)
        self._stems.update(stems)

    def _in_words(self, text: str, start: int) -> Iterator[Found]:
        stems: list[str] = []
        for said in _said(text, start):
            word = said[-1][0].casefold()
            if word not in BETWEEN:
                insort(stems, stem(word))
                if len(stems) > MOST_WORDS or stem(word) not in self._stems:
                    return
            yield from self._spelt(text, stems, said)

    def _spelt(self, text: str, stems: Sequence[str], said: Sequence[Match]) -> Iterator[Found]:
        forms = self._forms.get((*stems,))
        if not forms or _is_within_a_word(text, end := said[-1].end()):
            return
        words = [match[0].casefold() for match in said]
        ends = BETWEEN.intersection((words[0], words[-1]))
        for form in forms.values():
            if ends <= form.between <= set(words):
                yield Found(form.event_type, end)


def _said(text: str, start: int) -> Iterator[Sequence[Match]]:
    """The words from `start` on that nothing but space parts: the first, the first two, ..."""
    said: list[Match] = []
    between = 0
    while (match := _WORD.match(text, start)) and between <= MOST_BETWEEN:
        said.append(match)
        between = between + 1 if match[0].casefold() in BETWEEN else 0
        yield said
        space = _SPACE.match(text, match.end())
        start = space.end() if space else match.end()


def _rank(
    event_type: str, words: Sequence[str], written: str, said: Sequence[str]
) -> tuple[bool, bool, int]:
    """Lower for what is more exactly written: in its letters, its words, more of its words."""
    rest = iter(said)
    in_order = all(word in rest for word in words)
    return written != event_type, not in_order, -len({*words}.intersection(said))


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, also those that only a capital letter parts."""
    return [word.casefold() for word in _WORD.findall(text)]


def _letters(text: str) -> str:
    return text.translate(_PARTING).casefold()


def _is_within_a_word(text: str, end: int) -> bool:
    return text[end - 1 : end].isalnum() and text[end : end + 1].isalnum()
