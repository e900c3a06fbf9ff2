"""SMTP: mail that really goes out, over the server and from the address of the settings.

Until the server has asked for a mail's text, it certainly has not taken the mail; after that, only
its reply tells. So whatever goes wrong before is a DeliveryError, and so is a refusal after; a
connection that ends between text and reply is not, and leaves the mail undecided.
"""

import threading
from contextlib import suppress
from email.headerregistry import Address
from time import monotonic

from pipeline.delivery.messages import DeliveryError, Message, Unavailable, check_recipient
from pipeline.delivery.smtp.connections import Connection, Ended, LoginRefused
from pipeline.delivery.smtp.letters import Letter, write
from pipeline.delivery.smtp.settings import MailServer, mail_from, mail_server
from pipeline.settings import Settings

#: Servers and firewalls close what is idle, some without a word.
_IDLE_S = 60
#: Who logs in with a wrong password for every mail of a campaign is locked out for long.
_LOGIN_AGAIN_AFTER_S = 60


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
        letter = write(message, self.mail_from)
        if kept := self._take_kept():
            with suppress(Ended):
                self._hand_over(kept, letter)
                return
        self._hand_over(self._connect(), letter)

    def try_out(self) -> None:
        """Connect and log in, and mail nothing; raises DeliveryError when that fails."""
        self._connect().ask("NOOP")

    def _take_kept(self) -> Connection | None:
        # Out of reach while it is used: after an interruption its next reply may be the last one's.
        kept: Connection | None = self._kept.__dict__.pop("connection", None)
        return kept if kept and monotonic() - kept.used_at < _IDLE_S else None

    def _hand_over(self, connection: Connection, letter: Letter) -> None:
        try:
            connection.hand_over(letter)
        except DeliveryError:
            self._keep(connection)
            raise
        self._keep(connection)

    def _keep(self, connection: Connection) -> None:
        connection.used_at = monotonic()
        self._kept.connection = connection

    def _connect(self) -> Connection:
        until, reason = self._lockout
        if monotonic() < until:
            raise Unavailable(reason)
        try:
            return Connection(self.server)
        except LoginRefused as error:
            self._lockout = monotonic() + _LOGIN_AGAIN_AFTER_S, str(error)
            raise
