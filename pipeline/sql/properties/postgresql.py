"""The functions of JSON on PostgreSQL."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from pipeline.sql.properties.functions import (
    AtPath,
    is_one_of,
    json_average_sign,
    json_equals,
    json_exists,
    json_number,
    json_scalar,
    json_sign,
    json_string,
    json_sum_sign,
    short_scalar,
    sign_of,
)
from pipeline.sql.properties.scalars import LONGEST


def _value(element: AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    column, _, _, steps = element.split()
    value = compiler.process(column, **kw)
    for step in steps:
        at = compiler.process(step, **kw)
        if isinstance(step.type, sa.Integer):
            # The operator takes a scalar for an array of one; a strict path does not.
            path = f"'strict $[$n]', jsonb_build_object('n', {at})"
            value = f"jsonb_path_query_first({value}, {path}, true)"
        else:
            value = f"({value} -> {at})"
    return value


def _when(types: str, value: str, result: str) -> str:
    return f"CASE WHEN jsonb_typeof({value}) IN ({types}) THEN {result} END"


def _number(element: AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    value = _value(element, compiler, kw)
    return _when("'number'", value, f"CAST({value} AS NUMERIC)")


def _difference(element: AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> tuple[str, str]:
    _, _, (digits, *_), _ = element.split()
    other = f"CAST({compiler.process(digits, **kw)} AS NUMERIC)"
    return _number(element, compiler, kw), other


@compiles(json_string, "postgresql")
def _json_string_postgresql(element: json_string, compiler: SQLCompiler, **kw: Any) -> str:
    value = _value(element, compiler, kw)
    return _when("'string'", value, f"{value} #>> '{{}}'")


@compiles(json_equals, "postgresql")
def _json_equals_postgresql(element: json_equals, compiler: SQLCompiler, **kw: Any) -> str:
    # What contains an object is found by an index; where in an array it is, that does not say.
    at_path: Any
    at_path, *_ = element.clauses
    *_, steps = at_path.split()
    found, value, column, containing = (compiler.process(each, **kw) for each in element.clauses)
    contains = f"{column} @> CAST({containing} AS JSONB)"
    is_exact = not any(isinstance(step.type, sa.Integer) for step in steps)
    return f"({contains})" if is_exact else f"({contains} AND {found} = {value})"


@compiles(json_exists, "postgresql")
def _json_exists_postgresql(element: json_exists, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(coalesce(jsonb_typeof({_value(element, compiler, kw)}), 'null') <> 'null')"


@compiles(json_scalar, "postgresql")
def _json_scalar_postgresql(element: json_scalar, compiler: SQLCompiler, **kw: Any) -> str:
    value = _value(element, compiler, kw)
    return _when("'string', 'number', 'boolean'", value, value)


@compiles(is_one_of, "postgresql")
def _is_one_of_postgresql(element: is_one_of, compiler: SQLCompiler, **kw: Any) -> str:
    found, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({found} IN (SELECT jsonb_array_elements(CAST({values} AS JSONB))))"


@compiles(short_scalar, "postgresql")
def _short_scalar_postgresql(element: short_scalar, compiler: SQLCompiler, **kw: Any) -> str:
    column, place = (compiler.process(clause, **kw) for clause in element.clauses)
    found = f"jsonb_path_query_first({column}, CAST({place} AS JSONPATH), '{{}}', true)"
    scalar = _when("'string', 'number', 'boolean'", found, found)
    return f"CASE WHEN octet_length(CAST({found} AS TEXT)) <= {LONGEST} THEN {scalar} END"


@compiles(json_number, "postgresql")
def _json_number_postgresql(element: json_number, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({_number(element, compiler, kw)} AS TEXT)"


@compiles(json_sign, "postgresql")
def _json_sign_postgresql(element: json_sign, compiler: SQLCompiler, **kw: Any) -> str:
    number, other = _difference(element, compiler, kw)
    return f"sign({number} - {other})"


@compiles(json_sum_sign, "postgresql")
def _json_sum_sign_postgresql(element: json_sum_sign, compiler: SQLCompiler, **kw: Any) -> str:
    number, other = _difference(element, compiler, kw)
    return f"sign(sum({number}) - {other})"


@compiles(json_average_sign, "postgresql")
def _json_average_sign_postgresql(
    element: json_average_sign, compiler: SQLCompiler, **kw: Any
) -> str:
    number, other = _difference(element, compiler, kw)
    # Of the sum of the differences, which needs no division.
    return f"sign(sum({number} - {other}))"


@compiles(sign_of, "postgresql")
def _sign_of_postgresql(element: sign_of, compiler: SQLCompiler, **kw: Any) -> str:
    integer, number = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"sign({integer} - CAST({number} AS NUMERIC))"
