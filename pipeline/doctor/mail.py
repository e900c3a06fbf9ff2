"""Does the mail server answer, if there is one?"""

from collections.abc import Iterator

from pipeline.delivery import DeliveryError, current
from pipeline.delivery.smtp import SmtpSender
from pipeline.doctor.examination import Examination, Verdict
from pipeline.errors import SettingError


def server(_: Examination) -> Iterator[Verdict]:
    """Whether it takes connection and login; nothing is mailed."""
    try:
        sender = current()
        if isinstance(sender, SmtpSender):
            sender.try_out()
            yield f"{sender.server.address} answers", ""
    except SettingError as error:
        yield str(error), "correct it, or mail cannot be sent"
    except DeliveryError as error:
        yield str(error), "correct SMTP_URL, or see to the mail server"
