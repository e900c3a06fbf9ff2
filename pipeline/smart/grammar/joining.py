"""Clauses as one definition: "but" is looser than "or", and "or" is looser than "and"."""

from collections.abc import Sequence

from pipeline.smart.grammar.clauses import Clause, Joined
from pipeline.smart.grammar.conditions import condition
from pipeline.smart.grammar.definitions import Definition, all_of, any_of
from pipeline.smart.grammar.windows import windows

MOST_CLAUSES = 25  # of at most seven rules each: a definition holds 200


def join(clauses: Sequence[Clause]) -> tuple[Definition, set[int]]:
    """The definition of clauses, and where in the prompt the tokens begin that went into it."""
    clauses = clauses[:MOST_CLAUSES]
    rules: list[tuple[Joined, Definition]] = []
    used: set[int] = set()
    for clause, window in zip(clauses, windows(clauses), strict=True):
        rule, starts = condition(clause, window)
        rules.append((clause.joined, rule))
        used |= starts
    return _exceptions(rules), used


def _exceptions(rules: Sequence[tuple[Joined, Definition]]) -> Definition:
    return all_of([_choices(part) for part in _split(rules, "but")])


def _choices(rules: Sequence[tuple[Joined, Definition]]) -> Definition:
    return any_of([all_of([rule for _, rule in part]) for part in _split(rules, "or")])


def _split(
    rules: Sequence[tuple[Joined, Definition]], word: Joined
) -> list[list[tuple[Joined, Definition]]]:
    parts: list[list[tuple[Joined, Definition]]] = []
    for joined, rule in rules:
        if joined == word or not parts:
            parts.append([])
        parts[-1].append((joined, rule))
    return parts
