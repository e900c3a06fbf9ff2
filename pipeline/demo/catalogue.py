"""What the shop has: its products, its pages, the words people search for, its newsletters."""

from decimal import Decimal
from typing import NamedTuple

CURRENCY = "EUR"
SITE = "https://kettle-and-crumb.example"


class Product(NamedTuple):
    """Something to buy; `price` is in CURRENCY."""

    sku: str
    name: str
    category: str
    price: Decimal

    def is_found_by(self, query: str) -> bool:
        """Whether a search shows it."""
        return query in f"{self.name} {self.category}".lower()


def _shelf(category: str, *products: tuple[str, str, str]) -> tuple[Product, ...]:
    return tuple(Product(sku, name, category, Decimal(price)) for sku, name, price in products)


PRODUCTS = (
    *_shelf(
        "coffee",
        ("COFFEE-MORNING-BLEND", "Morning Blend, 500 g", "13.50"),
        ("COFFEE-HARBOUR-ESPRESSO", "Harbour Espresso, 500 g", "14.90"),
        ("COFFEE-ETHIOPIA-GUJI", "Ethiopia Guji, 250 g", "12.80"),
        ("COFFEE-COLOMBIA-HUILA", "Colombia Huila, 250 g", "11.90"),
        ("COFFEE-KENYA-NYERI", "Kenya Nyeri, 250 g", "13.90"),
        ("COFFEE-DECAF-SUNDAY", "Sunday Decaf, 250 g", "10.90"),
        ("COFFEE-TASTING-BOX", "Tasting Box, 4 x 100 g", "24.00"),
    ),
    *_shelf(
        "tea",
        ("TEA-EARL-GREY", "Earl Grey, 100 g", "9.50"),
        ("TEA-SENCHA-SPRING", "Spring Sencha, 100 g", "14.50"),
        ("TEA-OOLONG-AMBER", "Amber Oolong, 80 g", "16.00"),
        ("TEA-ROOIBOS-ORANGE", "Orange Rooibos, 100 g", "7.90"),
        ("TEA-MINT-GARDEN", "Garden Mint, 60 g", "6.90"),
    ),
    *_shelf(
        "brewers",
        ("BREWER-POUR-OVER", "Ceramic Pour-Over", "27.00"),
        ("BREWER-FRENCH-PRESS", "French Press, 1 l", "39.00"),
        ("BREWER-MOKA-POT", "Moka Pot, 6 cups", "34.50"),
        ("BREWER-COLD-BREW", "Cold Brew Carafe", "31.00"),
        ("BREWER-GLASS-CARAFE", "Glass Carafe, 600 ml", "42.00"),
        ("BREWER-TRAVEL-PRESS", "Travel Press", "36.00"),
    ),
    *_shelf(
        "grinders",
        ("GRINDER-HAND-STEEL", "Steel Hand Grinder", "79.00"),
        ("GRINDER-HAND-MINI", "Mini Hand Grinder", "49.00"),
        ("GRINDER-ELECTRIC", "Electric Burr Grinder", "159.00"),
    ),
    *_shelf(
        "kettles",
        ("KETTLE-GOOSENECK", "Gooseneck Kettle", "64.00"),
        ("KETTLE-ELECTRIC", "Electric Kettle with Thermometer", "119.00"),
        ("KETTLE-CAST-IRON", "Cast Iron Teapot", "58.00"),
        ("KETTLE-WHISTLE", "Whistling Kettle", "45.00"),
    ),
    *_shelf(
        "cups",
        ("MUG-SPECKLED", "Speckled Mug", "16.00"),
        ("MUG-STONE-BLUE", "Stone Blue Mug", "18.00"),
        ("CUP-ESPRESSO-PAIR", "Espresso Cups, pair", "22.00"),
        ("CUP-DOUBLE-WALL", "Double-Wall Glass", "14.50"),
        ("CUP-CAPPUCCINO-SET", "Cappuccino Set for Four", "54.00"),
        ("TUMBLER-COMMUTER", "Commuter Tumbler", "29.00"),
    ),
    *_shelf(
        "bakery",
        ("BAKE-SHORTBREAD", "Butter Shortbread", "6.50"),
        ("BAKE-ALMOND-BISCOTTI", "Almond Biscotti", "7.50"),
        ("BAKE-GRANOLA-HONEY", "Honey Granola", "8.90"),
        ("BAKE-BRITTLE-HAZEL", "Hazelnut Brittle", "5.90"),
    ),
    *_shelf(
        "accessories",
        ("FILTER-PAPER-100", "Paper Filters, 100", "5.50"),
        ("FILTER-STEEL", "Steel Filter", "19.00"),
        ("SCALE-BARISTA", "Barista Scale", "44.00"),
        ("JAR-AIRTIGHT", "Airtight Jar", "17.50"),
        ("SPOON-MEASURE", "Measuring Spoon", "8.00"),
    ),
)
CATEGORIES = tuple(dict.fromkeys(product.category for product in PRODUCTS))

#: How often a page is looked at, compared with the others.
PAGES = {
    "/": 26,
    **{f"/shop/{category}": 5 for category in CATEGORIES},
    "/pricing": 14,
    "/sale": 8,
    "/brew-guides/pour-over": 5,
    "/brew-guides/french-press": 3,
    "/brew-guides/cold-brew": 3,
    "/journal/how-we-roast": 3,
    "/journal/a-week-in-huila": 2,
    "/gift-cards": 3,
    "/shipping": 4,
    "/returns": 2,
    "/about": 3,
}
#: Where a visit comes from; nothing is an address that was typed in.
REFERRERS = {
    "": 40,
    "https://www.google.com/": 30,
    "https://www.instagram.com/": 9,
    "https://duckduckgo.com/": 5,
    "https://www.youtube.com/": 4,
    "https://news.kettle-and-crumb.example/": 12,
}
SEARCHES = (
    *("espresso", "mug", "grinder", "decaf", "filter", "kettle", "pour-over", "tea", "cold brew"),
    *("scale", "press", "gift", "oolong", "granola", "matcha", "descaler", "oat milk"),
)
#: What each coupon takes off the goods.
COUPONS = {"WELCOME10": Decimal("0.10"), "BREW15": Decimal("0.15"), "SUNDAY5": Decimal("0.05")}
SHIPPING = Decimal("4.90")
FREE_SHIPPING_FROM = Decimal("40.00")

NEWSLETTERS = (
    "Five minutes to a better pour-over",
    "New harvest: Ethiopia Guji is here",
    "What our roaster drinks on Mondays",
    "The quiet art of the moka pot",
    "Cold brew for the weekend",
    "Tea for people who say they do not like tea",
    "Which grinder is the right one?",
    "Back on the shelf: the Speckled Mug",
)
TICKETS = {
    "Where is my parcel?": 8,
    "A cup arrived broken": 4,
    "I would like to return an item": 4,
    "Change of delivery address": 3,
    "Which grind size for the moka pot?": 2,
    "The coupon was not accepted": 2,
}
#: What reviewers say, by stars.
REVIEWS = {
    5: ("Exactly what I was looking for", "My new favourite", "Would buy it again"),
    4: ("Very good, a little pricey", "Lovely, delivery took a while"),
    3: ("It does its job", "Nice, but smaller than expected"),
    2: ("Not quite as described",),
    1: ("Arrived broken",),
}
STARS = {5: 52, 4: 27, 3: 11, 2: 5, 1: 5}
