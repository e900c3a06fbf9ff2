"""A mail as the server gets it: an envelope, and a text of headers and body."""

from dataclasses import dataclass
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage

from pipeline.clock import utcnow
from pipeline.delivery.messages import DeliveryError, Message


@dataclass(frozen=True, slots=True)
class Letter:
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
    line breaks that are in them included (CVE-2024-6923).
    """

    name: str
    text: str

    def fold(self, *, policy: policy.EmailPolicy) -> str:
        """The lines of it; called by the library for a value that has a name."""
        return f"{self.name}: {self.text}{policy.linesep}"


def write(message: Message, mail_from: Address) -> Letter:
    """The mail of a message; raises DeliveryError when none can be made of it."""
    try:
        text = _mail(message, mail_from).as_bytes()
    except Exception as error:  # the library raises all sorts; whatever it is, nothing went out
        raise DeliveryError(f"No mail can be made of it ({type(error).__name__})") from error
    dots_doubled = text.replace(b"\r\n.", b"\r\n..")  # RFC 5321, section 4.5.2
    return Letter(mail_from.addr_spec, message.to, dots_doubled + b".\r\n")


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
