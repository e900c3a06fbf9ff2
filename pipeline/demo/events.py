"""All that happens in the shop, in order of time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from pipeline.demo.catalogue import NEWSLETTERS
from pipeline.demo.chance import dice
from pipeline.demo.customers import Shopper, shoppers
from pipeline.demo.visits import Step, Visit

# How many visits begin in an hour of the day in UTC, compared with the others.
_HOURS = (3, 2, 1, 1, 1, 2, 5, 10, 14, 15, 16, 18, 22, 20, 17, 17, 19, 24, 32, 40, 44, 38, 24, 10)
_NEWSLETTER_DAY, _NEWSLETTER_TIME = 3, time(7, 30, tzinfo=UTC)  # Thursdays


class ShopEvent(NamedTuple):
    """An event of the story; its key is its customer's own and stays, however long it goes on."""

    key: str
    email: str
    type: str
    at: datetime
    properties: dict[str, object]

    def fields(self) -> dict[str, object]:
        """The event as `POST /api/events` takes it."""
        return {
            "email": self.email,
            "type": self.type,
            "properties": self.properties,
            "occurredAt": self.at,
        }


def shop_events(opening: date, now: datetime) -> list[ShopEvent]:
    """What happened from the day of the opening up to `now`, in order of time.

    The days of each shopper are drawn one after the other from dice of their own: told again at a
    later `now`, the story is the same and goes on. Takes time in proportion to its length.
    """
    last = now.astimezone(UTC).date()
    told = (
        ShopEvent(f"demo-{number}", shopper.email, *step)
        for shopper in shoppers(opening, last)
        for number, step in enumerate(_life(shopper, last))
        if step.at <= now
    )
    return sorted(told, key=lambda event: (event.at, event.email))


def _life(shopper: Shopper, last: date) -> Iterator[Step]:
    chance = dice("life", shopper.number)
    for number in range((min(last, shopper.leaves) - shopper.joined).days + 1):
        day = shopper.joined + timedelta(days=number)
        signs_up = shopper.signs_up and day == shopper.joined
        if day.weekday() == _NEWSLETTER_DAY and not signs_up and chance.random() < shopper.opens:
            yield _newsletter(day, chance)
        if chance.random() < shopper.visits_on(day) or signs_up:
            yield from Visit(shopper, _start(day, chance), chance).steps(signs_up=signs_up)


def _newsletter(day: date, chance: Random) -> Step:
    opened = datetime.combine(day, _NEWSLETTER_TIME) + timedelta(hours=chance.expovariate(1 / 4))
    year, week, _ = day.isocalendar()
    subject = NEWSLETTERS[week % len(NEWSLETTERS)]
    return Step("newsletter_opened", opened, {"issue": f"{year}-W{week:02}", "subject": subject})


def _start(day: date, chance: Random) -> datetime:
    (hour,) = chance.choices(range(24), _HOURS)
    midnight = datetime.combine(day, time(tzinfo=UTC))
    return midnight + timedelta(hours=hour, milliseconds=chance.randrange(3_600_000))
