"""What delivers messages: the protocol, and the one that delivers nothing."""

from typing import Protocol

from pipeline.delivery.messages import DeliveryError, Message


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
