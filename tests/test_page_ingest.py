"""Ingest: one event by form, many from a file, each with an answer."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
import sqlalchemy as sa
import streamlit as st
from factories import NOW, address, bought, buyers, count_rows, did
from files import csv_text, json_lines, shared_data
from pyarrow import parquet
from screens import links, metrics
from streamlit.testing.v1 import AppTest

from pages.file import imports
from pipeline.database import Database
from pipeline.files import ImportReport, import_file
from pipeline.models import Customer, Event

Screen = Callable[..., AppTest]


def press(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    assert list(page.exception) == []


def said(page: AppTest) -> list[str]:
    """All sentences in boxes: answers, hints, refusals."""
    boxes = (page.success, page.info, page.warning, page.error)
    return [box.value for kind in boxes for box in kind]


def fill(page: AppTest, **values: str) -> None:
    """Type into the form; the last field as the others runs the page."""
    for name, value in values.items():
        if name == "type":
            page.selectbox(key="ingest_type").set_value(value)
        else:
            page.text_input(key=f"ingest_{name}").set_value(value)
    page.run()
    assert list(page.exception) == []


def on(page: AppTest, day: date) -> None:
    """Pick the day of the event, which brings the field for its time."""
    page.date_input(key="ingest_date").set_value(day).run()
    assert list(page.exception) == []


def stored(database: Database) -> list[tuple[Any, ...]]:
    query = sa.select(
        Customer.email, Event.type, Event.properties, Event.occurred_at, Event.idempotency_key
    ).join(Customer)
    with database.read() as session:
        return [tuple(row) for row in session.execute(query.order_by(Event.occurred_at))]


# ---------------------------------------------------------------------------------------- one event
def test_an_event_is_stored_and_leads_to_its_customer(
    database: Database, screen: Screen, now: datetime
) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "ingest")
    fill(page, email=" Grace@Example.com", type="purchase", properties='{"sku": "MUG-01"}')
    press(page, "Store event")
    assert said(page) == ["Created: the event is stored."]
    assert "Timeline of grace@:small[]example.com" in links(page)
    event = ("grace@example.com", "purchase", {"sku": "MUG-01"}, now, None)
    assert event in stored(database)


def test_an_event_whose_key_was_seen_is_there_already(database: Database, screen: Screen) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "ingest")
    fill(page, email="grace@example.com", type="purchase", key="order-1")
    for answer in ("Created: the event is stored.", "Already there: this customer has an event"):
        press(page, "Store event")
        assert said(page)[0].startswith(answer)
    assert count_rows(database, Event) == 2


def test_types_that_exist_are_offered_with_their_counts(database: Database, screen: Screen) -> None:
    buyers(database, 1_000)
    did(database, "ada@example.com", "login")
    page = screen(database, "ingest")
    assert page.selectbox(key="ingest_type").options == [
        "purchase\u2002·\u20021,000",
        "login\u2002·\u20021",
    ]


def test_a_time_is_the_viewers(database: Database, screen: Screen) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "ingest")
    on(page, date(2026, 6, 1))
    page.time_input(key="ingest_time").set_value(time(9, 30))
    fill(page, email="grace@example.com", type="purchase")
    press(page, "Store event")
    assert stored(database)[0][3] == datetime(2026, 6, 1, 7, 30, tzinfo=UTC)


def test_a_day_without_a_time_is_its_midnight(database: Database, screen: Screen) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "ingest")
    assert list(page.time_input) == []
    on(page, date(2026, 6, 1))
    fill(page, email="grace@example.com", type="purchase")
    press(page, "Store event")
    assert stored(database)[0][3] == datetime(2026, 5, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (NOW.date() + timedelta(days=1), "The time is in the future"),
        (date(1970, 1, 1), "The time is before 1970"),  # in Berlin that began an hour early
    ],
)
def test_a_time_that_cannot_be_is_refused_in_the_words_of_the_form(
    database: Database, screen: Screen, day: date, sentence: str
) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "ingest")
    on(page, day)
    fill(page, email="grace@example.com", type="purchase")
    press(page, "Store event")
    assert said(page) == [sentence]
    assert count_rows(database, Event) == 1


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "Email is required"),
        ({"email": "grace@example.com"}, "Event type is required"),
        ({"email": "grace", "type": "purchase"}, "Invalid email format"),
        ({"properties": "[1]"}, "Properties must be a JSON object"),
        ({"email": "*a*", "type": "purchase"}, "Invalid email format"),
    ],
)
def test_a_refused_event_is_one_sentence_and_stays_in_the_form(
    database: Database, screen: Screen, values: dict[str, str], sentence: str
) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "ingest")
    fill(page, **values)
    press(page, "Store event")
    assert said(page) == [sentence]
    kept = {name: page.session_state[f"ingest_{name}"] for name in values}
    assert kept == values
    assert count_rows(database, Event) == 1


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_properties_are_checked_while_they_are_typed(database: Database, screen: Screen) -> None:
    page = screen(database, "ingest")
    for text, sentence in (
        ("", "What is to be known of the event."),
        ('{"sku": ', "Properties are not JSON: expecting value at the end"),
        ('{"sku": "MUG-01"}', "1 property"),
    ):
        fill(page, properties=text)
        assert any(sentence in each.value for each in (*page.caption, *page.markdown))
    assert said(page) == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_call_over_http_is_that_of_the_form(database: Database, screen: Screen) -> None:
    page = screen(database, "ingest")
    assert "ada@example.com" in page.code[0].value
    fill(page, email="it's@example.com", key="a 'key'", properties='{"sku": "MUG-01"}')
    curl, python = (code.value for code in page.code)
    assert curl.startswith("curl -d '{")
    assert curl.endswith(" \\\n  http://localhost:8501/api/events")
    assert """-H 'Idempotency-Key: a '"'"'key'"'"''""" in curl
    assert '  "email": "it\'s@example.com"' in python
    fill(page, properties="{")
    assert list(page.code) == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_form_can_be_emptied(database: Database, screen: Screen) -> None:
    page = screen(database, "ingest")
    fill(page, email="grace@example.com", properties="{}", key="k")
    on(page, date(2026, 6, 1))
    page.time_input(key="ingest_time").set_value(time(9, 30))
    press(page, "Clear")
    assert {field.value for field in page.text_input} <= {"", None}
    assert page.date_input(key="ingest_date").value is None
    on(page, date(2026, 6, 2))
    assert page.time_input(key="ingest_time").value == time()
    assert said(page) == []


# ------------------------------------------------------------------------------------------- a file
VISITS = csv_text(
    [
        ("customer_no", "event", "at", "sku"),
        ("17850.0", "purchase", "31.05.2026 09:30", "MUG-01"),
        ("17850.0", "purchase", "31.05.2026 09:30", "MUG-01"),
        ("13047.0", "page_view", "01.06.2026 10:00", ""),
        ("", "page_view", "01.06.2026 10:00", ""),
    ]
)


NO_ROWS = "has no rows that can be read"


def upload(page: AppTest, content: str | bytes = VISITS, name: str = "shop.csv") -> None:
    raw = content.encode() if isinstance(content, str) else content
    page.file_uploader[0].upload(name, raw).run()
    assert list(page.exception) == []


def of_file(page: AppTest) -> dict[str, Any]:
    """What is to be chosen of the file, by label."""
    return {each.label: each for each in page.selectbox if each.key != "ingest_type"}


def choose(page: AppTest, label: str, value: str) -> None:
    """Pick an option, or type another one, which a browser would add by itself."""
    selectbox = of_file(page)[label]
    if label == "E-mail" and value not in selectbox.options:
        selectbox.options.append(value)
    selectbox.set_value(value).run()
    assert list(page.exception) == []


def tables(page: AppTest) -> list[list[dict[str, Any]]]:
    return [table.value.to_dict("records") for table in page.dataframe]


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


def test_a_file_is_guessed_tried_and_imported(database: Database, screen: Screen) -> None:
    page = screen(database, "ingest")
    upload(page)
    assert {label: each.value for label, each in of_file(page).items()} == {
        "E-mail": "c{customer_no}@example.com",
        "Time": "at",
        "Event type": "Column event",
        "Time format": "31.01.2026 14:30 (%d.%m.%Y %H:%M)",
        "Time zone of times without one": "UTC",
        "Decimal sign": "Point: 1234.50",
        "Idempotency key": "The row's content",
    }
    rows, events = tables(page)
    assert rows[0]["customer_no"] == "17850.0"
    assert [events[0][name] for name in ("E-mail", "Event type", "Properties")] == [
        "c17850@example.com",
        "purchase",
        '{"sku":"MUG-01"}',
    ]

    press(page, "Dry run")
    numbers = {"There already": "0", "Refused": "1", "New customers": "2"}
    assert metrics(page) == {"Would be stored": "3", **numbers}
    assert captions(page)[-1] == (
        "The events are of 31 May 2026, 11:30 to 1 Jun 2026, 12:00 in Europe/Berlin."
    )
    assert tables(page)[2] == [{"Rows": 1, "Reason": "customer_no is blank"}]
    assert list(page.dataframe[2].value) == ["Rows", "Reason"]
    assert tables(page)[3][0]["line"] == "5"
    assert count_rows(database, Event) == 0

    press(page, "Import")
    assert metrics(page) == {"Stored": "3", **numbers}
    assert [each[:2] for each in stored(database)] == [
        ("c17850@example.com", "purchase"),
        ("c17850@example.com", "purchase"),
        ("c13047@example.com", "page_view"),
    ]
    assert [button.label for button in page.get("download_button")] == ["Download the refused rows"]

    press(page, "Import")
    assert metrics(page) == {
        "Stored": "0",
        "There already": "3",
        "Refused": "1",
        "New customers": "0",
    }
    assert any("Nothing new in 4 rows" in each.value for each in page.markdown)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_import_whose_rows_are_all_refused_says_so(database: Database, screen: Screen) -> None:
    rows = [["email", "time", "event"], ["ada@x.de", "2030-01-31", "buy"]]
    page = screen(database, "ingest")
    upload(page, csv_text(rows), "a.csv")
    press(page, "Import")
    said = [each.value for each in page.markdown]
    assert not any("Nothing new" in each for each in said)
    assert any(each.endswith(": all are refused.") for each in said)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_events_as_the_api_takes_them_are_imported_as_the_api_stores_them(
    database: Database, screen: Screen, now: datetime
) -> None:
    rows = [
        {
            "email": "ada@example.com",
            "type": "purchase",
            "occurredAt": now.isoformat(),
            "properties": {"sku": sku, "shop": {"city": "Bonn"}},
            "idempotencyKey": f"order-{sku}",
        }
        for sku in ("CUP", "MUG")
    ]
    page = screen(database, "ingest")
    upload(page, json_lines(rows), "a.jsonl")
    assert tables(page)[1][0]["Properties"] == '{"sku":"CUP","shop":{"city":"Bonn"}}'
    press(page, "Import")
    expected = [
        (row["email"], row["type"], row["properties"], now, row["idempotencyKey"]) for row in rows
    ]
    assert sorted(stored(database), key=str) == expected
    press(page, "Import")
    assert (metrics(page)["Stored"], metrics(page)["There already"]) == ("0", "2")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_columns_can_be_chosen_otherwise(
    database: Database, screen: Screen, now: datetime
) -> None:
    bought(database, "ada@example.com")
    page = screen(database, "ingest")
    upload(page)
    read_as = "A time without a zone is read as {} (see More options); all are shown in {}."
    assert read_as.format("UTC", "Europe/Berlin") in [each.value for each in page.caption]
    choose(page, "Event type", "Always purchase")
    choose(page, "Time zone of times without one", "Europe/London")
    assert read_as.format("Europe/London", "Europe/Berlin") in [each.value for each in page.caption]
    choose(page, "Idempotency key", "sku")
    page.segmented_control[0].set_value("Only some").run()
    page.multiselect[0].set_value(["event"]).run()
    page.toggle[0].set_value(True).run()
    press(page, "Import")
    assert metrics(page)["Stored"] == "1"
    event = ("c17850@example.com", "purchase", {"event": "purchase"}, now, "MUG-01")
    assert event in stored(database)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_report_is_shown_only_for_the_columns_it_was_made_with(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "ingest")
    upload(page)
    press(page, "Dry run")
    choose(page, "Time", "sku")
    assert metrics(page) == {}
    assert tables(page)[1][0]["Problem"] == "sku is not a time of the format ISO 8601"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_another_column_of_times_comes_with_the_format_of_its_own(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@x.de")
    rows = [["email", "date", "created"], ["ada@x.de", "31.01.2026", "2026-02-01"]]
    page = screen(database, "ingest")
    upload(page, csv_text(rows), "a.csv")
    choose(page, "Event type", "Always purchase")
    for column, format_ in [("created", "ISO 8601"), ("date", "%d.%m.%Y")]:
        choose(page, "Time", column)
        (label,) = (each.value for each in page.selectbox if each.label == "Time format")
        assert f"({format_})" in label
        press(page, "Dry run")
        assert metrics(page)["Refused"] == "0"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_dates_that_may_be_meant_the_other_way_round_are_told(
    database: Database, screen: Screen
) -> None:
    bought(database, "ada@x.de")
    rows = [["email", "date"], ["ada@x.de", "11/02/2026"], ["ada@x.de", "11/05/2026"]]
    page = screen(database, "ingest")
    upload(page, csv_text(rows), "a.csv")
    choose(page, "Event type", "Always purchase")
    assert said(page) == [
        "11/02/2026 is read as **11 February 2026**; it may mean 2 November 2026. For that, choose"
        " the other time format under More options."
    ]
    (menu,) = (each for each in page.selectbox if each.label == "Time format")
    choose(page, "Time format", next(each for each in menu.options if "(%m/%d/%Y)" in each))
    assert said(page)[0].startswith("11/02/2026 is read as **2 November 2026**")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_decimal_commas_are_found_out_and_can_be_taken_for_something_else(
    database: Database, screen: Screen
) -> None:
    rows = [["E-Mail", "Datum", "Ereignis", "Betrag"], ["ada@x.de", "2026-01-31", "Kauf", "8,50"]]
    page = screen(database, "ingest")
    upload(page, csv_text(rows, delimiter=";"), "a.csv")
    assert of_file(page)["Decimal sign"].value == "Comma: 1.234,50"
    assert tables(page)[1][0]["Properties"] == '{"Betrag":8.5}'
    assert said(page) == []
    choose(page, "Decimal sign", "Point: 1234.50")
    assert said(page) == [
        "With a decimal comma, **Betrag** would hold numbers instead of texts. For that, choose the"
        " other decimal sign under More options."
    ]
    press(page, "Import")
    assert stored(database)[0][2] == {"Betrag": "8,50"}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_file_of_two_decimal_signs_says_what_stays_text_with_either(
    database: Database, screen: Screen
) -> None:
    rows = [
        ["email", "date", "event", "paid", "kg"],
        ["ada@x.de", "2026-01-31", "buy", "8,5", "1.5"],
    ]
    page = screen(database, "ingest")
    upload(page, csv_text(rows, delimiter=";"), "a.csv")
    assert [each.partition(" would")[0] for each in said(page)] == [
        "With a decimal comma, **paid**"
    ]
    choose(page, "Decimal sign", "Comma: 1.234,50")
    assert [each.partition(" would")[0] for each in said(page)] == ["With a decimal point, **kg**"]
    assert tables(page)[1][0]["Properties"] == '{"paid":8.5,"kg":"1.5"}'


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_point_that_may_stand_for_thousands_is_said_to_be_taken_for_a_decimal_one(
    database: Database, screen: Screen
) -> None:
    rows = [
        ["E-Mail", "Datum", "Ereignis", "Betrag", "Menge"],
        ["ada@x.de", "2026-01-31", "Kauf", "8,50 €", "1.250"],
    ]
    page = screen(database, "ingest")
    upload(page, csv_text(rows, delimiter=";"), "a.csv")
    assert said(page) == [
        "With a decimal comma, the points in **Menge** would stand for thousands. For that, choose"
        " the other decimal sign under More options."
    ]
    choose(page, "Decimal sign", "Comma: 1.234,50")
    assert said(page) == []
    assert tables(page)[1][0]["Properties"] == '{"Betrag":"8,50 €","Menge":1250}'


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("delimiter", "other"), [(",", "1"), (";", "1.5"), (";", "1,5")])
def test_what_a_point_stands_for_is_not_asked_where_another_number_tells(
    database: Database, screen: Screen, delimiter: str, other: str
) -> None:
    rows = [
        ["email", "date", "event", "kg", "paid"],
        ["ada@x.de", "2026-01-31", "buy", "1.250", other],
    ]
    page = screen(database, "ingest")
    upload(page, csv_text(rows, delimiter=delimiter), "a.csv")
    assert said(page) == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_columns_of_one_name_are_numbered_and_said_to_be(
    database: Database, screen: Screen
) -> None:
    names = ["email", "date", "event", *["sku"] * 7]
    page = screen(database, "ingest")
    upload(page, csv_text([names, ["ada@x.de", "2026-01-31", "buy", *"ABCDEFG"]]), "a.csv")
    assert (
        "Numbered, since an earlier column has the same name: **sku 2**, **sku 3**, **sku 4**,"
        " **sku 5**, **sku 6**, …"
    ) in captions(page)
    assert tables(page)[1][0]["Properties"].startswith('{"sku":"A","sku 2":"B",')


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_cannot_be_guessed_has_to_be_chosen_first(database: Database, screen: Screen) -> None:
    page = screen(database, "ingest")
    upload(page, json_lines([{"who": "Ada Lovelace", "colour": "red"}]), "a.jsonl")
    assert said(page) == ["Say where to find: e-mail, time, event type."]
    assert "Import" not in [button.label for button in page.button]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_mapping_that_does_not_fit_is_one_sentence_at_once(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "ingest")
    upload(page)
    choose(page, "E-mail", "{customer}@example.com")
    assert said(page) == ["Unknown column 'customer'; the file has: customer_no, event, at, sku"]
    assert "Import" not in [button.label for button in page.button]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00", "a.csv.gz is not a whole gzip file"),
        ("a.parquet", b"PAR1", "a.parquet is not a readable Parquet file"),
        (
            "a.jsonl",
            rb'{"\ud800": 1}',
            "A column's name in a.jsonl must not contain lone surrogates",
        ),
        ("a.csv", b"email,time,type\n", f"a.csv {NO_ROWS}"),
        ("a.csv.gz", b"\x8f\xe2\x93", f"a.csv.gz {NO_ROWS}"),
        ("a.csv", b"a\n1,2\n1,2,3", f"a.csv {NO_ROWS}"),
        ("../../a b.csv", b"x,x\n", f"a b.csv {NO_ROWS}"),
        ("..", b"\0\0", "upload is not a text file; expected CSV, JSON Lines or Parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    database: Database, screen: Screen, name: str, content: bytes, sentence: str
) -> None:
    page = screen(database, "ingest")
    upload(page, content, name)
    assert said(page) == [sentence]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_rows_of_any_kind_of_value_are_shown(
    database: Database, screen: Screen, tmp_path: Path
) -> None:
    page = screen(database, "ingest")
    upload(page, rb'{"email": "a@x.com", "text": "\ud800", "list": [{"a": NaN}]}', "a.jsonl")
    shown = tables(page)[0][0]
    assert shown == {"email": "a@x.com", "text": "?", "list": '[{"a": NaN}]'}
    columns = {"at": [datetime(2026, 1, 2, tzinfo=UTC)], "tags": [{"on": [date(2026, 1, 2)]}]}
    parquet.write_table(arrow.table(columns), tmp_path / "a.parquet")
    upload(page, (tmp_path / "a.parquet").read_bytes(), "a.parquet")
    shown = tables(page)[0][0]
    assert shown == {"at": "2026-01-02 00:00:00+00:00", "tags": '{"on": ["2026-01-02"]}'}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_upload_is_on_the_disk_only_while_it_is_looked_at(
    database: Database, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    page = screen(database, "ingest")
    names = []
    for name in ("a.csv", "b.csv", None):
        if name:
            upload(page, name=name)
        else:
            page.file_uploader[0].clear().run()
        names.append([path.name for path in tmp_path.glob("pipeline-upload-*/file/*")])
    assert names == [["a.csv"], ["b.csv"], []]
    assert list(tmp_path.glob("pipeline-upload-*")) == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_import_that_fails_says_so_and_can_be_tried_again(
    database: Database, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    page = screen(database, "ingest")
    upload(page)
    (folder,) = tmp_path.glob("pipeline-upload-*")
    (folder / "refused.csv").mkdir()
    press(page, "Import")
    interrupted, refused = said(page)
    assert interrupted.startswith("The import of shop.csv was interrupted. What it had stored")
    assert refused.endswith("cannot be written: Is a directory")
    (folder / "refused.csv").rmdir()
    press(page, "Import")
    assert metrics(page)["Stored"] == "3"
    assert said(page) == []


def test_after_a_stop_nothing_is_shown_of_an_earlier_run(
    database: Database, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*file: Any, **options: Any) -> ImportReport:
        return import_file(*file, **options | {"on_progress": lambda *at: st.stop()})

    page = screen(database, "ingest")
    upload(page)
    press(page, "Dry run")
    assert metrics(page)["Refused"] == "1"
    monkeypatch.setattr(imports, "import_file", stopped)
    press(page, "Import")
    press(page, "Stop")
    assert metrics(page) == {}
    assert list(page.get("download_button")) == []
    assert [each.partition(" was ")[0] for each in said(page)] == ["The import of shop.csv"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_hundred_refused_rows_are_counted_and_the_first_shown(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "ingest")
    rows = [(address(each), "never" if each else "2026-01-01", "visit") for each in range(101)]
    upload(page, csv_text([("email", "time", "type"), ("", "2026-01-02", "visit"), *rows]))
    choose(page, "Time", "time")
    press(page, "Dry run")
    assert metrics(page)["Refused"] == "101"
    assert len(tables(page)[3]) == 10
    assert "The first 10 of 101." in [caption.value for caption in page.caption]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_rows_that_cannot_be_read_are_shown_as_far_as_there_are_columns(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "ingest")
    quote = '"' + "x" * 10_000
    good = "a@x.com,2026-01-01,visit"
    upload(page, f"email,time,type\n{good},1,2\n{good}\n{quote}\n", "a.csv")
    press(page, "Dry run")
    more, unreadable = tables(page)[3]
    assert list(more.values())[2:] == ["a@x.com", "2026-01-01", "visit"]
    assert list(unreadable.values())[2:] == [f"{quote[:200]}…", "", ""]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_dry_run_of_old_events_says_so_and_of_moved_ones_when_they_are_then(
    database: Database, screen: Screen
) -> None:
    page = screen(database, "ingest")
    upload(page, VISITS.replace("2026", "2024"))
    press(page, "Dry run")
    assert "1 Jun 2024, 12:00 in Europe/Berlin. Charts and rules of the" in captions(page)[-1]
    page.toggle[0].set_value(True).run()
    assert captions(page)[-1].endswith(" The import moves them so that the newest is now.")
    press(page, "Dry run")
    assert captions(page)[-1] == (
        "The events are of 14 Jun 2026, 13:30 to 15 Jun 2026, 14:00 in Europe/Berlin."
    )


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_real_data_needs_no_more_than_two_clicks(database: Database, screen: Screen) -> None:
    page = screen(database, "ingest")
    path = shared_data("shop-clickstream/ecom.csv.gz")
    upload(page, path.read_bytes(), path.name)
    page.button(key="ingest_import").click().run(timeout=120)
    assert metrics(page) == {
        "Stored": "31,106",
        "There already": "0",
        "Refused": "0",
        "New customers": "600",
    }
