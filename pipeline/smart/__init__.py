"""Smart Generate and Smart Draft: a prompt becomes a segment, facts become an e-mail draft.

Each is asked of a provider, an object with one method. The built-in ones need no key and no
network; `plug_in` puts others in their place. Whatever a provider does, the caller gets a valid
answer or a `ProviderError`, and as nothing is stored here, nothing can be half-written.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.errors import Invalid, ProviderError
from pipeline.events.incoming import normalize_email
from pipeline.limits import (
    FACT_LENGTH,
    PROMPT_LENGTH,
    check_body,
    check_subject,
    check_text,
    optional,
    required,
)
from pipeline.rules import Rule, parse
from pipeline.smart.keywords import KeywordGenerator
from pipeline.smart.providers import (
    EmailFacts,
    EmailText,
    EmailWriter,
    Generated,
    SegmentGenerator,
)
from pipeline.smart.templates import TemplateWriter

__all__ = [
    "EmailFacts",
    "EmailText",
    "EmailWriter",
    "Generated",
    "KeywordGenerator",
    "SegmentGenerator",
    "TemplateWriter",
    "Understanding",
    "draft_email",
    "generate_segment",
    "plug_in",
    "understand",
    "write_email",
]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(slots=True)
class _Plugged:
    generator: SegmentGenerator
    writer: EmailWriter


_plugged = _Plugged(KeywordGenerator(), TemplateWriter())


def plug_in(
    *, generator: SegmentGenerator | None = None, writer: EmailWriter | None = None
) -> None:
    """Let these providers answer from now on, in this process; None leaves that one as it is.

    `plug_in(generator=KeywordGenerator(), writer=TemplateWriter())` is the way back.
    """
    if generator is not None:
        _plugged.generator = generator
    if writer is not None:
        _plugged.writer = writer


@dataclass(frozen=True, slots=True)
class Understanding:
    """What became of a prompt: a rule, and the phrases that are not in it, as they were written.

    `understood`: something of the prompt is in the rule; otherwise the rule is only a default.
    `changed`: the phrases with a number that no rule can have, instead of which it has the nearest.
    """

    rule: Rule
    not_understood: Sequence[str]
    understood: bool
    changed: Sequence[str] = ()

    def remark(self) -> str | None:
        """What is not in the rule, or not as it was said; None when all is."""
        if not self.understood:
            return "Nothing in this prompt was understood, so this is a mere default."
        left_out, changed = _listed(self.not_understood), _listed(self.changed)
        sentences = [
            left_out and f"Not understood, and left out: {left_out}.",
            changed and f"Changed to the nearest number that a rule can have: {changed}.",
        ]
        return " ".join(filter(None, sentences)) or None


def _listed(phrases: Sequence[str]) -> str:
    return ", ".join(f'"{phrase}"' for phrase in phrases)


def understand(prompt: object, event_types: Sequence[str] = ()) -> Understanding:
    """What the plugged-in generator makes of a prompt of at most 2,000 characters.

    With the names of the event types that there are it is understood when it speaks of those, too.
    Raises Invalid for a prompt that cannot be asked, ProviderError for an answer that is no rule.
    """
    asked = check_text(required(prompt, "Prompt"), "prompt", PROMPT_LENGTH)
    generator = _plugged.generator
    return _answer(
        _name(generator, "generate"),
        lambda: generator.generate(asked, event_types),
        _understanding,
    )


def generate_segment(prompt: object, event_types: Sequence[str] = ()) -> Rule:
    """The rule alone, for who need not know what is not in it; as `understand` in all else."""
    return understand(prompt, event_types).rule


def _understanding(answer: object) -> Understanding:
    if not isinstance(answer, Generated):
        return Understanding(parse(answer), (), understood=True)
    not_understood = _phrases(answer.not_understood, "not_understood")
    changed = _phrases(answer.changed, "changed")
    return Understanding(parse(answer.definition), not_understood, answer.understood, changed)


def _phrases(phrases: Sequence[str], field: str) -> Sequence[str]:
    if isinstance(phrases, str) or not all(isinstance(phrase, str) for phrase in phrases):
        raise Invalid(f"{field} must be a list of strings")
    return (*phrases,)


def draft_email(
    customer_email: object, recent_event_type: object = None, recommended_sku: object = None
) -> EmailText:
    """One e-mail from facts that came from outside; blank or non-string optional ones are absent.

    Raises Invalid that names the fact in question, and ProviderError as `write_email` does.
    """
    email = normalize_email(required(customer_email, "customerEmail"))
    event_type = optional(recent_event_type, "recentEventType", FACT_LENGTH)
    sku = optional(recommended_sku, "recommendedSku", FACT_LENGTH)
    return write_email(EmailFacts(email, event_type, sku))


def write_email(facts: EmailFacts) -> EmailText:
    """The plugged-in writer's e-mail for one customer, checked; raises ProviderError.

    Subject: one line, at most 1,000 characters; body: at most 100,000; neither blank.
    """
    writer = _plugged.writer
    return _answer(_name(writer, "write"), lambda: writer.write(facts), _check_email)


def _answer(provider: str, ask: Callable[[], object], check: Callable[[object], _T]) -> _T:
    try:
        answer = ask()
    except Exception as error:
        raise _failure(provider, error) from None
    try:
        return check(answer)
    except Invalid as error:
        raise ProviderError(f"{provider} returned an unusable answer: {error}") from None
    except Exception as error:  # the answer is an object of theirs, and may raise as well
        raise _failure(provider, error) from None


def _failure(provider: str, error: Exception) -> ProviderError:
    # Only the class's name goes to the caller: the text may hold an API key or a whole request.
    _log.error("%s failed", provider, exc_info=error)
    return ProviderError(f"{provider} failed with {type(error).__name__}, see the server's log")


def _name(provider: object, method: str) -> str:
    return f"{type(provider).__name__}.{method}"


def _check_email(email: object) -> EmailText:
    if not isinstance(email, EmailText):
        raise Invalid(f"expected an EmailText, found {type(email).__name__}")
    return EmailText(check_subject(email.subject), check_body(email.body))
