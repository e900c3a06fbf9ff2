"""The answer to a prompt: what it adds up to, and what of it was left over."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from pipeline.rules import MAX_COUNT, MAX_DAYS
from pipeline.smart import table
from pipeline.smart.grammar.amounts import MONEY_PATH
from pipeline.smart.grammar.clauses import Clause, clauses
from pipeline.smart.grammar.joining import join
from pipeline.smart.grammar.meanings import (
    Amount,
    Delay,
    Event,
    Filler,
    Join,
    Meaning,
    Money,
    Path,
    Span,
    Unknown,
)
from pipeline.smart.grammar.names import Names
from pipeline.smart.grammar.tokens import Token, tokens
from pipeline.smart.numbers import clamped
from pipeline.smart.providers import Generated


def answer(prompt: str, event_types: Sequence[str]) -> Generated:
    """The definition that `prompt` adds up to, in any case of letters, and what was left over.

    A prompt all of whose phrases the contract's table has keeps the table's answer.
    """
    text = " ".join(prompt.split())
    found = tokens(text, Names(event_types))
    parts = clauses(found)
    if _is_of_the_table(text, found, parts):
        definition = table.answer(prompt)
        used = {token.start for token in found if _went_into(definition, token.meaning)}
    else:
        definition, used = join(parts or [_about_nothing(found)])
    left_over = tuple(_left_over(text, found, used))
    changed = tuple(
        text[token.start : token.end]
        for token in found
        if token.start in used and _is_beyond(token.meaning)
    )
    return Generated(definition, left_over, understood=bool(used), changed=changed)


# -------------------------------------------------------------------------------------- the table
def _is_of_the_table(text: str, found: Sequence[Token], parts: Sequence[Clause]) -> bool:
    if not all(token.in_table or _is_neutral(token.meaning) for token in found):
        return False
    said = [token.meaning for token in found if token.in_table]
    if len(parts) > 1 or any(part.after for part in parts):
        # Of names alone the table says which one counts; of two paths it does not.
        return all(isinstance(each, Event) for each in said) and _paths(text, found) < 2
    counts = any(isinstance(each, Amount) for each in said)
    return not (counts and any(isinstance(each, Event) and each.page for each in said))


def _paths(text: str, found: Sequence[Token]) -> int:
    named = (token for token in found if isinstance(token.meaning, Event | Path))
    return sum("/" in text[token.start : token.end] for token in named)


def _is_neutral(meaning: Meaning) -> bool:
    if isinstance(meaning, Amount):
        return meaning.of is None
    return isinstance(meaning, Filler | Join | Path | Unknown)


def _went_into(definition: Mapping[str, object], meaning: Meaning) -> bool:
    match meaning:
        case Event(event_type, None):
            return event_type == definition["eventType"]
        case Event(_, page):
            return page == definition.get("value")
        case Span(int(days)):
            return clamped(days, MAX_DAYS) == definition["days"]
        case Amount(((op, number),), "times"):
            at_least = int(number) + (op == "greater")
            return clamped(at_least, MAX_COUNT) == definition.get("minCount")
    return False


def _is_beyond(meaning: Meaning) -> bool:
    """Whether no rule can have its number."""
    match meaning:
        case Span(int(days)):
            return clamped(days, MAX_DAYS) != days
        case Delay(hours):
            return clamped(hours, MAX_DAYS * 24) != hours
        case Amount(bounds, "times"):
            at_least_none = ("greater_or_equal", 0)
            return any(bound == at_least_none or bound[1] > MAX_COUNT for bound in bounds)
    return False


# -------------------------------------------------------------------------------------- leftovers
def _about_nothing(found: Sequence[Token]) -> Clause:
    """A clause that names nothing: sums of money are spent, all else is about page views."""
    amounts = (token.meaning for token in found if isinstance(token.meaning, Amount))
    paid = any(amount.of == "money" for amount in amounts)
    subject = Money("sum", MONEY_PATH) if paid else Event(table.DEFAULT_EVENT_TYPE)
    return Clause("and", subject, tuple(found))


def _left_over(text: str, found: Sequence[Token], used: AbstractSet[int]) -> Iterator[str]:
    """The words that went into nothing, those beside each other as one phrase."""
    phrase: list[Token] = []
    for token in found:
        if isinstance(token.meaning, Filler):
            continue
        if token.start in used or _joins(token.meaning):
            yield from _text(text, phrase)
            phrase = []
        else:
            phrase.append(token)
    yield from _text(text, phrase)


def _joins(meaning: Meaning) -> bool:
    # That one thing came after another is a condition of its own, if it is not in a sequence.
    return isinstance(meaning, Join) and meaning != Join("then") and not meaning.denies


def _text(text: str, phrase: Sequence[Token]) -> Iterator[str]:
    if phrase:
        yield text[phrase[0].start : phrase[-1].end]
