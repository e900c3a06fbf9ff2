"""Connections to the mail server, and what is certain when one fails."""

import smtplib
import ssl
import textwrap
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from pipeline.delivery.messages import DeliveryError, Unavailable
from pipeline.delivery.smtp.letters import Letter
from pipeline.delivery.smtp.settings import MailServer

_TIMEOUT_S = 30
#: What looks into a mail before it is taken may take its time (RFC 5321, section 4.5.3.2.6).
_VERDICT_TIMEOUT_S = 600

_Reply = tuple[int, bytes]


class Ended(Unavailable):
    """The connection ended before the mail was handed over; a new one may take it."""


class LoginRefused(Unavailable):
    """The server does not take user and password."""


# ---------------------------------------------------------------------------------- the connection
class Connection:
    """A connection to a mail server that has let us in."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp = _open(server)
        self._begun = False
        self.used_at = monotonic()
        # When its thread ends. Not at exit, when another thread may be using it: the system does.
        weakref.finalize(self, _hang_up, self._smtp).atexit = False

    def hand_over(self, letter: Letter) -> None:
        """Have a mail taken.

        Raises Ended when the connection was at its end before, DeliveryError when the mail is
        refused, and anything else when nobody knows.
        """
        self._announce(letter)
        self._smtp.send(letter.text)
        code, words = self._verdict()
        if code // 100 in (4, 5):
            raise self._refusal("the mail", (code, words))
        if code // 100 != 2:
            raise smtplib.SMTPException(f"{code} is no reply to a mail")
        self._begun = False

    def _verdict(self) -> _Reply:
        self._wait_for(_VERDICT_TIMEOUT_S)
        reply = self._smtp.getreply()
        self._wait_for(_TIMEOUT_S)
        return reply

    def _wait_for(self, seconds: float) -> None:
        if self._smtp.sock:  # which is gone once the server has closed it
            self._smtp.sock.settimeout(seconds)

    def ask(self, command: str, argument: str = "", *, said: str = "") -> None:
        """Have a command done; raises Ended, and DeliveryError that says what was refused."""
        with _reasons(self._server, "ended the connection", Ended):
            reply = self._smtp.docmd(command, argument)
        if reply[0] in (421, -1):
            self._smtp.close()
            what = "ended the connection" if reply[0] == 421 else "gave no proper reply"
            raise Ended(_reason(self._server, what, _words(reply)))
        if reply[0] // 100 != (3 if command == "DATA" else 2):
            raise self._refusal(said or command, reply)

    def _announce(self, letter: Letter) -> None:
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
            with _reasons(server, "refused the login", LoginRefused):
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
            raise Unavailable(f"{server.address} offers no TLS, and gets no password without")


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
    server: MailServer, what: str, kind: type[Unavailable] = Unavailable
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
