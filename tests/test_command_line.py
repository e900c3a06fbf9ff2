"""The command line: each command, its answers on stdout, its refusals in one sentence on stderr."""

import contextlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from pipeline import (
    __main__,
    create_campaign,
    create_segment,
    delivery,
    ingest,
    send_campaign,
    utcnow,
)
from pipeline.database import default
from pipeline.delivery import Message, Sender
from pipeline.models import Activity, Customer, Event
from tests.factories import BUYERS, Dying, Recorder, ask, count_rows, event
from tests.files import csv_text, write

SHOP = [
    ["who", "what", "at", "sku", "amount"],
    ["ada", "purchase", "2010-12-01 08:26", "MUG-01", "8.50"],
    ["bob", "purchase", "2010-12-01 09:00", "CAP-02", "19"],
    ["cy", "purchase", "2010-12-01 10:00", "", ""],
    ["dora", "page_view", "2010-12-01 11:00", "", ""],
    ["ada", "purchase", "2010-12-01 08:26", "MUG-01", "8.50"],
    ["", "purchase", "2010-12-01 12:00", "", ""],
]
IMPORT = ["--email", "{who}@x.com", "--type-column", "what", "--time", "at"]


@dataclass
class Answer:
    """How a command ended, and what it said."""

    status: object
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("preview", "purchase")`, in this process, on the database of the settings."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["pipeline", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            __main__.main()
        return Answer(end.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write(tmp_path / "shop.csv", csv_text(SHOP))


def python_m_pipeline(
    *arguments: object, stdout: int | IO[str] = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        env=os.environ | environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


# ------------------------------------------------------------------------------------------ journey
def test_from_a_file_to_sent_mails(
    run: Run, shop: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)

    imported = run("import", shop, *IMPORT, "--shift-to-now")
    assert imported.status == 0
    *lines, times, seconds = imported.out.splitlines()
    assert times.startswith("             events of 2")
    assert lines == [
        "           6 rows read",
        "           5 stored",
        "           0 duplicates",
        "           1 refused",
        "           1   who is blank",
        "           4 new customers",
    ]
    assert seconds.endswith("rows per second")
    assert imported.err == ""

    audience = "purchase in the last 30 days"
    preview = run("preview", audience)
    assert preview.out.splitlines() == [
        "3 customers who did purchase in the last 30 days",
        "ada@x.com",
        "bob@x.com",
        "cy@x.com",
    ]

    segment = run("segment", "Buyers", audience)
    assert segment.err == "customers who did purchase in the last 30 days\n"
    segment_id = uuid.UUID(segment.out.strip())
    assert run("segments").out == f"{segment_id}  Buyers\n"

    campaign_id = uuid.UUID(run("campaign", "Thanks", segment_id).out.strip())
    assert run("campaigns").out == f"{campaign_id}  draft     Thanks → Buyers\n"

    assert run("generate", campaign_id).out == "3 drafted\n"
    drafts = run("drafts", campaign_id, "--limit", 2).out
    assert [line for line in drafts.splitlines() if line.startswith(("To: ", "Subject: "))] == [
        f"To: ada@x.com  [generated]  {first_id(drafts, 0)}",
        "Subject: Still thinking about MUG-01?",
        f"To: bob@x.com  [generated]  {first_id(drafts, 1)}",
        "Subject: Still thinking about CAP-02?",
    ]

    assert run("approve", campaign_id, "--limit", 2).out == "2 approved\n"
    assert run("reject", campaign_id).out == "1 rejected\n"
    assert run("approve", campaign_id).out == "0 approved\n"
    assert run("send", campaign_id).out == "2 sent, 0 failed\n"
    assert run("send", campaign_id).out == "0 sent, 0 failed\n"
    assert run("campaigns").out == f"{campaign_id}  sent      Thanks → Buyers\n"


def first_id(drafts: str, number: int) -> uuid.UUID:
    """The id at the end of the line about the draft of that number."""
    heads = [line for line in drafts.splitlines() if line.startswith("To: ")]
    return uuid.UUID(heads[number].rpartition(" ")[2])


# ------------------------------------------------------------------------------------------- import
def stored() -> list[tuple[object, ...]]:
    columns = Customer.email, Event.type, Event.occurred_at, Event.properties
    with default().read() as session:
        rows = session.execute(sa.select(*columns).join(Customer).order_by(Event.occurred_at))
        return [tuple(row) for row in rows]


def test_every_option_of_the_import_reaches_it(run: Run, tmp_path: Path) -> None:
    content = (
        "mail^day^sku^note^order^paid\n"
        "ada@x.com^1.7.2011 09:30^MUG-01^caf\xe9^1^8,50\n"
        "ada@x.com^2.7.2011 09:30^MUG-02^^1^\n"
        "nobody^2.7.2011 09:30^MUG-02^^2^\n"
    )
    rejects = tmp_path / "rejects.csv"
    arguments = [
        *("import", write(tmp_path / "a.csv", content.encode("latin-1"))),
        *("--email", "mail", "--type", "purchase"),
        *("--time", "day", "--time-format", "%d.%m.%Y %H:%M", "--timezone", "Europe/London"),
        *("--property", "article=sku", "--property", "note", "--property", "paid"),
        *("--key", "{order}", "--decimal", ","),
        *("--encoding", "latin-1", "--delimiter", "^", "--rejects", rejects),
    ]
    dry = run(*arguments, "--dry-run")
    assert "1 would be stored\n" in dry.out
    assert " events of 2011-07-01 08:30 to 2011-07-02 08:30 UTC\n" in dry.out
    assert stored() == []
    real = run(*arguments)
    without_speed = slice(0, -1)
    assert real.out.splitlines()[without_speed] == [
        line.replace("would be stored", "stored") for line in dry.out.splitlines()[without_speed]
    ]
    properties = {"article": "MUG-01", "note": "café", "paid": 8.5}
    assert stored() == [
        ("ada@x.com", "purchase", datetime(2011, 7, 1, 8, 30, tzinfo=UTC), properties)
    ]
    assert rejects.read_text().splitlines()[1:] == [
        "4,Invalid email format,nobody,2.7.2011 09:30,MUG-02,,2,"
    ]


@pytest.mark.parametrize(
    ("options", "properties"),
    [
        ([], {"sku": "MUG-01", "amount": 8.5}),
        (["--property", "*"], {"sku": "MUG-01", "amount": 8.5}),
        (["--property", "price=amount", "--property", "*"], {"price": 8.5, "sku": "MUG-01"}),
        (["--property", "sku"], {"sku": "MUG-01"}),
    ],
)
def test_properties_are_named_or_all(
    run: Run, shop: Path, options: list[str], properties: dict[str, object]
) -> None:
    assert run("import", shop, *IMPORT, *options).status == 0
    assert stored()[0][3] == properties


@pytest.mark.parametrize(
    ("command", "title", "said"),
    [
        (("import", "{shop}", *IMPORT), "Importing", "6 rows read"),
        (("rebuild-activity",), "Rebuilding", "0 customers looked at"),
    ],
    ids=["import", "rebuild-activity"],
)
def test_what_takes_long_shows_a_bar_on_a_terminal(
    shop: Path, tmp_path: Path, command: tuple[str, ...], title: str, said: str
) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    arguments = [part.format(shop=shop, who="{who}") for part in command]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with (tmp_path / "answer").open("w") as answer:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments],
            env=environment,
            stdout=answer,
            stderr=theirs,
        )
    os.close(theirs)
    shown = all_that_comes(ours)
    assert process.wait() == 0
    assert said in (tmp_path / "answer").read_text()
    assert title in shown
    assert "━" in shown


def all_that_comes(terminal: int) -> str:
    """What is written to a terminal until the other side closes it."""
    shown = b""
    with contextlib.suppress(OSError):  # Linux's way to say the end
        while some := os.read(terminal, 1_000):
            shown += some
    os.close(terminal)
    return shown.decode()


# -------------------------------------------------------------------------------- preview, segments
def act(email: str, event_type: str) -> None:
    """An event just now, by the clock that the commands look at."""
    ask(default(), ingest, event(email, event_type, utcnow()), now=utcnow())


def buy(email: str) -> None:
    act(email, "purchase")


def test_an_audience_can_be_given_as_json(run: Run) -> None:
    buy("ada@x.com")
    definition = (
        '{"kind": "event_type_in_last_days", "eventType": "purchase", "days": 30}'  # as in the API
    )
    sentence = "1 customer who did purchase in the last 30 days"
    assert run("preview", "--definition", definition).out.splitlines() == [sentence, "ada@x.com"]
    assert run("segment", "Buyers", "--definition", definition).status == 0
    assert run("segments").out.endswith("  Buyers\n")


def test_a_preview_shows_the_number_and_the_first(run: Run) -> None:
    for number in range(60):
        buy(f"c{number:02}@x.com")
    first, *emails = run("preview", "purchase").out.splitlines()
    assert first.startswith("60 customers who ")
    assert emails == [f"c{number:02}@x.com" for number in range(50)]


def test_what_a_prompt_says_in_vain_is_said_beside_the_answer(run: Run) -> None:
    answer = run("preview", "purchased and lives in Bern")
    assert answer.out == "0 customers who did purchase in the last 30 days\n"
    assert answer.err == 'Not understood, and left out: "lives in Bern".\n'


def test_a_prompt_may_speak_of_any_event_type_that_there_is(run: Run) -> None:
    act("ada@x.com", "newsletter_opened")
    asked = "opened the newsletter this week"
    understood = "did newsletter_opened in the last 7 days"
    assert run("preview", asked).out.splitlines() == [f"1 customer who {understood}", "ada@x.com"]
    assert run("segment", "Readers", asked).err == f"customers who {understood}\n"


def test_a_preview_takes_the_whole_language_and_names_the_segments_it_uses(run: Run) -> None:
    buy("ada@x.com")
    buy("bob@x.org")
    bought = json.dumps(BUYERS)
    segment_id = run("segment", "Buyers", "--definition", bought).out.strip()
    definition = {
        "kind": "all",
        "rules": [
            {"kind": "segment", "segmentId": segment_id},
            {"kind": "not", "rule": {"kind": "email", "op": "ends_with", "value": "x.org"}},
        ],
    }
    sentence = 'are in the segment "Buyers" and do not have an address that ends with "x.org"'
    found = run("preview", "--definition", json.dumps(definition)).out.splitlines()
    assert found == [f"1 customer who {sentence}", "ada@x.com"]


def test_a_preview_can_be_as_of_a_moment(run: Run) -> None:
    buy("ada@x.com")
    (line,) = run("preview", "purchase", "--as-of", "2020-02-29").out.splitlines()
    assert line.startswith("0 customers who ")
    refused = run("preview", "purchase", "--as-of", "2021-02-29")
    assert (refused.status, refused.err) == (1, "Error: Invalid --as-of date format\n")


# ----------------------------------------------------------------------------------------- campaign
def campaign_of(*emails: str) -> uuid.UUID:
    for email in emails:
        buy(email)
    segment = ask(default(), create_segment, name="Buyers", definition=BUYERS, now=utcnow())
    campaign = ask(default(), create_campaign, name="Hi", segment_id=segment.id, now=utcnow())
    return campaign.id


def test_what_fails_is_counted_and_tried_again(run: Run) -> None:
    campaign_id = campaign_of("ada@x.com", "bob@shop.invalid")
    run("generate", campaign_id)
    run("approve", campaign_id)
    assert run("send", campaign_id).out == "1 sent, 1 failed\n"
    assert run("send", campaign_id).out == "0 sent, 1 failed\n"


@pytest.mark.parametrize(
    ("url", "sender", "sentence"),
    [
        ("", None, "The sender is simulated: no mail leaves this machine."),
        ("", Recorder(), "Mail goes out by a sender that was plugged in, Recorder."),
        (
            "smtp://127.0.0.1:1",
            None,
            "Mail really goes out: over 127.0.0.1:1, from shop@example.com.",
        ),
    ],
)
def test_whether_mail_really_goes_out_is_said_first(
    run: Run, url: str, sender: Sender | None, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    monkeypatch.setenv("MAIL_FROM", "shop@example.com")
    monkeypatch.setattr(delivery, "_plugged_in", sender)
    campaign_id = campaign_of("ada@x.com")
    run("generate", campaign_id)
    run("approve", campaign_id)
    assert run("send", campaign_id).err == f"{sentence}\n"


def test_settings_that_cannot_be_used_are_told_before_anything_is_sent(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://shop:hunter2@mail.example.com")
    answer = run("send", campaign_of("ada@x.com"))
    sentence = "MAIL_FROM is missing: with SMTP_URL, it is the address mail comes from"
    assert (answer.status, answer.err) == (1, f"Error: {sentence}\n")


def test_what_was_interrupted_is_sent_again_only_when_asked_to(run: Run) -> None:
    campaign_id = campaign_of("ada@x.com")
    run("generate", campaign_id)
    run("approve", campaign_id)
    with pytest.raises(KeyboardInterrupt):
        send_campaign(
            default(), campaign_id, clock=lambda: utcnow() - timedelta(hours=1), sender=Dying()
        )
    again = run("send", campaign_id)
    assert again.out == "0 sent, 0 failed\n"
    assert again.err == "1 may have gone out or not: look into the mail server's log\n"
    assert run("send", campaign_id, "--retry-interrupted", 90).out == "0 sent, 0 failed\n"
    assert run("send", campaign_id, "--retry-interrupted", 30).out == "1 sent, 0 failed\n"


def test_what_a_failing_sender_may_have_sent_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(Recorder):
        def send(self, _: Message) -> None:
            raise TimeoutError

    campaign_id = campaign_of("ada@x.com")
    run("generate", campaign_id)
    run("approve", campaign_id)
    monkeypatch.setattr(delivery, "_plugged_in", Failing())
    answer = run("send", campaign_id)
    assert answer.out == "0 sent, 0 failed\n"
    assert "1 may have gone out or not: look into the mail server's log" in answer.err
    monkeypatch.setattr(delivery, "_plugged_in", Recorder())
    assert run("send", campaign_id).out == "0 sent, 0 failed\n"
    assert run("send", campaign_id, "--retry-interrupted", 60).out == "1 sent, 0 failed\n"


def test_a_sending_that_stops_by_itself_ends_with_1(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("MAIL_FROM", "shop@example.com")
    campaign_id = campaign_of(*(f"c{number:02}@x.com" for number in range(12)))
    run("generate", campaign_id)
    run("approve", campaign_id)
    answer = run("send", campaign_id)
    assert (answer.status, answer.out) == (1, "0 sent, 10 failed\n")
    assert "127.0.0.1:1 cannot be connected to" in answer.err
    assert "the others can be sent when that is mended" in answer.err


def test_drafts_shows_ten_unless_told(run: Run) -> None:
    campaign_id = campaign_of(*(f"c{number:02}@x.com" for number in range(12)))
    assert run("generate", campaign_id).out == "12 drafted\n"
    assert run("drafts", campaign_id).out.count("To: ") == 10
    assert run("drafts", campaign_id, "--limit", 100).out.count("To: ") == 12


# ---------------------------------------------------------------------------------------- operation
def test_wrong_profiles_are_told_by_the_doctor_and_mended_by_a_rebuild(run: Run) -> None:
    buy("ada@x.com")
    buy("bob@x.com")
    with default().begin() as session:
        session.execute(sa.update(Activity).values(event_count=7))
    told = run("doctor")
    assert (told.status, told.err) == (1, "")
    assert "WRONG activity     rows that differ from the events of a sample" in told.out
    assert ": 2; python -m pipeline rebuild-activity\n" in told.out
    assert run("rebuild-activity").out.splitlines() == [
        "           2 customers looked at",
        "           2 rows of profiles differed and were mended",
    ]
    assert run("rebuild-activity").out.endswith("  0 rows of profiles differed and were mended\n")
    healthy = run("doctor", "--full")
    assert (healthy.status, healthy.err) == (0, "")
    assert "ok    activity     equals the events of all customers\n" in healthy.out
    assert {line[:6] for line in healthy.out.splitlines()} == {"ok    "}


def test_the_doctor_makes_no_database(run: Run, tmp_path: Path) -> None:
    told = run("doctor")
    assert (told.status, told.err) == (1, "")
    assert told.out.startswith("WRONG connection   The database at sqlite:///")
    assert list(tmp_path.iterdir()) == []


def test_a_property_is_tracked_listed_and_taken_back(run: Run) -> None:
    buy("ada@x.com")
    assert run("track-property", "items[0].sku") == Answer(0, "", "")
    assert run("track-property", "sku").status == 0
    assert run("tracked-properties").out == "ready     items[0].sku\nready     sku\n"
    assert run("untrack-property", "sku") == Answer(0, "", "")
    assert run("tracked-properties").out == "ready     items[0].sku\n"
    assert run("untrack-property", "sku").err == "Error: Tracked property not found\n"


# ----------------------------------------------------------------------------------------- refusals
NOBODY = uuid.UUID(int=0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import", "no.csv", *IMPORT], "no.csv cannot be read: No such file or directory"),
        (["import", ".", *IMPORT], ". cannot be read: Is a directory"),
        (["preview"], "Prompt is required"),
        (["preview", "--definition", "{"], "--definition is not valid JSON"),
        (["preview", "--definition", "[]"], "Definition must be a JSON object"),
        (["segment", " ", "purchase"], "Segment name is required"),
        (["segment", "x" * 201, "purchase"], "name must be at most 200 characters"),
        (["campaign", "Hi", NOBODY], "Segment not found"),
        (["campaign", "Hi", "7"], "Segment not found"),
        (["generate", NOBODY], "Campaign not found"),
        (["drafts", NOBODY], "Campaign not found"),
        (["approve", "x"], "Campaign not found"),
        (["reject", NOBODY], "Campaign not found"),
        (["send", NOBODY], "Campaign not found"),
        (["send", NOBODY, "--retry-interrupted", "5"], "Campaign not found"),
    ],
)
def test_a_refusal_is_one_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    answer = run(*arguments)
    assert (answer.status, answer.out, answer.err) == (1, "", f"Error: {sentence}\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--type-column", "x"], "Unknown column 'x'; the file has: who, what, at, sku, amount"),
        (["--property", "y=x"], "Unknown column 'x'; the file has: who, what, at, sku, amount"),
        (["--timezone", "Mars"], "Unknown time zone 'Mars'; expected a name such as Europe/London"),
        (["--decimal", "x"], "Unknown decimal sign 'x'; expected . or ,"),
        (["--encoding", "x"], "Unknown encoding 'x'; expected a name such as utf-8"),
        (["--type", "visit"], "The mapping needs either an event type or a column that holds it"),
        (["--rejects", "/no/x.csv"], "/no/x.csv cannot be written: No such file or directory"),
    ],
)  # fmt: skip
def test_a_refused_import_names_the_option_and_stores_nothing(
    run: Run, shop: Path, options: list[str], sentence: str
) -> None:
    answer = run("import", shop, *IMPORT, *options)
    assert (answer.status, answer.out, answer.err) == (1, "", f"Error: {sentence}\n")
    assert count_rows(default(), Customer) == 0


def test_an_import_whose_rows_are_all_refused_ends_with_status_1(run: Run, tmp_path: Path) -> None:
    header, *_ = SHOP
    in_future = write(
        tmp_path / "shop.csv", csv_text([header, ["Ada", "buy", "2999-01-01", "", ""]])
    )
    answer = run("import", in_future, *IMPORT)
    assert (answer.status, answer.err) == (1, "")
    assert "1   at is in the future" in answer.out
    nothing = write(tmp_path / "nothing.csv", csv_text([header]))
    assert run("import", nothing, *IMPORT).status == 0


def test_sending_without_approval_is_refused(run: Run) -> None:
    campaign_id = campaign_of("ada@x.com")
    assert run("generate", campaign_id).out == "1 drafted\n"
    answer = run("send", campaign_id)
    assert (answer.status, answer.err) == (1, "Error: No approved drafts to send\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "a.csv"],
        ["approve", str(NOBODY), "--limit", "0"],
        ["approve", str(NOBODY), "--limit", "many"],
        ["send", str(NOBODY), "--retry-interrupted", "0"],
        ["nothing"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_with_a_hint(run: Run, arguments: list[str]) -> None:
    answer = run(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert "--help" in answer.err


def test_help_lists_the_commands() -> None:
    shown = CliRunner().invoke(__main__.app, ["--help"]).output
    commands = (
        "import preview segment segments campaign campaigns generate drafts approve reject send"
        " rebuild-activity track-property untrack-property tracked-properties doctor"
    )
    assert all(command in shown for command in commands.split())


def test_a_terminal_gets_no_commands_from_what_customers_are_called(run: Run) -> None:
    buy("a\x1b]0;owned\x07@x.com")
    answer = run("preview", "--definition", json.dumps(BUYERS)).out
    assert "a?]0;owned?@x.com" in answer


def test_a_terminal_gets_no_commands_from_what_a_refusal_quotes(run: Run) -> None:
    definition = json.dumps({"kind": "\x1b]0;owned\x07\nok"})
    answer = run("preview", "--definition", definition).err
    assert answer == "Error: Unknown definition kind: '?]0;owned??ok'\n"


def test_no_name_looks_like_a_second_answer(run: Run) -> None:
    segment_id = run("segment", f"Buyers\n{uuid.uuid4()}  Nobody", "purchase").out.strip()
    run("campaign", "Hi\u2028Ho", segment_id)
    for command in ("segments", "campaigns"):
        (line,) = run(command).out.splitlines()
        assert line.endswith("  Nobody")


# ----------------------------------------------------------------------------- processes of its own
def test_a_real_process_answers_on_stdout_and_ends_with_0(shop: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new folder' / 'shop.db'}"
    process = python_m_pipeline("import", shop, *IMPORT, DATABASE_URL=url)
    assert (process.returncode, process.stderr) == (0, "")
    assert "5 stored" in process.stdout


def test_what_the_terminal_has_no_letter_for_is_replaced() -> None:
    ask(default(), create_segment, name="Buyers → 本", definition=BUYERS, now=utcnow())
    process = python_m_pipeline("segments", PYTHONIOENCODING="latin-1")
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.endswith("  Buyers ? ?\n")


def test_an_answer_that_a_full_disk_does_not_take_is_told_in_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        process = python_m_pipeline("--help", stdout=full)
    assert process.returncode == 1
    assert process.stderr == "Error: the answer cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    ("url", "beginning"),
    [
        (
            "postgresql://shop:secret@127.0.0.1:1/shop",
            "The database at postgresql://shop:***@127.0.0.1:1/shop does not answer (",
        ),
        (
            "mysql://shop:secret@127.0.0.1/shop",
            "DATABASE_URL names the unsupported database 'mysql'; expected",
        ),
        ("sqlite:////dev/null/secret.db", "The database at sqlite:////dev/null/secret.db does not"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_one_sentence_without_the_password(
    url: str, beginning: str
) -> None:
    process = python_m_pipeline("segments", DATABASE_URL=url)
    assert (process.returncode, process.stdout) == (1, "")
    (sentence,) = process.stderr.splitlines()
    assert sentence.startswith(f"Error: {beginning}")
    assert "shop:secret" not in sentence
