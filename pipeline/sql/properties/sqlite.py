"""The functions of JSON on SQLite, some of them in Python."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from pipeline import exact_json
from pipeline.sql.numbers import path_of
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
from pipeline.sql.properties.scalars import LONGEST, Step, typed_text


def _select(result: str, element: AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    """The `result` of the row `found` at the path's end."""
    # A path like $."key" has no way to escape a quote; json_each compares the key as it is. Its
    # keys are text for an object and integers for an array, and so are ours.
    column, _, _, steps = element.split()
    names = [*(f"above{level}" for level in range(len(steps) - 1)), "found"]
    source = compiler.process(column, **kw)
    tables, keys = [], []
    for name, step in zip(names, steps, strict=True):
        tables.append(f"json_each({source}) AS {name}")
        keys.append(f"{name}.key = {compiler.process(step, **kw)}")
        source = f"CASE WHEN {name}.type IN ('object', 'array') THEN {name}.value END"
    return f"(SELECT {result} FROM {', '.join(tables)} WHERE {' AND '.join(keys)})"


def _exact(element: AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    """The number found, as `canonical` has it."""
    column, path, _, _ = element.split()
    at = f"{compiler.process(column, **kw)}, {compiler.process(path, **kw)}"
    return f"CASE typeof(found.value) WHEN 'integer' THEN found.value ELSE exact_number({at}) END"


def extend_sqlite(connection: Any) -> None:
    """Teach a new SQLite connection the functions of this module."""
    connection.create_function("short_scalar", 2, _short_scalar, deterministic=True)


def _short_scalar(properties: str, place: str) -> str | None:
    value: Any = exact_json.loads(properties)
    for step in path_of(place):
        if not _leads_on(value, step):
            return None
        value = value[step]
    if value is None or isinstance(value, dict | list):
        return None
    found = typed_text(value)
    return found if len(found.encode()) <= LONGEST else None


def _leads_on(value: Any, step: Step) -> bool:
    if isinstance(step, int):
        return isinstance(value, list) and step < len(value)
    return isinstance(value, dict) and step in value


_IS_NUMBER = "found.type IN ('integer', 'real')"


@compiles(json_string, "sqlite")
def _json_string_sqlite(element: json_string, compiler: SQLCompiler, **kw: Any) -> str:
    return _select("CASE found.type WHEN 'text' THEN found.value END", element, compiler, kw)


@compiles(json_equals, "sqlite")
def _json_equals_sqlite(element: json_equals, compiler: SQLCompiler, **kw: Any) -> str:
    found, value, *_ = element.clauses
    return f"({compiler.process(found, **kw)} = {compiler.process(value, **kw)})"


@compiles(json_exists, "sqlite")
def _json_exists_sqlite(element: json_exists, compiler: SQLCompiler, **kw: Any) -> str:
    found = _select("found.type <> 'null'", element, compiler, kw)
    return f"coalesce({found}, 0)"


@compiles(json_scalar, "sqlite")
def _json_scalar_sqlite(element: json_scalar, compiler: SQLCompiler, **kw: Any) -> str:
    typed = (
        "CASE WHEN found.type = 'text' THEN 's' || found.value"
        " WHEN found.type IN ('true', 'false') THEN found.type"
        f" WHEN {_IS_NUMBER} THEN 'n' || {_exact(element, compiler, kw)} END"
    )
    return _select(typed, element, compiler, kw)


@compiles(is_one_of, "sqlite")
def _is_one_of_sqlite(element: is_one_of, compiler: SQLCompiler, **kw: Any) -> str:
    found, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({found} IN (SELECT value FROM json_each({values})))"


@compiles(short_scalar, "sqlite")
def _short_scalar_sqlite(element: short_scalar, compiler: SQLCompiler, **kw: Any) -> str:
    return f"short_scalar{compiler.process(element.clause_expr, **kw)}"


@compiles(json_number, "sqlite")
def _json_number_sqlite(element: json_number, compiler: SQLCompiler, **kw: Any) -> str:
    number = f"CASE WHEN {_IS_NUMBER} THEN {_exact(element, compiler, kw)} END"
    return _select(f"CAST({number} AS TEXT)", element, compiler, kw)


@compiles(json_sign, "sqlite")
def _json_sign_sqlite(element: json_sign, compiler: SQLCompiler, **kw: Any) -> str:
    _, _, parameters, _ = element.split()
    digits, low, high = (compiler.process(parameter, **kw) for parameter in parameters)
    sign = (
        f"CASE WHEN found.value < {low} THEN -1 WHEN found.value > {high} THEN 1"
        f" ELSE exact_sign({_exact(element, compiler, kw)}, {digits}) END"
    )
    return _select(f"CASE WHEN {_IS_NUMBER} THEN {sign} END", element, compiler, kw)


@compiles(json_sum_sign, "sqlite")
def _json_sum_sign_sqlite(element: json_sum_sign, compiler: SQLCompiler, **kw: Any) -> str:
    return _aggregate("exact_sum_sign", element, compiler, kw)


@compiles(json_average_sign, "sqlite")
def _json_average_sign_sqlite(element: json_average_sign, compiler: SQLCompiler, **kw: Any) -> str:
    return _aggregate("exact_average_sign", element, compiler, kw)


def _aggregate(name: str, element: AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    _, _, (digits, *_), _ = element.split()
    number = f"CASE WHEN {_IS_NUMBER} THEN {_exact(element, compiler, kw)} END"
    found = _select(number, element, compiler, kw)
    return f"{name}({found}, {compiler.process(digits, **kw)})"


@compiles(sign_of, "sqlite")
def _sign_of_sqlite(element: sign_of, compiler: SQLCompiler, **kw: Any) -> str:
    integer, number = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"exact_sign({integer}, {number})"
