"""What a clause says, and which of it was put to use."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from pipeline.smart.grammar.clauses import Clause, denies, names
from pipeline.smart.grammar.meanings import Join
from pipeline.smart.grammar.tokens import Token

M = TypeVar("M")


class Said:
    """The tokens of a clause to take what is needed from; what nobody takes was not understood.

    `used` says where in the prompt the tokens begin that were put to use.
    """

    def __init__(self, clause: Clause) -> None:
        self._tokens = clause.tokens
        self.used: set[int] = set()
        self._use(islice((t for t in clause.tokens if names(t, clause.subject)), 1))
        if clause.negated:
            self._use(filter(denies, clause.tokens))
        if clause.after:
            self._use(t for t in clause.tokens if t.meaning == Join("then"))

    def take(self, kind: type[M], such: Callable[[M], bool] = lambda _: True) -> M | None:
        """The first of that kind that nobody has taken."""
        return next(iter(self.take_all(kind, such, most=1)), None)

    def take_all(
        self, kind: type[M], such: Callable[[M], bool] = lambda _: True, *, most: int
    ) -> list[M]:
        """All of that kind, in order, up to a number of them."""
        return [*islice(self._taken(kind, such), most)]

    def _taken(self, kind: type[M], such: Callable[[M], bool]) -> Iterator[M]:
        for token in self._tokens:
            meaning = token.meaning
            if token.start not in self.used and isinstance(meaning, kind) and such(meaning):
                self.used.add(token.start)
                yield meaning

    def _use(self, tokens: Iterable[Token]) -> None:
        self.used.update(token.start for token in tokens)
