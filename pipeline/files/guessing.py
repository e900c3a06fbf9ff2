"""Where the fields of an event are likely to come from in a file, by names and values.

A guess is a proposal that a person sees, checks and may change: it is made of the first rows.
"""

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any

from pipeline.errors import Invalid
from pipeline.events.incoming import normalize_email
from pipeline.files.rows import SAMPLE_ROWS, RowFile, unless_blank
from pipeline.files.time_formats import TIME_FORMATS
from pipeline.files.times import EPOCH_UNITS, time_reader

_CELLS = 50_000
_FEW_TYPES = 200
_LONGEST_ID = 64
_PROBED = 10
# A few rows that cannot be used are no reason to know nothing.
_MOST = 0.9
# As many will do beside a plain name; with fewer there is no format to choose.
_MANY = 0.6

_NUMBER = re.compile(r"\d+([.,]\d+)?")
_ID = re.compile(r"[\w.+-]+")
_DATE = re.compile(
    r"([a-z]{3},? )?(\d{1,4}[-/. ]\s?(\d{1,2}|[a-z]{3,9})[-/. ,]|[a-z]{3,9} \d{1,2},? )",
    re.IGNORECASE,
)
#: The years 1990 and 2100, in seconds.
_EARLIEST, _LATEST = 631_152_000, 4_102_444_800

# Names as `_plain` has them, in English, German, French and Spanish. Of several patterns the first
# says it most clearly.
_EMAIL_NAMES = (
    r"(customer|user|adresse)?e?mail(address|adresse)?|courriel|correo(electronico)?",
    r".*email.*",
    r".*",
)
_PERSON_NAMES = (
    r"(customer|client|user|member|visitor|buyer|shopper|subscriber|contact|account|person|guest"
    r"|profile|player)s?(unique|uu|gu)?(id|no|nr|num|number|code|key|hash|ref)?",
    r"kunden?(id|nr|nummer)?|((id|code|codigo|numero)(de)?)?cliente?",
)
_TIME_NAMES = (
    r"(event|occurred|happened)(time(stamp)?|date(time)?|at|on)",
    r"time(stamp)?|date(time)?|ts|when|at|datum|zeit(punkt|stempel)?|horodatage|fecha(yhora)?",
    r"(invoice|order|purchase|transaction|visit|sale|log)(time(stamp)?|date(time)?|at|on)"
    r"|(bestell|kauf|rechnungs)datum|(date|fecha)d(e(la)?)?(achat|commande|compra|factur[ae]|pedido)",
    r"created(time|date|at|on)?|erstellt(am)?",
    r"(?!.*(birth|updat|modif|expir|delet|due)).*(time|date|stamp|at|on|ts)",
)
_TYPE_NAMES = (
    r"event(type|name)?|type?|tipo|ereignis(typ|art)?|(typed)?evenement|(tipode)?evento",
    r"action|activity|eventaction|what|kind",
    r"name",
)
_KEY_NAMES = (r"idempotencykey|(event|message|insert)(uu)?id", r"(row|record|log|hit)?(uu)?id")
_TYPES_BY_COLUMN = {
    "purchase": r"(unit|total)?(price|amount)|quantity|qty|(order|invoice)(id|no|nr|number|date)?"
    r"|(einzel|gesamt)?(preis|betrag)|menge|prix|montant|quantite|precio|importe|cantidad",
    "page_view": r"(page)?(url|path)|page(title|name)?|referr?er",
}


@dataclass(frozen=True, slots=True)
class Guess:
    """A proposal for the fields of a `FieldMapping`; None where the file suggests nothing."""

    email: str | None = None
    time: str | None = None
    type: str | None = None
    type_column: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A format that reads a column's times; None is ISO 8601.

    `other` reads them as well, but to other moments, as it does `example`: day and month may be
    meant the other way round.
    """

    name: str | None
    other: str | None = None
    example: str = ""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    #: Of the first rows, None for blanks; and each once, without blanks.
    values: Sequence[Any]
    distinct: Sequence[Any]

    def share(self, fits: Callable[[Any], object]) -> float:
        """How much of the distinct values fits, from 0 to 1."""
        return sum(map(bool, map(fits, self.distinct))) / max(1, len(self.distinct))

    def mostly(self, fits: Callable[[Any], object]) -> bool:
        """Whether there are values, and most of them fit."""
        return self.share(fits) >= _MOST


def guess_mapping(file: RowFile) -> Guess:
    """What the file's columns are likely to mean."""
    columns = _sample(file)
    type_column = _guess_type_column(columns)
    return Guess(
        email=_guess_email(columns),
        time=_guess_time(columns),
        type=None if type_column else _guess_type(columns),
        type_column=type_column,
        key=_guess_key(columns),
    )


def guess_time_format(file: RowFile, column: str) -> TimeFormat | None:
    """How the times in a column are likely to be written; None if it has hardly any."""
    return next((_time_format(each) for each in _sample(file) if each.name == column), None)


def _sample(file: RowFile) -> list[_Column]:
    number = min(SAMPLE_ROWS, max(100, _CELLS // len(file.columns)))
    rows = [row.values for row in islice(file.rows(), number) if not row.problem]
    # A brace in a name would make a template of it.
    return [
        _column(name, [unless_blank(row.get(name)) for row in rows])
        for name in file.columns
        if "{" not in name
    ]


def _column(name: str, values: Sequence[Any]) -> _Column:
    there = (value for value in values if value is not None and isinstance(value, Hashable))
    stripped = (value.strip() if isinstance(value, str) else value for value in there)
    return _Column(name, values, list(dict.fromkeys(stripped)))


def _named(columns: Iterable[_Column], patterns: Sequence[str]) -> list[_Column]:
    """Those with values whose name fits a pattern, the clearest first."""

    def rank(column: _Column) -> int | None:
        name = _plain(column.name)
        return next((n for n, each in enumerate(patterns) if re.fullmatch(each, name)), None)

    ranked = [(rank(column), column) for column in columns if column.distinct]
    fitting = [(number, column) for number, column in ranked if number is not None]
    return [column for _, column in sorted(fitting, key=lambda pair: pair[0])]


def _plain(name: str) -> str:
    """Its letters and digits, lower-case and without accents."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", name)).lower()


# ------------------------------------------------------------------------------------------- e-mail
def _guess_email(columns: Sequence[_Column]) -> str | None:
    """The column of addresses; without one, addresses made of the column of customers."""
    plain = _named(columns, _EMAIL_NAMES[:1])
    best = max(plain, key=lambda column: column.share(_is_email), default=None)
    # A name that plain outweighs values: rows without an address are refused one by one.
    if best and best.share(_is_email):
        return best.name
    for column in _named(columns, _EMAIL_NAMES[1:]):
        if column.mostly(_is_email):
            return column.name
    for column in _named(columns, _PERSON_NAMES):
        if column.mostly(_is_id):
            prefix = "c" if column.mostly(_is_number) else ""
            return f"{prefix}{{{column.name}}}@example.com"
    return None


def _is_email(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(normalize_email(value))
    except Invalid:
        return False


def _is_id(value: object) -> bool:
    text = str(value)
    return len(text) <= _LONGEST_ID and bool(_ID.fullmatch(text) or _is_number(value))


def _is_number(value: object) -> bool:
    return bool(_NUMBER.fullmatch(str(value)))


# --------------------------------------------------------------------------------------------- time
def _guess_time(columns: Sequence[_Column]) -> str | None:
    """The first column of times, by names and then by values."""
    plain = _named(columns, _TIME_NAMES[:2])
    # As with e-mail, that outweighs values: rows without a time are refused one by one.
    if best := next((column for column in plain if _time_format(column)), None):
        return best.name
    likely = (*_named(columns, _TIME_NAMES), *filter(_has_dates, columns))
    return next((column.name for column in likely if _time_format(column, _MOST)), None)


def _time_format(column: _Column, least: float = _MANY) -> TimeFormat | None:
    shares = {each: _share_read(column, each) for each in _formats(column)}
    best = max(shares, key=lambda each: shares[each])
    if shares[best] < least:
        return None
    others = (each for each in shares if each != best and shares[each] == shares[best])
    differing = ((each, _read_differently(column, best, each)) for each in others)
    return next((TimeFormat(best, *each) for each in differing if each[1]), TimeFormat(best))


def _read_differently(column: _Column, one: str | None, other: str | None) -> str:
    """A value that two formats read to two moments; empty if there is none."""
    reads = [_moment_of(each) for each in (one, other)]
    readings = ((value, {read(value) for read in reads}) for value in column.distinct)
    return next((str(value) for value, two in readings if len(two - {None}) == 2), "")


def _formats(column: _Column) -> Sequence[str | None]:
    for name, unit in EPOCH_UNITS.items():
        if column.share(partial(_is_epoch, unit=float(unit))) >= _MANY:
            return [name]
    return [None, *TIME_FORMATS] if _has_dates(column) else [None]


def _share_read(column: _Column, time_format: str | None) -> float:
    read = _moment_of(time_format)
    return column.share(read) if any(map(read, column.distinct[:_PROBED])) else 0.0


def _moment_of(time_format: str | None) -> Callable[[Any], datetime | None]:
    read = time_reader(time_format, None)

    def moment(value: Any) -> datetime | None:
        try:
            return read(value)
        except (ValueError, TypeError, ArithmeticError):
            return None

    return moment


def _has_dates(column: _Column) -> bool:
    some = column.distinct[:_PROBED]
    return any(isinstance(value, date) or _DATE.match(str(value)) for value in some)


def _is_epoch(value: object, unit: float) -> bool:
    if not _is_number(value):
        return False
    return _EARLIEST < float(str(value).replace(",", ".")) * unit < _LATEST


# ------------------------------------------------------------------------------------ type and key
def _guess_type_column(columns: Sequence[_Column]) -> str | None:
    return next(
        (
            column.name
            for column in _named(columns, _TYPE_NAMES)
            if len(column.distinct) <= _FEW_TYPES and column.mostly(_is_word)
        ),
        None,
    )


def _is_word(value: object) -> bool:
    return isinstance(value, str) and not _is_number(value) and len(value) <= _LONGEST_ID


def _guess_type(columns: Sequence[_Column]) -> str | None:
    """What all rows are likely to be when no column says it."""
    names = _TYPES_BY_COLUMN.items()
    return next((type_ for type_, pattern in names if _named(columns, [pattern])), None)


def _guess_key(columns: Sequence[_Column]) -> str | None:
    """A column that is there to tell events apart, and does in each of the first rows."""
    for column in _named(columns, _KEY_NAMES):
        if len(column.distinct) == len(column.values):
            return column.name
    return None
