"""Delivery: how one message leaves the house."""

from functools import cache

from pipeline.delivery.messages import DeliveryError, Message, Unavailable, check_recipient
from pipeline.delivery.senders import Sender, SimulatedSender, check_sender

__all__ = [
    "DeliveryError",
    "Message",
    "Sender",
    "SimulatedSender",
    "Unavailable",
    "check_recipient",
    "check_sender",
    "current",
    "nature",
    "plug_in",
]

_plugged_in: Sender | None = None


def plug_in(sender: Sender | None) -> None:
    """Send with `sender` from now on, in this process; with None, as the settings say.

    Raises Invalid for a `batch_size` that cannot be.
    """
    global _plugged_in
    if sender is not None:
        check_sender(sender)
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
    # The libraries of mail and of settings, which an import alone does not need.
    from pipeline.delivery import smtp
    from pipeline.settings import load_settings

    return smtp.sender(load_settings()) or SimulatedSender()
