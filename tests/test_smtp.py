"""Mail over SMTP: what is taken, what is refused, and what nobody knows."""

import gc
import logging
import smtplib
import ssl
import uuid
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from pipeline import delivery
from pipeline.clock import utcnow
from pipeline.database import Database
from pipeline.delivery import DeliveryError, Message, SimulatedSender, Unavailable, smtp
from pipeline.delivery.smtp import SmtpSender, connections
from pipeline.drafts import list_drafts
from pipeline.errors import SettingError
from pipeline.sends import SendResult, list_sends, send_campaign
from tests.factories import NOW, Recorder, approved_campaign, ask, at_once, bought, buyers
from tests.mail import LOGIN, MAIL_FROM, PASSWORD, MailServer, mail_server

ADA = "ada@example.com"
#: This machine, in a spelling that nobody takes for it.
ELSEWHERE = "127.1"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_is_plugged_in() -> Iterator[None]:
    yield
    delivery.plug_in(None)


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> Callable[..., SmtpSender]:
    """`set_up(server.url())`: the sender that these settings make."""

    def sender(url: str, mail_from: str = MAIL_FROM) -> SmtpSender:
        monkeypatch.setenv("SMTP_URL", url)
        monkeypatch.setenv("MAIL_FROM", mail_from)
        delivery._of_settings.cache_clear()
        found = delivery.current()
        assert isinstance(found, SmtpSender)
        return found

    return sender


SetUp = Callable[..., SmtpSender]


@pytest.fixture
def sender(server: MailServer, set_up: SetUp) -> SmtpSender:
    return set_up(server.url())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def context(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for ELSEWHERE that this process trusts."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return certified(authority, ELSEWHERE)


def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def message(to: str = ADA, subject: str = "Hello", body: str = "Dear customer") -> Message:
    return Message(uuid.uuid4(), to, subject, body)


def refusal(sender: SmtpSender, refused: Message | None = None) -> str:
    """Why a mail was certainly not taken, without the server's address."""
    with pytest.raises(DeliveryError) as caught:
        sender.send(refused or message())
    return str(caught.value).removeprefix(f"{sender.server.address} ")


# ---------------------------------------------------------------------------------------- the mail
def test_what_is_delivered_is_what_was_approved(
    database: Database, server: MailServer, sender: SmtpSender
) -> None:
    emails = buyers(database, 3)
    campaign_id = approved_campaign(database)
    assert send_campaign(database, campaign_id, clock=lambda: NOW) == SendResult(3, 0)
    approved = {
        customer.email: (draft.subject, draft.body)
        for draft, customer in ask(database, list_drafts, campaign_id)
    }
    assert set(approved) == set(emails)
    assert {each.to: each.written for each in server.taken} == approved


def test_the_headers_are_those_of_a_personal_mail(server: MailServer, sender: SmtpSender) -> None:
    mail = message()
    sender.send(mail)
    (taken,) = server.taken
    parsed = taken.parsed
    assert (taken.mail, taken.rcpt) == ("MAIL FROM:<shop@example.com>", f"RCPT TO:<{ADA}>")
    assert (parsed["From"], parsed["To"]) == (MAIL_FROM, ADA)
    assert parsed["Message-ID"] == f"<{mail.id}@example.com>"
    assert abs(parsedate_to_datetime(parsed["Date"]) - utcnow()).total_seconds() < 60
    assert parsed.get_content_type() == "text/plain"
    assert parsed.get_content_charset() == "utf-8"


def test_a_mail_that_is_tried_again_has_its_message_id_again(
    server: MailServer, sender: SmtpSender
) -> None:
    mail = message()
    server.answers["TEXT"] = "451 later"
    refusal(sender, mail)
    del server.answers["TEXT"]
    sender.send(mail)
    first, second = server.taken
    assert first.parsed["Message-ID"] == second.parsed["Message-ID"]


@pytest.fixture(scope="module")
def lasting() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
]  # fmt: skip
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.lists(
    st.text(CHARACTERS)
    | st.sampled_from(["=?utf-8?q?=0aBcc:_eve=40x.com?=", ".", "\n.\n", "é" * 99])
).map(lambda parts: "".join(parts).strip())


@given(
    subject=TEXTS.map(lambda text: " ".join(text.splitlines()).strip()),
    body=TEXTS.map(lambda text: text.replace("\r\n", "\n").replace("\r", "\n")),
)
def test_every_text_arrives_as_it_was(lasting: MailServer, subject: str, body: str) -> None:
    lasting.taken.clear()
    server = smtp.settings.mail_server(lasting.url())
    SmtpSender(server, smtp.settings.mail_from(MAIL_FROM)).send(message(subject=subject, body=body))
    (taken,) = lasting.taken
    assert taken.written == (subject, body)
    assert sorted(taken.parsed.keys()) == sorted(HEADERS)
    assert taken.text.isascii()
    assert max(map(len, taken.text.split(b"\r\n"))) < 1_000
    assert b"\n" not in taken.text.replace(b"\r\n", b"")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"])
def test_a_subject_of_several_lines_adds_no_header(
    server: MailServer, sender: SmtpSender, end: str
) -> None:
    sender.send(message(subject=f"Hello{end}Bcc: eve@example.com"))
    (taken,) = server.taken
    assert taken.parsed["Subject"] == "Hello Bcc: eve@example.com"
    assert taken.parsed["Bcc"] is None


@pytest.mark.parametrize(
    "to",
    ["ada@x.com\r\nRCPT TO:<eve@x.com>", "a@x.com,eve@x.com", "=?utf-8?q?a=0abcc=3aeve?=@x.com"],
)
def test_an_address_that_is_another_one_as_well_gets_no_mail(
    server: MailServer, sender: SmtpSender, to: str
) -> None:
    assert "has characters that no plain e-mail address has" in refusal(sender, message(to))
    assert server.commands == []


@pytest.mark.parametrize("to", ["zoë@example.com", "ada@bücher.example"])
def test_an_address_of_other_letters_is_written_as_it_is(
    server: MailServer, sender: SmtpSender, to: str
) -> None:
    sender.send(message(to))
    sender.send(message())
    (taken, plain) = server.taken
    assert taken.mail == "MAIL FROM:<shop@example.com> SMTPUTF8"
    assert (taken.rcpt, taken.parsed["To"]) == (f"RCPT TO:<{to}>", to)
    assert plain.mail == "MAIL FROM:<shop@example.com>"


def test_a_server_that_cannot_read_other_letters_gets_no_such_address(
    server: MailServer, sender: SmtpSender
) -> None:
    server.utf8 = False
    assert refusal(sender, message("zoë@example.com")) == "takes no addresses with such letters"
    sender.send(message())


def test_a_text_of_which_no_mail_can_be_made_is_a_failure(sender: SmtpSender) -> None:
    reason = "No mail can be made of it (UnicodeEncodeError)"
    assert refusal(sender, message(body="\ud800")) == reason


# --------------------------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("command", "answer", "reason"),
    [
        ("CONNECT", "554 no service here", "cannot be connected to: 554 no service here"),
        ("CONNECT", None, "cannot be connected to: Connection unexpectedly closed"),
        ("MAIL", "550 not yours", "refused mail from shop@example.com: 550 not yours"),
        ("RCPT", "550-No such\r\n550  user", f"refused {ADA}: 550 No such user"),
        ("RCPT", "550 \x1b[2J\t" + "x " * 999, f"refused {ADA}: 550 ?[2J x x x"),
        ("DATA", "554 not today", "refused the mail: 554 not today"),
        ("DATA", None, "ended the connection: Connection unexpectedly closed"),
        ("DATA", "250 ok", "refused the mail: 250 ok"),
        ("DATA", "what?", "gave no proper reply: -1"),
        ("TEXT", "552 too large", "refused the mail: 552 too large"),
        ("TEXT", "421 closing", "refused the mail: 421 closing"),
    ],
)
def test_what_the_server_says_no_to_was_not_taken(
    server: MailServer, sender: SmtpSender, command: str, answer: str | None, reason: str
) -> None:
    server.answers[command] = answer
    said = refusal(sender)
    assert said.startswith(reason)
    assert len(said) < 300
    del server.answers[command]
    sender.send(message())


def test_a_server_that_is_away_took_nothing(set_up: SetUp) -> None:
    with mail_server() as gone:
        sender = set_up(gone.url())
    assert refusal(sender) == "cannot be connected to: Connection refused"
    unknown = set_up("smtp://mail.invalid")
    assert refusal(unknown).startswith("cannot be connected to: ")


@pytest.mark.parametrize(
    ("command", "answer", "is_servers"),
    [
        ("CONNECT", None, True),
        ("EHLO", "421 too many of you", True),
        ("AUTH", "454 not now", True),
        ("MAIL", "421 too many of yours", True),
        ("RCPT", "550 No such user", False),
        ("TEXT", "552 too large", False),
    ],
)
def test_what_would_befall_every_mail_is_told_apart(
    server: MailServer, set_up: SetUp, command: str, answer: str | None, is_servers: bool
) -> None:
    server.answers[command] = answer
    with pytest.raises(DeliveryError) as caught:
        set_up(server.url(login=LOGIN)).send(message())
    assert isinstance(caught.value, Unavailable) == is_servers


def test_who_is_refused_costs_the_others_nothing(
    database: Database, server: MailServer, sender: SmtpSender
) -> None:
    for email in ("ada@example.com", "bob@example.com"):
        bought(database, email)
    campaign_id = approved_campaign(database)
    server.answers["RCPT"] = "550 No such user"
    assert send_campaign(database, campaign_id, clock=lambda: NOW) == SendResult(0, 2)
    sends = ask(database, list_sends, campaign_id)
    reason = f"{sender.server.address} refused ada@example.com: 550 No such user"
    assert sends[0][0].error == reason
    del server.answers["RCPT"]
    assert send_campaign(database, campaign_id, clock=lambda: NOW) == SendResult(2, 0)
    assert len(server.connections) == 1


# -------------------------------------------------------------------------------------- undecided
@pytest.mark.parametrize("answer", [None, "what?", "354 go on"])
def test_a_mail_without_a_reply_stays_undecided_and_is_not_sent_twice(
    database: Database,
    server: MailServer,
    sender: SmtpSender,
    answer: str | None,
) -> None:
    buyers(database, 2)
    campaign_id = approved_campaign(database)
    server.answers["TEXT"] = answer
    undecided = SendResult(sent=0, failed=0, undecided=2)
    assert send_campaign(database, campaign_id, clock=lambda: NOW) == undecided
    server.answers.clear()
    assert send_campaign(database, campaign_id, clock=lambda: NOW) == SendResult(0, 0)
    assert len(server.taken) == 2
    # What a connection has still to say would be taken for the reply to the next mail.
    assert len(server.connections) == 2


def test_a_server_that_falls_silent_has_not_replied(
    server: MailServer, sender: SmtpSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_VERDICT_TIMEOUT_S", 2)
    server.answers["TEXT"] = "250-taken, and"
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        sender.send(message())
    assert len(server.taken) == 1


def test_a_mail_that_was_taken_is_sent_however_the_connection_ends(
    database: Database, server: MailServer, sender: SmtpSender
) -> None:
    buyers(database, 1)
    campaign_id = approved_campaign(database)
    taken = SendResult(1, 0)
    server.answers["QUIT"] = "500 what?"
    send = partial(send_campaign, database, campaign_id, clock=lambda: NOW)
    assert at_once(send) == [taken]
    gc.collect()
    assert server.ended.wait(5)


# ------------------------------------------------------------------------------------ connections
def test_many_mails_take_one_connection(server: MailServer, sender: SmtpSender) -> None:
    for _ in range(50):
        sender.send(message())
    assert (len(server.taken), len(server.connections), server.count("EHLO")) == (50, 1, 1)


def test_threads_that_send_at_once_have_each_their_own(
    server: MailServer, sender: SmtpSender
) -> None:
    def send_some() -> None:
        for _ in range(10):
            sender.send(message())

    at_once(*[send_some] * 4)
    assert (len(server.taken), len(server.connections)) == (40, 4)


def test_a_connection_that_the_server_closed_between_two_mails_is_opened_anew(
    server: MailServer, sender: SmtpSender
) -> None:
    sender.send(message())
    server.hang_up()
    sender.send(message())
    assert (len(server.taken), server.count("EHLO")) == (2, 2)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_so_is_one_that_the_server_ends_as_the_mail_comes(
    server: MailServer, sender: SmtpSender, command: str
) -> None:
    sender.send(message())
    server.answers[command] = "421 that was enough"
    assert refusal(sender) == "ended the connection: 421 that was enough"
    assert server.count("EHLO") == 2  # once more, and no more
    del server.answers[command]
    sender.send(message())
    assert len(server.taken) == 2


def test_a_connection_that_was_idle_for_long_is_not_relied_on(
    server: MailServer, sender: SmtpSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.send(message())
    monkeypatch.setattr(smtp, "_IDLE_S", 0)
    sender.send(message())
    assert len(server.connections) == 2


def test_a_connection_is_left_when_its_thread_ends(server: MailServer, sender: SmtpSender) -> None:
    at_once(lambda: sender.send(message()))
    gc.collect()
    assert server.ended.wait(5)
    assert server.commands[-1] == "QUIT"


# -------------------------------------------------------------------------------- TLS, passwords
@pytest.mark.parametrize("tls", ["starttls", "at once"])
def test_over_tls_the_server_lets_us_in(tls: str, context: ssl.SSLContext, set_up: SetUp) -> None:
    with mail_server(tls, context) as server:
        set_up(server.url(ELSEWHERE, LOGIN)).send(message())
        assert len(server.taken) == 1
        assert server.count("STARTTLS") == (tls == "starttls")
        assert "AUTH" not in [line[:4] for line in server.in_the_clear]


@pytest.mark.parametrize("tls", ["starttls", "at once"])
def test_a_server_that_nobody_vouches_for_gets_nothing(
    tls: str, authority: trustme.CA, set_up: SetUp
) -> None:
    with mail_server(tls, certified(authority, ELSEWHERE)) as server:
        said = refusal(set_up(server.url(ELSEWHERE, LOGIN)))
        assert "certificate verify failed" in said
        assert server.count("AUTH") == 0
        set_up(server.url("localhost", LOGIN)).send(message())
        assert len(server.taken) == 1


def test_no_password_is_sent_without_tls_except_to_this_machine(
    server: MailServer, set_up: SetUp
) -> None:
    elsewhere = set_up(server.url(ELSEWHERE, LOGIN))
    assert refusal(elsewhere) == "offers no TLS, and gets no password without"
    assert server.count("AUTH") == 0
    set_up(server.url(ELSEWHERE)).send(message())
    set_up(server.url("127.0.0.1", LOGIN)).send(message())
    assert len(server.taken) == 2


def test_a_login_that_was_refused_is_not_tried_for_every_mail(
    server: MailServer, set_up: SetUp
) -> None:
    sender = set_up(server.url(login="shop:wrong@"))
    for _ in range(3):
        assert refusal(sender) == "refused the login: 535 not you"
    assert server.count("AUTH") == 1


def test_no_word_of_the_password_gets_out(
    database: Database, server: MailServer, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    buyers(database, 1)
    campaign_id = approved_campaign(database)
    sender = set_up(server.url(login=LOGIN))
    said = [repr(sender), repr(sender.server), repr(vars(sender)), delivery.nature(sender)]
    for command in ("AUTH", "RCPT", "TEXT"):
        for answer in (f"535 {PASSWORD}", None):
            server.answers = {command: answer}
            delivery.plug_in(SmtpSender(sender.server, sender.mail_from))
            send_campaign(database, campaign_id, clock=lambda: NOW)
            said += [str(send.error) for send, _ in ask(database, list_sends, campaign_id)]
    assert "535 ***" in " ".join(said)
    assert PASSWORD not in " ".join([*said, caplog.text])


# --------------------------------------------------------------------------------------- settings
def test_without_settings_mail_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_FROM", MAIL_FROM)
    assert isinstance(delivery.current(), SimulatedSender)


def test_a_sender_that_is_plugged_in_wins(server: MailServer, sender: SmtpSender) -> None:
    assert delivery.current() is sender
    recorder = Recorder()
    delivery.plug_in(recorder)
    assert delivery.current() is recorder
    delivery.plug_in(None)
    assert delivery.current() is sender


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("smtp://mail.example.com", "mail.example.com:587"),
        ("SMTPS://u:p@mail.example.com/", "mail.example.com:465"),
        ("smtp://[::1]:25", "[::1]:25"),
    ],
)
def test_a_port_need_not_be_given(set_up: SetUp, url: str, address: str) -> None:
    assert set_up(url).server.address == address


NOT_AN_ADDRESS = "SMTP_URL is not the address of a mail server; expected smtp://USER:"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mail.example.com:587", NOT_AN_ADDRESS),
        ("http://mail.example.com", NOT_AN_ADDRESS),
        ("smtp://", NOT_AN_ADDRESS),
        ("smtp://u:hunter2@", NOT_AN_ADDRESS),
        ("smtp://u:hunter2@mail..example", NOT_AN_ADDRESS),
        ("smtp://u:hunter2@mail.example.com:port", NOT_AN_ADDRESS),
        ("smtp://u:hunter2/7@mail.example.com", NOT_AN_ADDRESS),
        ("smtp://u:25/hunter2@mail.example.com", NOT_AN_ADDRESS),
        ("smtp://u:25#hunter2@mail.example.com", NOT_AN_ADDRESS),
        ("smtp://u:25?hunter2@mail.example.com", NOT_AN_ADDRESS),
        ("smtp://u:[hunter2@mail.example.com", NOT_AN_ADDRESS),
        ("smtp://hunter2@mail.example.com", "SMTP_URL must have both a user and a password, or"),
        ("smtp://u:hunter2é@mail.example.com", "SMTP_URL has a user or password with"),
        ("smtp://u:hunter2%0a@mail.example.com", "SMTP_URL has a user or password with"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_without_its_password(
    set_up: SetUp, url: str, sentence: str
) -> None:
    with pytest.raises(SettingError) as caught:
        set_up(url)
    assert str(caught.value).startswith(sentence)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "mail_from", ["Shop", "Shop <shop>", "a@x.com, b@x.com", "a,b@x.com", "S\tx <a@x.com>"]
)
def test_an_address_that_mail_cannot_come_from_is_told(set_up: SetUp, mail_from: str) -> None:
    with pytest.raises(SettingError) as caught:
        set_up("smtp://localhost", mail_from)
    assert str(caught.value) == (
        "MAIL_FROM is not an e-mail address; expected shop@example.com or Shop <shop@example.com>"
    )


def test_an_address_that_mail_comes_from_must_be_given(set_up: SetUp) -> None:
    with pytest.raises(SettingError) as caught:
        set_up("smtp://localhost", "")
    assert str(caught.value).startswith("MAIL_FROM is missing")


@pytest.mark.parametrize(
    ("mail_from", "shown"),
    [
        ("shop@example.com", "shop@example.com"),
        ("Shop <shop@example.com>", "Shop <shop@example.com>"),
        ("Ada, Bob & Co. <shop@example.com>", '"Ada, Bob & Co." <shop@example.com>'),
        ('"Ada, Bob" <shop@example.com>', '"Ada, Bob" <shop@example.com>'),
        ("Bücher <shop@example.com>", "Bücher <shop@example.com>"),
    ],
)
def test_mail_comes_from_the_address_and_name_of_the_settings(
    server: MailServer, set_up: SetUp, mail_from: str, shown: str
) -> None:
    sender = set_up(server.url(), mail_from)
    sender.send(message())
    assert server.taken[0].parsed["From"] == shown
    said = f"Mail really goes out: over {sender.server.address}, from {shown}."
    assert delivery.nature(sender) == said
