"""Delivery: how one message leaves the house."""

import re
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from pipeline.errors import PipelineError
from pipeline.settings import load_settings


@dataclass(frozen=True, slots=True)
class Message:
    """One e-mail; `id` is the send's and the same whenever the same mail is tried again."""

    id: uuid.UUID
    to: str
    subject: str
    body: str


class DeliveryError(PipelineError):
    """The message was not taken, for the reason given; it is safe to try again."""


# With one of these a header has another address than the one that was approved, or several, beside
# names and comments (RFC 5322, section 3.4): "x"<ada@example.com> is Ada's mailbox. An event takes
# them; who wants Ada to get a mail many times would send some. "=?" begins a word that readers of
# mail, and Python's own library, decode to any characters (RFC 2047).
_NOT_LITERAL = re.compile(r'[()<>:;,"\\\x00-\x1f\x7f]|=\?')


def check_recipient(address: str) -> None:
    """Raise DeliveryError for an address that a mail's header would have as another one."""
    if _NOT_LITERAL.search(address):
        raise DeliveryError(f"{address} has characters that no plain e-mail address has")


class Sender(Protocol):
    """Something that delivers messages; see `nature` for what else it may have."""

    #: How many messages are claimed at once: what a crash can leave undecided. One for real mail.
    batch_size: int

    def send(self, message: Message) -> None:
        """Deliver one message; raises DeliveryError when it was certainly not taken.

        Any other exception leaves that open, as a connection that ends before the answer does: the
        message is not tried again until a person has decided that it did not go out.
        """


class SimulatedSender:
    """Delivers nothing, and succeeds except to `.invalid`, which never exists (RFC 2606)."""

    batch_size = 500
    nature = "The sender is simulated: no mail leaves this machine."

    def send(self, message: Message) -> None:
        """Accept the message, unless its domain cannot exist."""
        if message.to.endswith(".invalid"):
            raise DeliveryError(f"The domain of {message.to} does not exist")


_plugged_in: Sender | None = None


def plug_in(sender: Sender | None) -> None:
    """Send with `sender` from now on, in this process; with None, as the settings say."""
    global _plugged_in
    _plugged_in = sender


def current() -> Sender:
    """The sender that is plugged in, else the one of the settings: SMTP, or simulated.

    Raises SettingError when the settings cannot be used.
    """
    return _of_settings() if _plugged_in is None else _plugged_in


def nature(sender: Sender) -> str:
    """Whether mail really goes out, in a sentence; senders say it in a `nature` of their own."""
    kind = type(sender).__name__
    return str(getattr(sender, "nature", f"Mail goes out by a sender that was plugged in, {kind}."))


# Once a process: where mail goes does not change between a person's look and their decision.
@cache
def _of_settings() -> Sender:
    from pipeline import smtp  # here, since it is built on the above

    return smtp.sender(load_settings()) or SimulatedSender()
