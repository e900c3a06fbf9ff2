"""How a message leaves the house."""

import uuid
from collections.abc import Iterator

import pytest

from pipeline import delivery
from pipeline.delivery import DeliveryError, Message, SimulatedSender
from pipeline.errors import Invalid
from tests.factories import Recorder


@pytest.fixture(autouse=True)
def built_in_again() -> Iterator[None]:
    yield
    delivery.plug_in(None)


def message(to: str) -> Message:
    return Message(uuid.uuid4(), to, "Hello", "Dear customer")


@pytest.mark.parametrize("to", ["ada@example.com", "ada@invalid.org", "ada@x.invalid.org"])
def test_the_simulated_sender_takes_what_could_exist(to: str) -> None:
    assert SimulatedSender().send(message(to)) is None  # type: ignore[func-returns-value]


def test_the_simulated_sender_refuses_a_domain_that_cannot_exist() -> None:
    with pytest.raises(DeliveryError) as caught:
        SimulatedSender().send(message("ada@example.invalid"))
    assert str(caught.value) == "The domain of ada@example.invalid does not exist"


def test_mail_is_simulated_unless_a_sender_is_plugged_in() -> None:
    assert isinstance(delivery.current(), SimulatedSender)
    sender = Recorder()
    delivery.plug_in(sender)
    assert delivery.current() is sender


@pytest.mark.parametrize("size", [0, -1, 10_001, "1", 2.0, None])
def test_a_sender_whose_batches_cannot_be_is_refused(size: object) -> None:
    with pytest.raises(Invalid) as caught:
        delivery.plug_in(Recorder(size))  # type: ignore[arg-type]
    expected = f"Recorder.batch_size must be an integer from 1 to 10,000, not {size!r}"
    assert str(caught.value) == expected
    assert isinstance(delivery.current(), SimulatedSender)
