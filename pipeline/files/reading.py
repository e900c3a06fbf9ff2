"""A mapping made ready for one file: what each row says of an event."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import methodcaller
from typing import Any, NamedTuple

from pipeline.errors import Invalid
from pipeline.events.incoming import check_key
from pipeline.events.properties import join, member, properties_json
from pipeline.files.mapping import FieldMapping
from pipeline.files.numbers import POINT, check_decimal
from pipeline.files.rows import RowFile, unless_blank
from pipeline.files.templates import TextOf, columns_in, filler
from pipeline.files.times import time_reader

_LONGEST_LIST = 2_000
# What is remembered of a column: 4,096 values of at most 200 characters.
_REMEMBERED = 4_096
_SHORT = 200
_PROPERTIES = "properties"


class Fields(NamedTuple):
    """What a row says of an event; `properties` is JSON, `key` None where the mapping has none."""

    email: Any
    type: Any
    time: datetime
    properties: str
    key: str | None


class RowReader:
    """Reads a file's rows by a mapping; raises Invalid where the two do not fit."""

    def __init__(self, mapping: FieldMapping, file: RowFile) -> None:
        if (mapping.type is None) == (mapping.type_column is None):
            raise Invalid("The mapping needs either an event type or a column that holds it")
        check_decimal(mapping.decimal)
        self.mapping = mapping
        self.file = file
        self._decimal = (mapping.decimal or file.numbers.decimal) if file.numbers else POINT
        self._columns = self._properties_of_columns()
        self._email = self._email_reader()
        self._fill_key = self._filler(mapping.key) if mapping.key else None
        self._properties = self._text_reader() if file.numbers else self._value_properties
        self._known_columns = frozenset(file.columns)
        self._read_time = time_reader(mapping.time_format, mapping.timezone)

    def read(self, values: Mapping[str, Any]) -> Fields:
        """The fields of an event; raises Invalid for a row that lacks what one is made of."""
        mapping = self.mapping
        return Fields(
            self._email(values),
            values.get(mapping.type_column) if mapping.type_column else mapping.type,
            self.time(values),
            self._properties(values),
            check_key(self._fill_key(values)) if self._fill_key else None,
        )

    def _email_reader(self) -> Callable[[Mapping[str, Any]], Any]:
        template = self.mapping.email
        is_column = "{" not in template
        return methodcaller("get", template) if is_column else self._filler(template)

    def _filler(self, template: str) -> Callable[[Mapping[str, Any]], str]:
        return filler(template, self._remembering, self._decimal)

    def time(self, values: Mapping[str, Any]) -> datetime:
        """When the row's event happened; raises Invalid for a blank or an unreadable time."""
        raw = values.get(self.mapping.time)
        try:
            return self._read_time(raw)
        except (ValueError, TypeError, ArithmeticError):
            blank = unless_blank(raw) is None
            expected = self.mapping.time_format or "ISO 8601"
            problem = "is blank" if blank else f"is not a time of the format {expected}"
            raise Invalid(f"{self.mapping.time} {problem}") from None

    def _text_reader(self) -> TextOf:
        """What makes a row's properties of its texts, each of which it remembers."""
        members = [(column, self._text_of(name, column)) for name, column in self._columns.items()]
        return lambda values: join(
            [text for column, read in members if (text := read(values.get(column)))]
        )

    def _text_of(self, name: str, column: str) -> TextOf:
        typed = self.file.typed(column, self._decimal)
        return self._remembering(partial(_member, name, typed))

    def _value_properties(self, values: Mapping[str, Any]) -> str:
        """The properties of a row whose values have types of their own."""
        given = {name: values.get(column) for name, column in self._columns.items()}
        if self.mapping.remaining and self.file.may_have_more_columns:
            late = {name: values[name] for name in values if name not in self._known_columns}
            given = late | given
        filled = self._filled(given)
        if isinstance(members := filled.get(_PROPERTIES), dict):
            del filled[_PROPERTIES]
            filled = self._filled(members) | filled
        return properties_json(filled)

    def _filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        type_of, decimal = self.file.typed, self._decimal
        typed = ((name, type_of(name, decimal)(value)) for name, value in values.items())
        return {name: value for name, value in typed if value is not None}

    def _remembering(self, text_of: TextOf) -> TextOf:
        """A column of text repeats its values. Others cannot be told apart: 1, 1.0 and True."""
        return _Remembered(text_of).__getitem__ if self.file.numbers else text_of

    def _properties_of_columns(self) -> dict[str, str]:
        """The names of the properties and the columns they come from."""
        columns, chosen = self.file.columns, dict(self.mapping.properties)
        used = _used_columns(self.mapping)
        _check_columns([*used, *chosen.values()], columns)
        if self.mapping.remaining:
            rest = [c for c in columns if c not in {*used, *chosen.values()}]
            chosen |= {column: column for column in rest if column not in chosen}
        return chosen


class _Remembered(dict[str, str]):
    """What a function made of the texts that came lately; a look-up calls nothing."""

    def __init__(self, text_of: TextOf) -> None:
        super().__init__()
        self._text_of = text_of

    def __missing__(self, raw: str) -> str:
        text = self._text_of(raw)
        if len(self) >= _REMEMBERED:
            self.clear()
        if len(raw) <= _SHORT:
            self[raw] = text
        return text


def _member(name: str, typed: Callable[[Any], Any], raw: Any) -> str:
    value = None if raw is None else typed(raw)
    return "" if value is None else member(name, value)


def _used_columns(mapping: FieldMapping) -> list[str]:
    columns = [*columns_in(mapping.email), mapping.time]
    columns += columns_in(mapping.key) if mapping.key else []
    return [*columns, mapping.type_column] if mapping.type_column else columns


def _check_columns(used: Sequence[str], columns: Sequence[str]) -> None:
    unknown = next((column for column in used if column not in columns), None)
    if unknown is not None:
        there = ", ".join(columns)
        if len(there) > _LONGEST_LIST:
            there = f"{there[:_LONGEST_LIST]}… ({len(columns):,} columns)"
        raise Invalid(f"Unknown column '{unknown}'; the file has: {there}")
