"""Who comes to the shop: more every week, some often, most seldom, none for ever."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import count, product

from pipeline.demo.catalogue import CATEGORIES
from pipeline.demo.chance import dice, pick

#: How many shop on a day of the week, Monday first, compared with the average.
WEEKDAYS = (1.0, 0.95, 0.95, 1.05, 0.9, 0.8, 1.35)

_REGULARS = 1_000
_NEWCOMERS = 10.0  # a day when the story begins
_MORE_NEWCOMERS = 0.18  # each day, for the first 90
_GROWING_DAYS = 90
# Domains that belong to nobody; one in 61 mistyped theirs, so that a mail to them fails (RFC 2606).
_DOMAINS = ("example.com", "example.org", "example.net")
_MISTYPED_EVERY = 61
_MISTYPED = "example.invalid"
# How long they stay, in days on average: those who try it once, who drift away, the loyal.
_NEWCOMERS_STAY = {4: 30, 45: 35, 400: 35}
_REGULARS_STAY = {45: 50, 400: 50}

_FIRST_NAMES = (
    *("Ada", "Adrian", "Agnes", "Aisha", "Alba", "Alice", "Amir", "Andrea", "Anna", "Anton"),
    *("Arthur", "Astrid", "Aylin", "Beatriz", "Ben", "Bianca", "Bruno", "Camille", "Carla"),
    *("Carlos", "Cecilia", "Chiara", "Clara", "Claudia", "Daniel", "Daria", "David", "Diego"),
    *("Dora", "Elena", "Elias", "Elif", "Ella", "Emil", "Emma", "Erik", "Esther", "Eva"),
    *("Fatima", "Felix", "Fiona", "Florian", "Frida", "Gabriel", "Giulia", "Greta", "Hana"),
    *("Hannah", "Hassan", "Helena", "Henrik", "Hugo", "Ida", "Ines", "Iris", "Isabel", "Ivan"),
    *("Jakob", "Jana", "Jasper", "Joana", "Johan", "Jonas", "Julia", "Karim", "Katja", "Klara"),
    *("Lars", "Laura", "Leila", "Lena", "Leon", "Lina", "Livia", "Luca", "Lucia", "Magda"),
    *("Maja", "Marco", "Maria", "Marta", "Mateo", "Mehmet", "Mia", "Milan", "Mina", "Nadia"),
    *("Nils", "Nina", "Noah", "Nora", "Olga", "Oliver", "Omar", "Oscar", "Paula", "Pavel"),
    *("Petra", "Rafael", "Rosa", "Samir", "Sara", "Selma", "Simon", "Sofia", "Stefan", "Sven"),
    *("Tara", "Teresa", "Theo", "Tomas", "Vera", "Viktor", "Wanda", "Yara", "Yusuf", "Zoe"),
)
_LAST_NAMES = (
    *("Abbott", "Adler", "Ahmadi", "Almeida", "Andersen", "Arslan", "Baker", "Barbosa", "Bauer"),
    *("Becker", "Bennett", "Berger", "Bianchi", "Blom", "Bondar", "Brandt", "Brooks", "Carter"),
    *("Castro", "Cohen", "Conti", "Costa", "Cruz", "Dahl", "Demir", "Dietrich", "Dumont"),
    *("Duarte", "Ekberg", "Engel", "Farkas", "Ferrari", "Fischer", "Fontaine", "Foster"),
    *("Fuchs", "Garcia", "Gruber", "Haas", "Hansen", "Hartmann", "Hoffman", "Holm", "Horvat"),
    *("Hughes", "Ibrahim", "Ivanova", "Jansen", "Jensen", "Kaya", "Keller", "Kim", "Klein"),
    *("Kovacs", "Kowalski", "Kruger", "Lambert", "Lange", "Larsen", "Laurent", "Lehmann"),
    *("Lindgren", "Lopez", "Lund", "Maier", "Marino", "Marsh", "Martin", "Mendes", "Meyer"),
    *("Moreau", "Morgan", "Moretti", "Mueller", "Nakamura", "Navarro", "Neumann", "Nguyen"),
    *("Nielsen", "Novak", "Okafor", "Olsen", "Ortega", "Owens", "Papadakis", "Parker", "Pereira"),
    *("Petrov", "Pham", "Pires", "Popescu", "Price", "Ramos", "Reyes", "Ricci", "Richter"),
    *("Rinaldi", "Rossi", "Roth", "Salem", "Santos", "Sato", "Schmidt", "Seidel", "Silva"),
    *("Simon", "Soto", "Stein", "Svensson", "Szabo", "Tanaka", "Torres", "Turner", "Vargas"),
    *("Vogel", "Wagner", "Walsh", "Weber", "Winter", "Wood", "Yilmaz", "Young", "Zimmer"),
)


@dataclass(frozen=True, slots=True)
class Shopper:
    """A customer of the shop, with their habits.

    `visits` and `opens` are chances: of a visit on a day, and of a newsletter being opened;
    `appetite` is the chance that a product looked at goes into the cart.
    """

    number: int
    email: str
    joined: date
    signs_up: bool
    leaves: date
    visits: float
    appetite: float
    opens: float
    favourites: tuple[str, ...]

    def visits_on(self, day: date) -> float:
        """The chance of a visit on a day: more on some weekdays, and while all is new."""
        curiosity = 2.5 if self.signs_up and (day - self.joined).days < 10 else 1.0
        return min(0.9, self.visits * curiosity * WEEKDAYS[day.weekday()])


def shoppers(opening: date, last: date) -> Iterator[Shopper]:
    """Those who were there when the story opens, then each day's newcomers up to the last day.

    A later last day adds to the end and changes nobody.
    """
    numbers = count()
    for _ in range(_REGULARS):
        yield _shopper(next(numbers), opening, signs_up=False)
    for day in range((last - opening).days + 1):
        joined = opening + timedelta(days=day)
        for _ in range(_newcomers(day, joined.weekday())):
            yield _shopper(next(numbers), joined, signs_up=True)


def _newcomers(day: int, weekday: int) -> int:
    expected = _NEWCOMERS + _MORE_NEWCOMERS * min(day, _GROWING_DAYS)
    return round(expected * WEEKDAYS[weekday] * dice("newcomers", day).uniform(0.75, 1.25))


def _shopper(number: int, joined: date, *, signs_up: bool) -> Shopper:
    chance = dice("shopper", number)
    stay = pick(chance, _NEWCOMERS_STAY if signs_up else _REGULARS_STAY)
    return Shopper(
        number=number,
        email=_email(number),
        joined=joined,
        signs_up=signs_up,
        leaves=joined + timedelta(days=round(chance.expovariate(1 / stay))),
        visits=chance.lognormvariate(-3.3, 1.05),  # half of them come once in 27 days or less
        appetite=chance.betavariate(1.3, 4.0),
        opens=chance.choice((0.0, 0.0, 0.1, 0.3, 0.6)),
        favourites=tuple(chance.sample(CATEGORIES, 2)),
    )


def _email(number: int) -> str:
    """An address of their own: names are dealt out once before the first comes again, numbered."""
    again, name = divmod(number, len(_names()))
    domain = _MISTYPED if number % _MISTYPED_EVERY == 0 else _DOMAINS[number % len(_DOMAINS)]
    return f"{_names()[name]}{again or ''}@{domain}"


@cache
def _names() -> list[str]:
    names = [f"{first}.{last}".lower() for first, last in product(_FIRST_NAMES, _LAST_NAMES)]
    dice("names").shuffle(names)
    return names
