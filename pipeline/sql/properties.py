"""What is under a path in a JSON column: its text, its number, its scalar, whether it is there.

A path is one step or several: a string is a key, taken literally whatever dots, quotes or dollars
are in it; a whole number picks an array element. A key of an array, or a number in an object, leads
nowhere. JSON null counts as nothing.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from pipeline import exact_json
from pipeline.sql.numbers import Number, canonical, path_of

Step = str | int


class Scalar(sa.types.TypeDecorator[Any]):
    """A string, number or boolean, equal to another when both type and value are.

    JSONB on PostgreSQL; on SQLite a text that begins with the type.
    """

    impl = sa.String()
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        impl: sa.types.TypeEngine[Any]
        impl = postgresql.JSONB() if dialect.name == "postgresql" else sa.String()
        return dialect.type_descriptor(impl)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return value if dialect.name == "postgresql" else typed_text(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        as_it_is = value is None or dialect.name == "postgresql"
        return value if as_it_is else _from_typed_text(value)


class _Scalars(sa.types.TypeDecorator[Sequence[Any]]):
    """Several scalars in one JSON array: as they are on PostgreSQL, as `typed_text` on SQLite."""

    impl = sa.String()
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, dialect: sa.Dialect) -> str:
        values = value if dialect.name == "postgresql" else [*map(typed_text, value or ())]
        return exact_json.dumps(values)


def scalar(value: str | Number | bool) -> sa.BindParameter[Any]:
    """A value for a `json_scalar` to be compared with."""
    return sa.literal(value, Scalar())


class Place(sa.types.TypeDecorator[Sequence[Step]]):
    """A path in a column, for `short_scalar`; it is not read back."""

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: Sequence[Step] | None, dialect: sa.Dialect) -> str | None:
        if value is None or dialect.name == "sqlite":
            return None if value is None else exact_json.dumps(value)
        # Strict: a key of an array, or a number in an object, is nowhere.
        steps = (f"[{s}]" if isinstance(s, int) else f".{exact_json.dumps(s)}" for s in value)
        return f"strict ${''.join(steps)}"


#: Bytes of a scalar as JSON up to which `short_scalar` is sure to find it.
SHORT = 200
_LONGEST = 1_000


def is_short(value: str | Number | bool) -> bool:
    """Whether `short_scalar` finds this value wherever it is."""
    return len(exact_json.dumps(value).encode()) <= SHORT


def typed_text(value: str | Number | bool) -> str:
    """A scalar as a text that only equal ones of the same type have."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"s{value}" if isinstance(value, str) else f"n{canonical(value)}"


def _from_typed_text(text: str) -> str | Number | bool:
    if text in ("true", "false"):
        return text == "true"
    return text[1:] if text.startswith("s") else exact_json.number(text[1:])


# ------------------------------------------------------------------------------------- functions
class _AtPath(sa.sql.functions.FunctionElement[Any]):
    """A function of a JSON column and a path in it; some have parameters beside."""

    inherit_cache = True

    def __init__(self, column: Any, *path: Step, parameters: Sequence[Any] = ()) -> None:
        steps = [sa.literal(s, sa.Integer() if isinstance(s, int) else sa.String()) for s in path]
        super().__init__(column, sa.literal(exact_json.dumps(path)), *parameters, *steps)

    def split(self) -> tuple[Any, Any, list[Any], list[Any]]:
        """The column, the path as JSON, the parameters and the steps of the path."""
        column, path, *rest = self.clauses
        return column, path, [], rest


class json_string(_AtPath):
    """`json_string(column, *path)`: the string there, else NULL."""

    type = sa.String()
    inherit_cache = True


class json_exists(_AtPath):
    """`json_exists(column, *path)`: whether anything but null is there; never NULL."""

    type = sa.Boolean()
    inherit_cache = True


class json_scalar(_AtPath):
    """`json_scalar(column, *path)`: the string, number or boolean there, else NULL."""

    type = Scalar()
    inherit_cache = True


class json_equals(sa.sql.functions.FunctionElement[bool]):
    """`json_equals(column, value, *path)`: whether the scalar there is this one.

    False or NULL where it is not.
    """

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, column: Any, value: str | Number | bool, *path: Step) -> None:
        is_text = isinstance(value, str)
        found = json_string(column, *path) if is_text else json_scalar(column, *path)
        equal = sa.literal(value) if is_text else scalar(value)
        containing = sa.literal(exact_json.dumps(_containing(value, path)))
        super().__init__(found, equal, column, containing)


def _containing(value: str | Number | bool, path: Sequence[Step]) -> Any:
    """The least that is around such a value: it does not say where in an array."""
    containing: Any = value
    for step in reversed(path):
        containing = [containing] if isinstance(step, int) else {step: containing}
    return containing


class is_one_of(sa.sql.functions.FunctionElement[bool]):
    """`is_one_of(json_scalar(…), values)`: whether it is one of the values; NULL for none.

    They are one parameter: SQLAlchemy takes seconds for 30,000, and SQLite takes no more.
    """

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, found: json_scalar, values: Sequence[Any]) -> None:
        super().__init__(found, sa.literal(values, _Scalars()))


class short_scalar(sa.sql.functions.FunctionElement[Any]):
    """`short_scalar(column, place)`: as `json_scalar` at a `Place`, unless it is too long to index.

    A text in an index has to fit into a third of a page, so this ends at 1,000 bytes: more than
    any value that `is_short` comes to, however either database writes it.
    """

    type = Scalar()
    inherit_cache = True


class json_number(_AtPath):
    """`json_number(column, *path)`: the number there, else NULL; a text of all its digits."""

    type = sa.String()
    inherit_cache = True


class _Compared(_AtPath):
    type = sa.Integer()
    inherit_cache = True

    def __init__(self, column: Any, number: Number, *path: Step) -> None:
        digits = sa.literal(str(canonical(number)), sa.String())
        near = (sa.literal(bound, sa.Float()) for bound in _neighbourhood(number))
        super().__init__(column, *path, parameters=(digits, *near))

    def split(self) -> tuple[Any, Any, list[Any], list[Any]]:
        column, path, *rest = self.clauses
        return column, path, rest[:3], rest[3:]


class json_sign(_Compared):
    """`json_sign(column, number, *path)`: -1, 0 or 1 for the number there minus `number`.

    NULL when there is none.
    """

    inherit_cache = True


class json_sum_sign(_Compared):
    """`json_sum_sign(column, number, *path)`: -1, 0 or 1 for the sum of all minus `number`.

    An aggregate; NULL when there is no number.
    """

    inherit_cache = True


class json_average_sign(_Compared):
    """`json_average_sign(column, number, *path)`: as `json_sum_sign`, for the average."""

    inherit_cache = True


class sign_of(sa.sql.functions.FunctionElement[int]):
    """`sign_of(integer, number)`: -1, 0 or 1 for an integer's column minus a number."""

    type = sa.Integer()
    inherit_cache = True

    def __init__(self, integer: Any, number: Number) -> None:
        super().__init__(integer, sa.literal(str(canonical(number)), sa.String()))


def _neighbourhood(number: Number) -> tuple[float, float]:
    # SQLite reads a decimal into a double, not always the nearest one. What lies outside of these
    # bounds is smaller or larger for certain; what lies between is compared digit by digit.
    double = float(number)
    margin = max(abs(double) * 1e-9, 1e-300)
    return double - margin, double + margin


# ------------------------------------------------------------------------------------ PostgreSQL
def _value(element: _AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
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


def _number(element: _AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    value = _value(element, compiler, kw)
    return _when("'number'", value, f"CAST({value} AS NUMERIC)")


def _difference(element: _AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> tuple[str, str]:
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
    return f"CASE WHEN octet_length(CAST({found} AS TEXT)) <= {_LONGEST} THEN {scalar} END"


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


# ----------------------------------------------------------------------------------------- SQLite
def _select(result: str, element: _AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
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


def _exact(element: _AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
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
    return found if len(found.encode()) <= _LONGEST else None


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


def _aggregate(name: str, element: _AtPath, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    _, _, (digits, *_), _ = element.split()
    number = f"CASE WHEN {_IS_NUMBER} THEN {_exact(element, compiler, kw)} END"
    found = _select(number, element, compiler, kw)
    return f"{name}({found}, {compiler.process(digits, **kw)})"


@compiles(sign_of, "postgresql")
def _sign_of_postgresql(element: sign_of, compiler: SQLCompiler, **kw: Any) -> str:
    integer, number = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"sign({integer} - CAST({number} AS NUMERIC))"


@compiles(sign_of, "sqlite")
def _sign_of_sqlite(element: sign_of, compiler: SQLCompiler, **kw: Any) -> str:
    integer, number = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"exact_sign({integer}, {number})"
