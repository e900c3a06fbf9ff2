"""SMTP: mail that really goes out, over the server and from the address of the settings.

Until the server has asked for a mail's text, it certainly has not taken the mail; after that, only
its reply tells. So whatever goes wrong before is a DeliveryError, and so is a refusal after; a
connection that ends between text and reply is not, and leaves the mail undecided.
"""

import smtplib
import ssl
import textwrap
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from time import monotonic

from pipeline.clock import utcnow
from pipeline.delivery import DeliveryError, Message, check_recipient
from pipeline.mail_settings import MailServer, mail_from, mail_server
from pipeline.settings import Settings

_TIMEOUT_S = 30
#: Servers and firewalls close what is idle, some without a word.
_IDLE_S = 60
#: Who logs in with a wrong password for every mail of a campaign is locked out for long.
_LOGIN_AGAIN_AFTER_S = 60

_Reply = tuple[int, bytes]


def sender(settings: Settings) -> "SmtpSender | None":
    """The sender that is set up, None when there is none; raises SettingError."""
    if settings.smtp_url is None:
        return None
    server = mail_server(settings.smtp_url.get_secret_value())
    return SmtpSender(server, mail_from(settings.mail_from))


class SmtpSender:
    """Delivers over a mail server; each thread that sends keeps a connection for its next mail."""

    batch_size = 1

    def __init__(self, server: MailServer, mail_from: Address) -> None:
        self.server = server
        self.mail_from = mail_from
        self._kept = threading.local()
        self._lockout: tuple[float, str] = (0, "")

    @property
    def nature(self) -> str:
        """That mail goes out, over which server and from which address."""
        return f"Mail really goes out: over {self.server.address}, from {self.mail_from}."

    def send(self, message: Message) -> None:
        """Deliver one message, as `Sender` has it."""
        check_recipient(message.to)
        letter = _letter(message, self.mail_from)
        if kept := self._take_kept():
            with suppress(_Ended):
                self._hand_over(kept, letter)
                return
        self._hand_over(self._connect(), letter)

    def try_out(self) -> None:
        """Connect and log in, and mail nothing; raises DeliveryError when that fails."""
        self._connect().ask("NOOP")

    def _take_kept(self) -> "_Connection | None":
        # Out of reach while it is used: after an interruption its next reply may be the last one's.
        kept: _Connection | None = self._kept.__dict__.pop("connection", None)
        return kept if kept and monotonic() - kept.used_at < _IDLE_S else None

    def _hand_over(self, connection: "_Connection", letter: "_Letter") -> None:
        try:
            connection.hand_over(letter)
        except DeliveryError:
            self._keep(connection)
            raise
        self._keep(connection)

    def _keep(self, connection: "_Connection") -> None:
        connection.used_at = monotonic()
        self._kept.connection = connection

    def _connect(self) -> "_Connection":
        until, reason = self._lockout
        if monotonic() < until:
            raise DeliveryError(reason)
        try:
            return _Connection(self.server)
        except _LoginRefused as error:
            self._lockout = monotonic() + _LOGIN_AGAIN_AFTER_S, str(error)
            raise


class _Ended(DeliveryError):
    """The connection ended before the mail was handed over; a new one may take it."""


class _LoginRefused(DeliveryError):
    """The server does not take user and password."""


# ---------------------------------------------------------------------------------------- the mail
@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail as the server gets it: the envelope, and the text with the dot that ends it."""

    sender: str
    to: str
    text: bytes

    @property
    def options(self) -> list[str]:
        """What the server must be told, and be capable of (RFC 6531)."""
        return [] if (self.sender + self.to).isascii() else ["SMTPUTF8"]


@dataclass(frozen=True, slots=True)
class _Header:
    """A header that is written as it stands.

    The standard library's own looks for encoded words in a text, and decodes and writes them anew,
    by and by with the line breaks that were in them (CVE-2024-6923).
    """

    name: str
    text: str

    def fold(self, *, policy: policy.EmailPolicy) -> str:
        """The lines of it; called by the library for a value that has a name."""
        return f"{self.name}: {self.text}{policy.linesep}"


def _letter(message: Message, mail_from: Address) -> _Letter:
    try:
        text = _mail(message, mail_from).as_bytes()
    except Exception as error:  # the library raises all sorts; whatever it is, nothing went out
        raise DeliveryError(f"No mail can be made of it ({type(error).__name__})") from error
    dots_doubled = text.replace(b"\r\n.", b"\r\n..")  # RFC 5321, section 4.5.2
    return _Letter(mail_from.addr_spec, message.to, dots_doubled + b".\r\n")


def _mail(message: Message, mail_from: Address) -> EmailMessage:
    is_ascii = (mail_from.addr_spec + message.to).isascii()
    # Seven bits pass every server.
    mail = EmailMessage(policy.SMTP.clone(cte_type="7bit", utf8=not is_ascii))
    mail["From"] = mail_from
    mail["To"] = _Header("To", message.to)
    mail["Subject"] = _Header("Subject", _subject(message.subject))
    mail["Date"] = utcnow()
    mail["Message-ID"] = _Header("Message-ID", f"<{message.id}@{mail_from.domain}>")
    mail.set_content(message.body)
    return mail


def _subject(text: str) -> str:
    line = " ".join(text.splitlines())
    if line.isascii() and line.isprintable() and "=?" not in line and len(line) < 70:
        return line
    return Header(line, "utf-8", header_name="Subject").encode(linesep="\r\n")


# ---------------------------------------------------------------------------------- the connection
class _Connection:
    """A connection to a mail server that has let us in."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp = _open(server)
        self._begun = False
        self.used_at = monotonic()
        # When its thread ends. Not at exit, when another thread may be using it: the system does.
        weakref.finalize(self, _hang_up, self._smtp).atexit = False

    def hand_over(self, letter: _Letter) -> None:
        """Have a mail taken.

        Raises _Ended when the connection was at its end before, DeliveryError when the mail is
        refused, and anything else when nobody knows.
        """
        self._announce(letter)
        self._smtp.send(letter.text)
        code, words = self._smtp.getreply()
        if code // 100 in (4, 5):
            raise self._refusal("the mail", (code, words))
        if code // 100 != 2:
            raise smtplib.SMTPException(f"{code} is no reply to a mail")
        self._begun = False

    def ask(self, command: str, argument: str = "", *, said: str = "") -> None:
        """Have a command done; raises _Ended, and DeliveryError that says what was refused."""
        with _reasons(self._server, "ended the connection", _Ended):
            reply = self._smtp.docmd(command, argument)
        if reply[0] in (421, -1):
            self._smtp.close()
            what = "ended the connection" if reply[0] == 421 else "gave no proper reply"
            raise _Ended(_reason(self._server, what, _words(reply)))
        if reply[0] // 100 != (3 if command == "DATA" else 2):
            raise self._refusal(said or command, reply)

    def _announce(self, letter: _Letter) -> None:
        """All that comes before the text."""
        if letter.options and not self._smtp.has_extn("SMTPUTF8"):
            raise DeliveryError(f"{self._server.address} takes no addresses with such letters")
        self._smtp.command_encoding = "utf-8" if letter.options else "ascii"
        if self._begun:
            self.ask("RSET")
        self._begun = True
        options = "".join(f" {each}" for each in letter.options)
        self.ask("MAIL", f"FROM:<{letter.sender}>{options}", said=f"mail from {letter.sender}")
        self.ask("RCPT", f"TO:<{letter.to}>", said=letter.to)
        self.ask("DATA", said="the mail")

    def _refusal(self, what: str, reply: _Reply) -> DeliveryError:
        return DeliveryError(_reason(self._server, f"refused {what}", _words(reply)))


def _open(server: MailServer) -> smtplib.SMTP:
    with _reasons(server, "cannot be connected to"):
        smtp = _connect(server)
    try:
        _secure(smtp, server)
        if server.user:
            with _reasons(server, "refused the login", _LoginRefused):
                smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _connect(server: MailServer) -> smtplib.SMTP:
    if not server.tls_at_once:
        return smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_S)
    context = _context(server)
    return smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT_S, context=context)


def _secure(smtp: smtplib.SMTP, server: MailServer) -> None:
    with _reasons(server, "cannot be talked to"):
        smtp.ehlo_or_helo_if_needed()
        if not server.tls_at_once and smtp.has_extn("STARTTLS"):
            smtp.starttls(context=_context(server))
            smtp.ehlo_or_helo_if_needed()
        elif server.user and not server.tls_at_once and not server.is_here:
            raise DeliveryError(f"{server.address} offers no TLS, and gets no password without")


def _context(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.is_here:
        # A machine's certificate for itself is its own work, and nobody is in between.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _hang_up(smtp: smtplib.SMTP) -> None:
    # Whatever the answer, nobody would want it.
    with suppress(OSError):
        smtp.putcmd("QUIT")
    with suppress(OSError):
        smtp.close()


# ------------------------------------------------------------------------------------- the reasons
@contextmanager
def _reasons(
    server: MailServer, what: str, kind: type[DeliveryError] = DeliveryError
) -> Iterator[None]:
    """Have what fails in this block told as a failed delivery; `smtplib`'s are OSErrors too."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        words = _words((error.smtp_code, error.smtp_error))
        raise kind(_reason(server, what, words)) from None
    except OSError as error:
        raise kind(_reason(server, what, error.strerror or str(error))) from None


def _words(reply: tuple[int, bytes | str]) -> str:
    code, words = reply
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {text}"


def _reason(server: MailServer, what: str, words: str) -> str:
    one_line = textwrap.shorten(server.conceal(words), 200, placeholder=" …")
    shown = "".join(each if each.isprintable() else "?" for each in one_line)
    return f"{server.address} {what}: {shown}"
