"""One visit to the shop: looking round, filling the cart, perhaps paying, and what comes of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple, TypeVar

from pipeline.demo.catalogue import (
    COUPONS,
    PAGES,
    PRODUCTS,
    REFERRERS,
    REVIEWS,
    SEARCHES,
    SITE,
    STARS,
    TICKETS,
    Product,
)
from pipeline.demo.chance import pick
from pipeline.demo.customers import Shopper
from pipeline.demo.orders import Cart, Line

T = TypeVar("T")

# How many pages and products are seen, and pieces taken, each as likely as its weight is large.
_PAGES_SEEN = {1: 40, 2: 28, 3: 17, 4: 10, 6: 5}
_PRODUCTS_SEEN = {0: 32, 1: 26, 2: 18, 3: 13, 4: 7, 6: 4}
_PIECES = {1: 80, 2: 15, 3: 5}
# How much likelier a product is seen when it is of a favourite category, or was searched for.
_FAVOURED, _SOUGHT = 5, 20
# The chances of what need not happen.
_LOGIN, _SEARCH, _CHECKOUT, _PAYMENT = 0.5, 0.22, 0.5, 0.8
_COUPON, _REVIEW, _TICKET = 0.25, 0.22, 0.1


class Step(NamedTuple):
    """One thing that a customer did."""

    type: str
    at: datetime
    properties: dict[str, object]


class Visit:
    """What a shopper does from `start` on; `steps` tells it."""

    def __init__(self, shopper: Shopper, start: datetime, chance: Random) -> None:
        self._shopper = shopper
        self._start = self._now = start
        self._chance = chance
        self._sought: set[Product] = set()
        self._seen: set[Product] = set()
        self._cart = Cart()

    def steps(self, *, signs_up: bool) -> Iterator[Step]:
        """All that happens, up to the review that follows days later."""
        yield from self._browse()
        yield from self._identify(signs_up)
        yield from self._search()
        yield from self._look_at_products()
        yield from self._pay()

    def _browse(self) -> Iterator[Step]:
        referrer, here = pick(self._chance, REFERRERS), ""
        for _ in range(pick(self._chance, _PAGES_SEEN)):
            here = pick(self._chance, {path: PAGES[path] for path in PAGES if path != here})
            yield self._step("page_view", path=here, **({"referrer": referrer} if referrer else {}))
            referrer = SITE + here

    def _identify(self, signs_up: bool) -> Iterator[Step]:
        if signs_up:
            yield self._step("signup", source=self._choice("website", "newsletter", "fair"))
        elif self._happens(_LOGIN):
            yield self._step("login", method=self._choice("password", "passkey", "link"))

    def _search(self) -> Iterator[Step]:
        if self._happens(_SEARCH):
            query = self._choice(*SEARCHES)
            self._sought = {product for product in PRODUCTS if product.is_found_by(query)}
            yield self._step("search", query=query, results=len(self._sought))

    def _look_at_products(self) -> Iterator[Step]:
        for _ in range(pick(self._chance, _PRODUCTS_SEEN)):
            product = pick(self._chance, self._interests())
            self._seen.add(product)
            shown = {"sku": product.sku, "product": product.name, "price": product.price}
            yield self._step("product_view", **shown, category=product.category)
            if self._happens(self._shopper.appetite):
                line = Line(product, pick(self._chance, _PIECES))
                self._cart.append(line)
                yield self._step("added_to_cart", **shown, quantity=line.quantity)

    def _interests(self) -> dict[Product, int]:
        return {
            product: self._interest(product) for product in PRODUCTS if product not in self._seen
        }

    def _interest(self, product: Product) -> int:
        favoured = product.category in self._shopper.favourites
        return (_FAVOURED if favoured else 1) * (_SOUGHT if product in self._sought else 1)

    def _pay(self) -> Iterator[Step]:
        if self._cart and self._happens(_CHECKOUT):
            yield self._step("checkout", **self._cart.checkout())
            if self._happens(_PAYMENT):
                # A shopper comes once a day, so no other order has this number.
                order_id = f"KC-{self._start:%y%m%d}-{self._shopper.number:04}"
                coupon = self._choice(*COUPONS) if self._happens(_COUPON) else None
                yield self._step("purchase", **self._cart.order(order_id, coupon))
                yield from self._look_back(order_id)

    def _look_back(self, order_id: str) -> Iterator[Step]:
        if self._happens(_TICKET):
            self._now += timedelta(days=self._chance.uniform(0.5, 6))
            yield self._step("support_ticket", topic=pick(self._chance, TICKETS), orderId=order_id)
        if self._happens(_REVIEW):
            self._now += timedelta(days=self._chance.uniform(3, 12))
            rating, product = pick(self._chance, STARS), self._choice(*self._cart).product
            about = {"sku": product.sku, "name": product.name}
            title = self._choice(*REVIEWS[rating])
            yield self._step("review", rating=rating, title=title, product=about, orderId=order_id)

    # ------------------------------------------------------------------------------------ chance
    def _step(self, event_type: str, /, **properties: object) -> Step:
        step = Step(event_type, self._now, properties)
        self._now += timedelta(milliseconds=self._chance.randint(6_000, 150_000))
        return step

    def _happens(self, likelihood: float) -> bool:
        return self._chance.random() < likelihood

    def _choice(self, *of: T) -> T:
        return self._chance.choice(of)
