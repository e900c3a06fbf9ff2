"""The cart, and the order that may become of it."""

from decimal import Decimal
from typing import NamedTuple

from pipeline.demo.catalogue import COUPONS, CURRENCY, FREE_SHIPPING_FROM, SHIPPING, Product

_CENT = Decimal("0.01")


class Line(NamedTuple):
    """So many of one product."""

    product: Product
    quantity: int


class Cart(list[Line]):
    """What somebody wants to buy; its sums are in CURRENCY."""

    @property
    def goods(self) -> Decimal:
        """The price of all that is in it."""
        return sum((product.price * quantity for product, quantity in self), Decimal())

    def checkout(self) -> dict[str, object]:
        """The properties of the event when it is taken to the till."""
        items = sum(line.quantity for line in self)
        return {"total": self.goods, "currency": CURRENCY, "itemCount": items}

    def order(self, order_id: str, coupon: str | None) -> dict[str, object]:
        """The properties of the purchase."""
        discount = (self.goods * COUPONS[coupon]).quantize(_CENT) if coupon else Decimal()
        paid = self.goods - discount
        shipping = SHIPPING if paid < FREE_SHIPPING_FROM else Decimal()
        properties: dict[str, object] = {
            "orderId": order_id,
            "total": paid + shipping,
            "currency": CURRENCY,
            "shipping": shipping,
            "items": [
                {"sku": product.sku, "price": product.price, "quantity": quantity}
                for product, quantity in self
            ],
        }
        return properties | ({"coupon": coupon, "discount": discount} if coupon else {})
