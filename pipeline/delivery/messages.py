"""A message, and what keeps it from leaving."""

import re
import uuid
from dataclasses import dataclass

from pipeline.errors import PipelineError


@dataclass(frozen=True, slots=True)
class Message:
    """One e-mail; `id` is the send's and the same whenever the same mail is tried again."""

    id: uuid.UUID
    to: str
    subject: str
    body: str


class DeliveryError(PipelineError):
    """The message was not taken, for the reason given; it is safe to try again."""


class Unavailable(DeliveryError):
    """The message was not taken, and no other would be: the server is away, or refuses us."""


# With one of these a header has another address than the one that was approved, or several, beside
# names and comments (RFC 5322, section 3.4): "x"<ada@example.com> is Ada's mailbox. An event takes
# them; who wants Ada to get a mail many times would send some. "=?" begins a word that readers of
# mail, and Python's own library, decode to any characters (RFC 2047).
_NOT_LITERAL = re.compile(r'[()<>:;,"\\\x00-\x1f\x7f]|=\?')


def is_literal(address: str) -> bool:
    """Whether a mail's header has the address as it is, and no other."""
    return not _NOT_LITERAL.search(address)


def check_recipient(address: str) -> None:
    """Raise DeliveryError for an address that a mail's header would have as another one."""
    if not is_literal(address):
        raise DeliveryError(f"{address} has characters that no plain e-mail address has")
