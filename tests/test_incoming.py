"""The checks of an event on its way in, sentence by sentence."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import exact_json
from pipeline.errors import Invalid
from pipeline.events.incoming import NewEvent, as_object, normalize_email, parse
from pipeline.ids import customer_id
from pipeline.limits import is_email
from tests.factories import NOW, TICK

GOOD: dict[str, Any] = {"email": "ada@example.com", "type": "purchase"}

EMAIL_REQUIRED = "Email is required"
TYPE_REQUIRED = "Event type is required"
EMAIL_FORMAT = "Invalid email format"
PROPERTIES_OBJECT = "Properties must be a JSON object"
DATE_FORMAT = "Invalid occurredAt date format"
IN_FUTURE = "occurredAt is in the future"
IN_RANGE = "properties must hold numbers within a double's range"


def parsed(key: object = None, **fields: object) -> NewEvent:
    """A good event with these fields changed."""
    return parse({**GOOD, **fields}, key=key, now=NOW)


def moment(event: NewEvent) -> datetime:
    return datetime.fromisoformat(event.occurred_at).replace(tzinfo=UTC)


def refusal(fields: object, key: object = None) -> str:
    with pytest.raises(Invalid) as caught:
        parse(fields, key=key, now=NOW)
    return str(caught.value)


def nested(levels: int) -> dict[str, object]:
    """An object of so many levels, itself included."""
    return {"in": nested(levels - 1)} if levels > 1 else {}


# -------------------------------------------------------------------------------- order, sentences
def test_the_first_failing_check_is_the_one_reported() -> None:
    long = "x" * 300
    corrections: list[tuple[dict[str, object], str]] = [
        ({"properties": [], "occurredAt": 5}, EMAIL_REQUIRED),
        ({"email": f"{long}@x"}, TYPE_REQUIRED),
        ({"type": long}, EMAIL_FORMAT),
        ({"email": f"{long}@x.y"}, PROPERTIES_OBJECT),
        ({"properties": nested(33)}, DATE_FORMAT),
        ({"occurredAt": "2027-01-01"}, IN_FUTURE),
        ({"occurredAt": None}, "email must be at most 254 characters"),
        ({"email": "ada@example.com"}, "type must be at most 200 characters"),
        ({"type": "purchase"}, "idempotency key must be at most 255 characters"),
    ]
    fields: dict[str, object] = {}
    for correction, sentence in corrections:
        fields |= correction
        assert refusal(fields, key=long) == sentence
    assert refusal(fields) == "properties must nest at most 32 levels"


@pytest.mark.parametrize("body", [None, True, 5, "text", [GOOD], []], ids=repr)
def test_what_is_no_object_counts_as_one_without_fields(body: object) -> None:
    assert refusal(body) == EMAIL_REQUIRED
    assert as_object(body) == {}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": None}, EMAIL_REQUIRED),
        ({"email": ""}, EMAIL_REQUIRED),
        ({"email": 5}, EMAIL_REQUIRED),
        ({"email": ["ada@example.com"]}, EMAIL_REQUIRED),
        ({"email": "", "customer": {"email": "ada@example.com"}}, EMAIL_REQUIRED),
        ({"email": None, "customer": {"email": ""}}, EMAIL_REQUIRED),
        ({"email": None, "customer": {"email": 5}}, EMAIL_REQUIRED),
        ({"email": None, "customer": "ada@example.com"}, EMAIL_REQUIRED),
        ({"email": " "}, EMAIL_FORMAT),
        ({"email": "ada"}, EMAIL_FORMAT),
        ({"email": "ada@example"}, EMAIL_FORMAT),
        ({"email": "ada@.com"}, EMAIL_FORMAT),
        ({"email": "ada@example."}, EMAIL_FORMAT),
        ({"email": "@example.com"}, EMAIL_FORMAT),
        ({"email": "ada@bob@example.com"}, EMAIL_FORMAT),
        ({"email": "ada lovelace@example.com"}, EMAIL_FORMAT),
        ({"email": "ada@example.com\u2003x"}, EMAIL_FORMAT),
        ({"type": None}, TYPE_REQUIRED),
        ({"type": ""}, TYPE_REQUIRED),
        ({"type": " \t\n\u2003"}, TYPE_REQUIRED),
        ({"type": 5}, TYPE_REQUIRED),
        ({"type": ["purchase"]}, TYPE_REQUIRED),
        ({"properties": None}, PROPERTIES_OBJECT),
        ({"properties": []}, PROPERTIES_OBJECT),
        ({"properties": "{}"}, PROPERTIES_OBJECT),
        ({"properties": 0}, PROPERTIES_OBJECT),
    ],
    ids=repr,
)
def test_a_field_that_does_not_fit_is_refused(fields: dict[str, object], sentence: str) -> None:
    assert refusal({**GOOD, **fields}) == sentence


@pytest.mark.parametrize("key", [5, True, ["k"], {}], ids=repr)
def test_a_key_that_is_no_string_is_refused(key: object) -> None:
    assert refusal(GOOD, key=key) == "idempotencyKey must be a string"


# ------------------------------------------------------------------------------------------ limits
@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "\udc00b", "a\udfff"], ids=ascii)
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "a{}@example.com"}, "email"),
        ({"type": "a{}a"}, "type"),
        ({"properties": {"name": "{}"}}, "properties"),
        ({"properties": {"{}": 1}}, "properties"),
        ({"properties": {"in": [1, {"deep{}": [None, "{}"]}]}}, "properties"),
    ],
)
def test_what_no_database_can_store_is_refused(
    fields: dict[str, object], field: str, text: str
) -> None:
    what = "NUL characters" if "\0" in text else "lone surrogates"
    filled_in = json.loads(json.dumps(fields).replace("{}", json.dumps(text)[1:-1]))
    assert refusal({**GOOD, **filled_in}) == f"{field} must not contain {what}"


@pytest.mark.parametrize(
    ("key", "what"), [("a\0", "NUL characters"), ("\ud800", "lone surrogates")], ids=ascii
)
def test_a_key_that_no_database_can_store_is_refused(key: str, what: str) -> None:
    assert refusal(GOOD, key=key) == f"idempotency key must not contain {what}"


def test_what_looks_like_an_escaped_nul_is_ordinary_text() -> None:
    assert exact_json.loads(parsed(properties={r"\u0000": r"\u0000"}).properties) == {
        r"\u0000": r"\u0000"
    }


def test_texts_as_long_as_allowed_are_accepted_and_one_character_more_is_not() -> None:
    email, key = "é" * 250 + "@x.y", "k" * 255
    event = parsed(key, email=email, type="é" * 200)
    assert (event.email, event.type, event.idempotency_key) == (email, "é" * 200, key)
    assert refusal({**GOOD, "email": "e" + email}) == "email must be at most 254 characters"
    assert refusal({**GOOD, "type": "t" * 201}) == "type must be at most 200 characters"
    assert refusal(GOOD, key=key + "k") == "idempotency key must be at most 255 characters"


def test_spaces_around_a_text_do_not_count_for_its_length() -> None:
    event = parsed(f" {'k' * 255} ", type=f" {'t' * 200} ", email=f" {'a' * 250}@x.y\n")
    assert (len(event.email), len(event.type), len(event.idempotency_key or "")) == (254, 200, 255)


@pytest.mark.parametrize("character", ["x", "é", "🎉", '"', "\n"], ids=ascii)
def test_properties_may_have_32_kib_as_compact_json(character: str) -> None:
    each = len(json.dumps(character, ensure_ascii=False).encode()) - 2
    room = 32 * 1024 - len('{"a":""}')
    text = character * (room // each) + "x" * (room % each)
    assert len(parsed(properties={"a": text}).properties.encode()) == 32 * 1024
    longer = {**GOOD, "properties": {"a": text + "x"}}
    assert refusal(longer) == "properties must be at most 32 KiB as JSON"


def test_properties_may_be_as_many_as_have_room() -> None:
    many = {f"{number:x}": 0 for number in range(3_600)}
    assert exact_json.loads(parsed(properties=many).properties) == many
    more = {**GOOD, "properties": dict.fromkeys(map(str, range(100_000)), 0)}
    assert refusal(more) == "properties must be at most 32 KiB as JSON"


def test_properties_may_nest_32_levels() -> None:
    assert exact_json.loads(parsed(properties=nested(32)).properties) == nested(32)
    assert refusal({**GOOD, "properties": nested(33)}) == "properties must nest at most 32 levels"
    lists = {**GOOD, "properties": json.loads('{"a":' + "[" * 32 + "]" * 32 + "}")}
    assert refusal(lists) == "properties must nest at most 32 levels"


@pytest.mark.parametrize(
    "number",
    [
        *("NaN", "Infinity", "-Infinity", "1e400", "-1e309", "1e-400", "9" * 310, "9" * 5000),
        *("1e99999999999999999999", "-1e-99999999999999999999"),
    ],
    ids=lambda number: number[:10],
)
def test_numbers_beyond_a_double_are_refused(number: str) -> None:
    for text in (f'{{"n":{number}}}', f'{{"in":[{{"n":{number}}}]}}'):
        assert refusal({**GOOD, "properties": exact_json.loads(text)}) == IN_RANGE


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_decimals_that_are_no_numbers_are_refused(number: str) -> None:
    assert refusal({**GOOD, "properties": {"n": Decimal(number)}}) == IN_RANGE


def test_a_number_of_too_many_decimals_is_refused() -> None:
    allowed = {"n": Decimal("0." + "1" * 16_000)}
    assert exact_json.loads(parsed(properties=allowed).properties) == allowed
    longer = {**GOOD, "properties": {"n": Decimal("0." + "1" * 16_001)}}
    assert refusal(longer) == "properties must hold numbers of at most 16000 decimals"


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "1.7976931348623157e308", "5e-324", "0.1234567890123456789", "9" * 308],
    ids=lambda number: number[:10],
)
def test_numbers_are_kept_exactly(number: str) -> None:
    properties = parsed(properties=exact_json.loads(f'{{"n":{number}}}')).properties
    assert Decimal(properties.removeprefix('{"n":').removesuffix("}")) == Decimal(number)


@pytest.mark.parametrize("value", [object, {1}, NOW, 1j, {(1, 2): 3}], ids=repr)
def test_what_is_not_json_is_refused(value: object) -> None:
    fields = {**GOOD, "properties": {"value": value}}
    assert refusal(fields) == "properties must hold JSON values only"


def test_a_name_that_is_no_text_becomes_what_json_makes_of_it() -> None:
    assert parsed(properties={1: "a", None: 2}).properties == '{"1":"a","null":2}'


# ------------------------------------------------------------------------------------------- times
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01", datetime(2026, 6, 1, tzinfo=UTC)),
        ("2026-06-01T10:30:00Z", datetime(2026, 6, 1, 10, 30, tzinfo=UTC)),
        ("2026-06-01t10:30:00z", datetime(2026, 6, 1, 10, 30, tzinfo=UTC)),
        ("2026-06-01 10:30:00", datetime(2026, 6, 1, 10, 30, tzinfo=UTC)),
        ("2026-06-01T10:30", datetime(2026, 6, 1, 10, 30, tzinfo=UTC)),
        ("20260601T103000Z", datetime(2026, 6, 1, 10, 30, tzinfo=UTC)),
        ("2026-W23-1", datetime(2026, 6, 1, tzinfo=UTC)),
        ("2026-06-01T10:30:00.123456Z", datetime(2026, 6, 1, 10, 30, 0, 123456, tzinfo=UTC)),
        ("2026-06-01T10:30:00.5Z", datetime(2026, 6, 1, 10, 30, 0, 500000, tzinfo=UTC)),
        ("2026-06-01T10:30:00.123456789Z", datetime(2026, 6, 1, 10, 30, 0, 123456, tzinfo=UTC)),
        ("2026-06-01T10:30:00+05:30", datetime(2026, 6, 1, 5, tzinfo=UTC)),
        ("2026-06-01T10:30:00-08:00", datetime(2026, 6, 1, 18, 30, tzinfo=UTC)),
        ("2026-06-01T10:30:00,5+00:00:30", datetime(2026, 6, 1, 10, 29, 30, 500000, tzinfo=UTC)),
        ("2026-06-01T10+02", datetime(2026, 6, 1, 8, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1969-12-31T23:00:00-01:00", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_a_moment_in_utc(text: str, expected: datetime) -> None:
    assert moment(parsed(occurredAt=text)) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "yesterday", "now", "2026", "2026-06", "15.06.2026", "06/15/2026", "1750000000",
        "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-01", "2026-06-31", "2026-06-01T25:00",
        "2026-06-01T10:60", "2026-06-01T10:30:61Z", "2026-06-01T", "2026-06-01T10:30:00+25:00",
        "2026-06-01T10:30:00 UTC", "Mon, 01 Jun 2026 10:30:00 GMT", " 2026-06-01", "2026-06-01 ",
        "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00+00:01", "0001-01-01", "0000-01-01",
        "9999-12-31T23:59:59-00:01", "10000-01-01", "-2026-06-01", "+12026-06-01",
        "2026-06-01\x0010:30", "2026-06-01\ud80010:30", "2026-06-01x10:30", "2026-06-01-10",
        "2026-06-01T10300012", "2026-06-01T10:30:0012", "2026-06-01T10:30:00+01000012",
        "2026-06-01T10:30\0", "2026-06-01T10:30:00Z\0", "2026-06-01010", "２０２６-06-01",  # noqa: RUF001
        0, 1750000000, 1750000000.5, True, False, [], {}, ["2026-06-01"],
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_time_is_refused(value: object) -> None:
    assert refusal({**GOOD, "occurredAt": value}) == DATE_FORMAT


def test_no_time_means_now() -> None:
    assert moment(parsed()) == moment(parsed(occurredAt=None)) == NOW


def test_a_time_may_be_five_minutes_ahead_and_not_a_microsecond_more() -> None:
    latest = NOW + timedelta(minutes=5)
    assert moment(parsed(occurredAt=latest.isoformat())) == latest
    assert refusal({**GOOD, "occurredAt": (latest + TICK).isoformat()}) == IN_FUTURE
    assert refusal({**GOOD, "occurredAt": "9999-12-31T23:59:59Z"}) == IN_FUTURE


def test_a_datetime_is_a_time_too() -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    there = datetime(2026, 6, 1, 10, 30, tzinfo=kolkata)
    assert moment(parsed(occurredAt=there)) == datetime(2026, 6, 1, 5, tzinfo=UTC)
    assert moment(parsed(occurredAt=NOW.replace(tzinfo=None))) == NOW


# ----------------------------------------------------------------------------------------- address
@given(st.text("ab.@ \n", max_size=12))
def test_an_address_is_x_at_y_dot_z(text: str) -> None:
    name, _, domain = text.strip().partition("@")
    is_one_word = not any(map(str.isspace, text.strip()))
    assert is_email(text) == bool(
        name and "." in domain[1:-1] and "@" not in domain and is_one_word
    )


@pytest.mark.parametrize("domain", ["b." * 30_000, "." * 60_000], ids=["names", "dots"])
def test_a_long_address_is_refused_as_soon_as_it_is_read(domain: str) -> None:
    begun = time.process_time()
    assert refusal({**GOOD, "email": f"a@{domain}@"}) == EMAIL_FORMAT
    assert time.process_time() - begun < 1


# ------------------------------------------------------------------------------- what is made of it
def test_texts_are_trimmed_and_the_address_is_lower_cased() -> None:
    event = parsed(" Key-1\n", email=" Ada@Example.COM ", type="\tAdded To Cart ")
    assert event.email == "ada@example.com"
    assert event.type == "Added To Cart"
    assert event.idempotency_key == "Key-1"


@pytest.mark.parametrize("given_email", [{}, {"email": None}], ids=repr)
def test_the_address_may_stand_in_customer(given_email: dict[str, object]) -> None:
    fields = {**given_email, "type": "purchase", "customer": {"email": "Ada@example.com"}}
    assert parse(fields, now=NOW).email == "ada@example.com"


def test_the_outer_address_wins_over_that_in_customer() -> None:
    assert parsed(customer={"email": "bob@example.com"}).email == "ada@example.com"


def test_unknown_fields_are_ignored_and_properties_default_to_none() -> None:
    assert parsed(colour="red", id="5", idempotencyKey="k").properties == "{}"
    assert parsed(idempotencyKey="k").idempotency_key is None


@pytest.mark.parametrize("key", [None, "", " ", "\t\n\u2003"], ids=ascii)
def test_a_blank_key_is_no_key(key: str | None) -> None:
    assert parsed(key).idempotency_key is None
    assert parsed(key).id != parsed(key).id


def test_an_event_with_a_key_has_the_same_id_each_time() -> None:
    assert parsed("k").id == parsed(" k ", type="visit", email="ADA@example.com").id
    assert len({parsed("k").id, parsed("K").id, parsed("k", email="bob@example.com").id}) == 3


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=255))
def test_the_id_of_an_event_with_a_key_is_the_keys_uuid5(key: str) -> None:
    if key := key.strip():
        assert parsed(key).id == uuid.uuid5(customer_id("ada@example.com"), key).hex


def test_the_id_of_an_event_without_a_key_is_a_random_uuid() -> None:
    ids = [uuid.UUID(parsed().id) for _ in range(100)]
    assert len(set(ids)) == 100
    assert {(id_.version, id_.variant) for id_ in ids} == {(4, uuid.RFC_4122)}


def test_a_customer_keeps_the_id_that_other_databases_know_them_by() -> None:
    assert str(customer_id("ada@example.com")) == "b0bfe197-1fa1-53fe-bfbb-e59736b7dc65"


def test_the_customers_id_comes_from_the_normalised_address() -> None:
    assert parsed(email=" ADA@example.com").customer_id == customer_id("ada@example.com").hex


def test_an_address_alone_is_checked_likewise() -> None:
    assert normalize_email(" Ada@Example.com ") == "ada@example.com"
    for text, sentence in [
        ("ada", EMAIL_FORMAT),
        ("a" * 251 + "@x.y", "email must be at most 254 characters"),
        ("a\0@x.y", "email must not contain NUL characters"),
    ]:
        with pytest.raises(Invalid, match=sentence):
            normalize_email(text)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.text(st.characters(categories=["Cs", "Cc", "Nd", "Zs"]))
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.datetimes().map(datetime.isoformat)
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)
FIELDS = ("email", "type", "properties", "occurredAt", "customer")
NEARLY_GOOD = st.dictionaries(st.sampled_from(FIELDS), ANYTHING).map(GOOD.__or__)
WITH_PROPERTIES = st.dictionaries(st.text(), ANYTHING).map(lambda p: {**GOOD, "properties": p})


@given(ANYTHING | NEARLY_GOOD | WITH_PROPERTIES, ANYTHING)
def test_anything_is_accepted_or_refused_with_a_sentence(fields: object, key: object) -> None:
    try:
        event = parse(fields, key=key, now=NOW)
    except Invalid as error:
        said = str(error)
    else:
        said = ""
        assert isinstance(exact_json.loads(event.properties), dict)
    assert said.isascii()
