"""The built-in e-mail writer: four texts, needs neither key nor network."""

import re
from functools import lru_cache

from pipeline.smart.providers import EmailFacts, EmailText

LONGEST_NAME = 200  # characters of a SKU, an event or a greeting before it is cut

_WITH_SKU = "Still thinking about {sku}?"
_WITHOUT_SKU = "We have something special for you"

# An event type can be any words (purchase, signed up, newsletter-opened), so it stands in
# quotation marks after a colon, where it needs to be neither verb nor noun of the sentence.
_BECAUSE = 'We are writing to you because of your latest activity with us: "{event}".'
_BYE = "Kind regards,\nYour customer team"

# (has a SKU, has a recent event): subject, paragraphs
_TEXTS = {
    (True, True): (
        _WITH_SKU,
        "Hi {name},",
        "If you are still thinking about {sku}, come back and take another look whenever it "
        "suits you. Should you have any questions, simply reply to this email.",
        _BECAUSE,
        _BYE,
    ),
    (True, False): (
        _WITH_SKU,
        "Hi {name},",
        "We think that {sku} could be just right for you. Take a closer look whenever you like, "
        "and simply reply to this email if there is anything you would like to know.",
        _BYE,
    ),
    (False, True): (
        _WITHOUT_SKU,
        "Hi {name},",
        "We have picked out a few things that we hope you will like. "
        "Drop by whenever it suits you and see what is waiting for you.",
        _BECAUSE,
        _BYE,
    ),
    (False, False): (
        _WITHOUT_SKU,
        "Hi {name},",
        "We would love to show you what is new. "
        "Drop by whenever it suits you: we have picked out a few things that you might enjoy.",
        _BYE,
    ),
}
_TEMPLATES = {
    has: (subject, "\n\n".join(paragraphs)) for has, (subject, *paragraphs) in _TEXTS.items()
}

_WORD_ENDS = re.compile(r"[\s_./:-]+|(?<=[a-z0-9])(?=[A-Z])")


class TemplateWriter:
    """Writes one of four texts, with or without a SKU and a recent event; always the same."""

    def write(self, facts: EmailFacts) -> EmailText:
        """The draft for these facts; names too long for an e-mail are cut, line breaks go."""
        sku = _one_line(facts.recommended_sku or "")
        event = event_in_words(facts.recent_event_type or "")
        name = _one_line(facts.customer_email.partition("@")[0]) or "there"
        subject, body = _TEMPLATES[bool(sku), bool(event)]
        return EmailText(subject.format(sku=sku), body.format(name=name, sku=sku, event=event))


@lru_cache(maxsize=1024)  # a campaign has many customers and few event types
def event_in_words(event_type: str) -> str:
    """An event type as a reader would write it: `added_to_cart`, `addedToCart`: added to cart."""
    words = " ".join(_WORD_ENDS.sub(" ", event_type).split()).lower()
    return _one_line(words or event_type)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"
