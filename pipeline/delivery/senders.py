"""What delivers messages: the protocol, and the one that delivers nothing."""

from typing import Protocol

from pipeline.delivery.messages import DeliveryError, Message
from pipeline.errors import Invalid

_LARGEST_BATCH = 10_000


class Sender(Protocol):
    """Something that delivers messages; see `nature` for what else it may have."""

    #: How many messages are claimed at once, 1 to 10,000: what a crash can leave undecided. One for
    #: real mail.
    batch_size: int

    def send(self, message: Message) -> None:
        """Deliver one message; raises DeliveryError when it was certainly not taken.

        Unavailable, which is one, when no other message would be.

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


def check_sender(sender: Sender) -> None:
    """Raise Invalid for a sender that no batch can be made for."""
    size: object = getattr(sender, "batch_size", None)
    if not (isinstance(size, int) and 1 <= size <= _LARGEST_BATCH):
        whose, expected = type(sender).__name__, f"an integer from 1 to {_LARGEST_BATCH:,}"
        raise Invalid(f"must be {expected}, not {size!r}", f"{whose}.batch_size")
