"""What becomes of a message that a sender was given."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.delivery import DeliveryError, Message, Sender, Unavailable, check_recipient
from pipeline.models import Send
from pipeline.sends.claims import Claim, sends_to

_log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """The status that a send has after the sender had it, and why it is not sent."""

    status: str
    error: str | None
    is_servers: bool = False
    """Whether the next message would fare no better, as far as one can tell."""


SENT = Outcome("sent", None)
UNKNOWN = "it is not known whether this mail went out"
# A server that swallows what it is sent costs half a minute a mail: these are five minutes, and
# what a person has to look up in its log.
ENOUGH = 10


def attempt(sender: Sender, message: Message) -> Outcome:
    """Give one message to the sender."""
    try:
        check_recipient(message.to)
        sender.send(message)
    except DeliveryError as error:
        return Outcome("failed", _reason(error), isinstance(error, Unavailable))
    except Exception as error:
        # Its text may hold a password of the mail server: the log has it, the reason does not.
        _log.exception("The sender failed on send %s", message.id)
        reason = f"The sender failed ({type(error).__name__}); {UNKNOWN}"
        return Outcome("queued", reason, is_servers=True)
    return SENT


def is_hopeless(outcomes: Sequence[Outcome]) -> bool:
    """Whether the last ones, in a row, say that it is of no use to go on."""
    last = outcomes[-ENOUGH:]
    return len(last) == ENOUGH and all(outcome.is_servers for outcome in last)


def _reason(error: DeliveryError) -> str:
    # A mail server's words may be none at all, or bytes that no database stores as text.
    words = str(error).replace("\0", "").encode(errors="replace").decode().strip()
    return words or "The message was not taken"


def record(
    session: Session,
    claim: Claim,
    outcomes: dict[uuid.UUID, Outcome],
    unclaimed: Sequence[uuid.UUID],
    now: datetime,
) -> None:
    """Write down what became of a claim; customers that were not claimed before are free again."""
    by_outcome: dict[Outcome, list[uuid.UUID]] = defaultdict(list)
    for customer_id, outcome in outcomes.items():
        by_outcome[outcome].append(customer_id)
    # What went out is sent, though somebody may have called it interrupted meanwhile.
    sent = sa.update(Send).where(*sends_to(claim.campaign_id, by_outcome.pop(SENT, [])))
    session.execute(sent.values(status="sent", error=None, sent_at=now))
    for (status, error, _), customer_ids in by_outcome.items():
        unsent = sa.update(Send).where(*claim.of(customer_ids))
        session.execute(unsent.values(status=status, error=error))
    if unclaimed:
        session.execute(sa.delete(Send).where(*claim.of(unclaimed)))
