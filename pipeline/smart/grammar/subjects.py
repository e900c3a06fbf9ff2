"""Phrases about what somebody did, or who they are."""

from typing import Literal

from pipeline.smart.grammar.amounts import MONEY_PATH
from pipeline.smart.grammar.meanings import (
    Abandoned,
    Amount,
    Edge,
    Email,
    Event,
    Filler,
    Meaning,
    Money,
    Path,
    Seen,
)
from pipeline.smart.grammar.rows import (
    ANY_FORM,
    CLOSING,
    OPENING,
    PATH,
    QUOTED,
    TOKEN,
    Match,
    quoted,
    row,
)
from pipeline.smart.table import PAGE_EVENT_TYPE

_PRICING = Event(PAGE_EVENT_TYPE, "/pricing")

_ADDED = r"add(?:s|ed|ing)? (?:[^\W_]+ ){0,3}?to (?:[^\W_]+ )?"
# As in the contract's table, and in other words.
_EVENTS = {
    "added_to_cart": (f"{_ADDED}cart", f"{_ADDED}(?:basket|bag)"),
    "purchase": (
        r"[^\W_]*?purchas(?:e|ing)[^\W_]*",
        "bought|buy(?:s|ing|ers?)?|(?:plac(?:e|es|ed|ing) (?:an? )?)?order(?:s|ed|ing)?",
    ),
    "signup": ("sign(?:s|ed|ing)? ?ups?", "register(?:s|ed|ing)?|registrations?"),
    "login": ("log(?:s|ged|ging)? ?in(?:s|to)?", "sign(?:s|ed|ing)? ?ins?"),
    PAGE_EVENT_TYPE: ("page ?view(?:s|ed|ing)?", "(?:visit|view|brows)(?:e|s|ed|es|ing)?"),
    "checkout": ("check(?:s|ed|ing)? ?outs?",),
}
SUCH = "(?: events?)?"
_ANY_EVENT = "|".join(phrase for phrases in _EVENTS.values() for phrase in phrases)
_VISITED = (
    "(?:page ?views?|visit(?:s|ed|ing)?|view(?:s|ed|ing)?|open(?:s|ed|ing)?|brows(?:e|es|ed|ing)"
    "|saw|seen|look(?:ed)?|went|been|landed)(?: (?:of|to|on|at))?"
)
_PAGE = f"(?:the )?(?:page )?{OPENING}?{PATH}{CLOSING}?"
_CUSTOMERS = "(?:customer|user|visitor|shopper|member|subscriber|contact|profile|lead)s?"

_ADDRESS = "(?:e ?mails?(?: address(?:es)?)?|address(?:es)?)"
# "gmail.com or outlook.com addresses" has one word for both.
_ITS_ADDRESS = rf"(?: (?:{_ADDRESS}|accounts?|users?)|(?=,? (?:or|and) \S{{1,64}} {_ADDRESS}))"
_DOMAIN = r"(?P<domain>(?:[^\W_][\w-]{0,62}\.){1,5}[^\W\d_]{2,24})"
_PROVIDER = "(?P<provider>gmail|googlemail|outlook|hotmail|yahoo|icloud|aol|gmx|proton|protonmail)"

_ABANDONED = r"abandon(?:s|ed|ing)? (?:[^\W_]+ ){0,2}?"
_LEFT = "abandon(?:ers?|ment)"
_INACTIVE = (
    "inactive|dormant|lapsed|churned|did nothing|(?:gone|went) quiet"
    "|(?:not|(?:have|has|had|did|do|does|were|was|are|is)n['’]?t)(?: been)? active"  # noqa: RUF001
)
_NEW = f"first seen|newcomers?|new {_CUSTOMERS}|new(?= (?:in|within|this|during|over|since|for) )"
_SPENT = "(?:spen(?:d|ds|t|ding|ders?)|paid)"
_AGGREGATE = (
    "(?:(?P<avg>average|avg|mean)|(?P<max>highest|largest|biggest|maximum)"
    "|(?P<min>lowest|smallest|minimum))"
)

_EDGES: dict[str, Meaning] = {
    "(?:last|latest|most recent|newest)": Edge(is_last=True),
    "first(?: time)?": Edge(is_last=False),
}
_HABITS: dict[str, Meaning] = {
    "one time": Amount((("equals", 1),), "times"),
    "repeat(?:ed)?": Amount((("greater_or_equal", 2),), "times"),
}
_THEN_AN_EVENT = f"(?= (?:{_ANY_EVENT}))"


def _page(match: Match) -> Event:
    return Event(PAGE_EVENT_TYPE, match["path"])


def _path(match: Match) -> Path:
    return Path(match["path"])


def _exactly(match: Match) -> Email:
    return Email("equals", match[0].lower())


def _domain(match: Match) -> Email:
    return Email("ends_with", f"@{match['domain'].lower()}")


def _provider(match: Match) -> Email:
    return Email("contains", f"@{match['provider'].lower()}.")


def _ending(match: Match) -> Email:
    return Email("ends_with", (quoted(match) or match["token"]).lower())


def _containing(match: Match) -> Email:
    return Email("contains", (quoted(match) or match["token"]).lower())


def _average(match: Match) -> Money:
    return Money("avg", _money_path(match))


def _total(match: Match) -> Money:
    return Money("sum", _money_path(match))


def _aggregate(match: Match) -> Money:
    names: tuple[Literal["avg", "max", "min"], ...] = ("avg", "max", "min")
    return Money(next(name for name in names if match[name]), _money_path(match))


def _money_path(match: Match) -> str:
    named = (path for path in ("amount", "price", "subtotal") if path in match[0].lower())
    return next(named, MONEY_PATH)


# Written in their own way, so that no other phrase is to be found in them.
NAMES = (
    row(rf"[^\s@,;<>()\"']{{1,64}}@{_DOMAIN}", _exactly),
    row(f"@{_DOMAIN}(?: {_ADDRESS})?", _domain),
    row(f"{_DOMAIN}{_ITS_ADDRESS}", _domain),
    row(f"{_PROVIDER}{_ITS_ADDRESS}", _provider),
    row(
        rf"(?:{_ADDRESS} )?(?:that )?(?:ends?|ending) (?:in|with|on) "
        rf"(?:{QUOTED}|(?=\S{{0,99}}[@.][^\W_]){TOKEN})",
        _ending,
    ),
    row(f"{_ADDRESS} (?:that )?contain(?:s|ing)? (?:{QUOTED}|{TOKEN})", _containing),
    row(f"(?:visited|viewed) {_PAGE}", _page, in_table=ANY_FORM),
    row(f"{_VISITED} {_PAGE}", _page),
    row(PATH, _path),
)

SUBJECTS = (
    row(f"(?:{_VISITED} )?(?:the |our )?pricing", _PRICING, in_table=ANY_FORM),
    row(f"{_ABANDONED}checkouts?|checkout {_LEFT}", Abandoned("checkout")),
    row(f"{_ABANDONED}(?:carts?|baskets?)|(?:cart|basket) {_LEFT}", Abandoned("added_to_cart")),
    row(_INACTIVE, Seen("seen", absent=True)),
    row("last (?:seen|active|activity|heard from)", Seen("last_seen")),
    row("(?:been )?seen|heard from", Seen("seen")),
    row(_NEW, Seen("first_seen")),
    row(f"{_SPENT} (?:on average|an average of)", _average),
    row(
        f"{_AGGREGATE} (?:order |purchase |basket |cart )?"
        "(?:value|amount|total|price|spend|order|purchase)",
        _aggregate,
    ),
    row(
        f"(?:(?:total|total amount|amount) )?{_SPENT}(?: (?:a total of|in total|altogether))?"
        "|(?:total )?revenue|lifetime value|(?:order|purchase) total",
        _total,
    ),
    *(row(f"{phrase}{_THEN_AN_EVENT}", edge) for phrase, edge in _EDGES.items()),
    *(
        row(f"(?:{usual}){SUCH}", Event(type_), in_table=ANY_FORM)
        for type_, (usual, *_) in _EVENTS.items()
    ),
    *(
        row(f"(?:{other}){SUCH}", Event(type_))
        for type_, (_, *others) in _EVENTS.items()
        for other in others
    ),
    row("(?:any )?events? (?:of (?:the )?type|type|named|called)", Filler()),
    row("events|any event|(?:any )?activity", Event(None)),
)

# Before numbers are looked for, as "one" is one.
HABITS = tuple(row(f"{phrase}{_THEN_AN_EVENT}", habit) for phrase, habit in _HABITS.items())

#: Before the name of an event that is not in here.
LEADING = tuple(row(phrase, meaning) for phrase, meaning in (*_EDGES.items(), *_HABITS.items()))
