"""A mail server on this machine, which can be told to behave badly."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Literal
from urllib.parse import quote

USER, PASSWORD = "shop", "hunter2/+:@ %"
LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@"
MAIL_FROM = "Ada's Shop <shop@example.com>"

#: What is said instead of the right reply; None ends the connection without a word.
Answers = dict[str, str | None]


@dataclass(frozen=True)
class Taken:
    """A mail as it came: the envelope's commands, and the text."""

    mail: str
    rcpt: str
    text: bytes

    @property
    def to(self) -> str:
        return self.rcpt[self.rcpt.index("<") + 1 : -1]

    @property
    def parsed(self) -> EmailMessage:
        return BytesParser(policy=policy.default).parsebytes(self.text)

    @property
    def written(self) -> tuple[str, str]:
        """Subject and body, as they are read."""
        body = self.parsed.get_content().replace("\r\n", "\n")
        return self.parsed["Subject"], body.removesuffix("\n")


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail into `taken`, except where `answers` has something else for a command.

    A command is the first word of a line, or "TEXT" for a mail's own; mail whose TEXT is answered
    with a failure or with nothing is in `taken` all the same. `commands` has all that came, and
    `in_the_clear` what came without TLS; `ended` is set when a connection has ended.
    """

    daemon_threads = False

    def __init__(
        self, tls: Literal["none", "starttls", "at once"], context: ssl.SSLContext | None
    ) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.tls, self.context = tls, context
        self.answers: Answers = {}
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        self.in_the_clear: list[str] = []
        self.ended = threading.Event()
        self.connections: list[Connection] = []
        self.utf8 = True

    def url(self, host: str = "localhost", login: str = "") -> str:
        """What SMTP_URL is for it."""
        scheme = "smtps" if self.tls == "at once" else "smtp"
        return f"{scheme}://{login}{host}:{self.server_address[1]}"

    def hang_up(self) -> None:
        """End all connections."""
        for each in self.connections:
            with suppress(OSError):
                each.request.shutdown(2)
        self.connections.clear()

    def count(self, command: str) -> int:
        """How often it came."""
        return [line.partition(" ")[0].upper() for line in self.commands].count(command)

    def handle_error(self, *_: object) -> None:
        """Those whom the connection was ended for have been told."""


class Connection(socketserver.StreamRequestHandler):
    server: MailServer
    timeout = 10

    def setup(self) -> None:
        self.server.connections.append(self)
        if self.server.tls == "at once":
            self._use_tls()
        super().setup()

    def handle(self) -> None:
        self._say(self.server.answers.get("CONNECT", "220 test"))
        while line := self.rfile.readline().decode().removesuffix("\r\n"):
            self.server.commands.append(line)
            if not self._is_safe():
                self.server.in_the_clear.append(line)
            word = line.partition(" ")[0].upper()
            say = self.server.answers.get(word, self._answer(word, line))
            self._say(say)
            if word == "STARTTLS" and say == "220 go ahead":
                self._use_tls()
                super().setup()
            elif word == "DATA" and say == "354 go ahead":
                self._take()
            if word == "QUIT":
                return

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.request.close()  # TLS is a socket of its own
        self.server.ended.set()

    def _answer(self, word: str, line: str) -> str:
        if word in {"MAIL", "RCPT"}:
            setattr(self, word, line)
        elif word == "EHLO":
            return self._capabilities()
        elif word == "AUTH":
            right = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
            return "235 welcome" if line == f"AUTH PLAIN {right}" else "535 not you"
        elif word in {"DATA", "STARTTLS"}:
            return "354 go ahead" if word == "DATA" else "220 go ahead"
        return "250 ok"

    def _capabilities(self) -> str:
        offers = ["test", "AUTH PLAIN"]
        offers += ["SMTPUTF8"] if self.server.utf8 else []
        offers += ["STARTTLS"] if self.server.tls == "starttls" and not self._is_safe() else []
        return "\r\n".join([*(f"250-{each}" for each in offers), "250 8BITMIME"])

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            assert line.endswith(b"\r\n"), "the connection was ended in the middle of a mail"
            lines.append(line.removeprefix(b"."))
        taken = Taken(getattr(self, "MAIL"), getattr(self, "RCPT"), b"".join(lines))  # noqa: B009
        self.server.taken.append(taken)
        self._say(self.server.answers.get("TEXT", "250 taken"))

    def _say(self, text: str | None) -> None:
        if text is None:
            raise ConnectionAbortedError
        self.wfile.write(f"{text}\r\n".encode())
        if text.startswith("421"):
            raise ConnectionAbortedError

    def _use_tls(self) -> None:
        assert self.server.context
        self.request = self.server.context.wrap_socket(self.request, server_side=True)

    def _is_safe(self) -> bool:
        return isinstance(self.request, ssl.SSLSocket)


@contextmanager
def mail_server(
    tls: Literal["none", "starttls", "at once"] = "none", context: ssl.SSLContext | None = None
) -> Iterator[MailServer]:
    """A server that runs while the block does."""
    with MailServer(tls, context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            server.hang_up()
            thread.join()
