"""Sends: each approved draft is mailed once, ever.

A send is claimed in a committed transaction before the sender is called, and its outcome is written
after. A process killed in between leaves a claim that nobody takes again by itself, and so does a
sender that fails without saying that it took nothing, when a connection ends before the mail
server's answer: nobody can know whether that mail went out. `fail_interrupted` is for the person
who decides that it did not.
"""

from pipeline.sends.interrupted import GIVEN_UP_AFTER, count_interrupted, fail_interrupted
from pipeline.sends.results import SendFilter, count_sends, list_sends
from pipeline.sends.sending import SendResult, send_campaign

__all__ = [
    "GIVEN_UP_AFTER",
    "SendFilter",
    "SendResult",
    "count_interrupted",
    "count_sends",
    "fail_interrupted",
    "list_sends",
    "send_campaign",
]
