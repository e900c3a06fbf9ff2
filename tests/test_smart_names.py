"""Prompts that speak of a shop's own event types, in the ways in which people write their names."""

import random
from itertools import product

import pytest
from factories import did
from hypothesis import assume, given
from hypothesis import strategies as st
from rest import post
from starlette.testclient import TestClient

from pipeline.database import Database
from pipeline.rules import parse
from pipeline.smart import Generated, KeywordGenerator, generate_segment, understand
from tests.test_smart_compound import MIXED, PROMPTS

CONTRACT = ["added_to_cart", "purchase", "signup", "login", "page_view", "checkout"]
SHOP = [
    *CONTRACT,
    "search",
    "newsletter_opened",
    "whitepaperDownloaded",
    "demo_booked",
    "Order Refunded",
    "order:completed",
    "added_to_wishlist",
    "email-opened",
    "PDFExported",
    "opt_in",
    "list",
    "🎉",
]


def sentence(prompt: str, event_types: list[str] = SHOP) -> str:
    return parse(KeywordGenerator().generate(prompt, event_types).definition).sentence()


def types_in(generated: Generated) -> set[object]:
    """The event types of its conditions."""
    rules = [parse(generated.definition)]
    for rule in rules:
        rules += [child for _, child in rule.children]
    return {rule.definition().get("eventType") for rule in rules}


# ------------------------------------------------------------------------------------------- forms
@pytest.mark.parametrize(
    ("prompt", "understood"),
    [
        # as they are called
        ("newsletter_opened", "did newsletter_opened in the last 30 days"),
        ("did whitepaperDownloaded today", "did whitepaperDownloaded in the last day"),
        ("WHITEPAPERDOWNLOADED", "did whitepaperDownloaded in the last 30 days"),
        ('did "Order Refunded" this week', 'did "Order Refunded" in the last 7 days'),
        ("“order refunded” ever", 'did "Order Refunded"'),
        ("order:completed this week", "did order:completed in the last 7 days"),
        ("did 🎉 this week", 'did "🎉" in the last 7 days'),
        ("did list in the last 7 days", "did list in the last 7 days"),
        ("events of type search", "did search in the last 30 days"),
        # in words, in any order, with small ones between them
        ("newsletter opened", "did newsletter_opened in the last 30 days"),
        ("opened a newsletter", "did newsletter_opened in the last 30 days"),
        ("Opened some of our newsletters", "did newsletter_opened in the last 30 days"),
        ("newsletter-opened", "did newsletter_opened in the last 30 days"),
        ("refunded an order", 'did "Order Refunded" in the last 30 days'),
        ("exported the pdf", "did PDFExported in the last 30 days"),
        ("opened our emails", "did email-opened in the last 30 days"),
        ("the order has been refunded", 'did "Order Refunded" in the last 30 days'),
        ("added something to their wishlist", "did added_to_wishlist in the last 30 days"),
        ("opted in in the last 7 days", "did opt_in in the last 7 days"),
        ("search events", "did search in the last 30 days"),
        # in other forms
        ("searched", "did search in the last 30 days"),
        ("searches", "did search in the last 30 days"),
        ("searching", "did search in the last 30 days"),
        ("books a demo", "did demo_booked in the last 30 days"),
        ("demo bookings", "did demo_booked in the last 30 days"),
        ("downloads the whitepaper", "did whitepaperDownloaded in the last 30 days"),
        # denied, counted, in time
        ("never opened the newsletter", "did not newsletter_opened"),
        ("has not booked a demo", "did not demo_booked in the last 30 days"),
        ("no searches in the last 2 weeks", "did not search in the last 14 days"),
        ("searched at least 3 times", "did search at least 3 times in the last 30 days"),
        ("3 searches this week", "did search at least 3 times in the last 7 days"),
        ("zero searches this week", "did not search in the last 7 days"),
        ("repeat searches", "did search at least 2 times in the last 30 days"),
        ("one-time searches", "did search exactly once in the last 30 days"),
        (
            "whose last search was more than 30 days ago",
            "did search more than 30 days ago and did not search in the last 30 days",
        ),
        (
            "first demo booked in the last 7 days",
            "did demo_booked in the last 7 days and did not demo_booked more than 7 days ago",
        ),
        # together
        (
            "downloaded the whitepaper but did not book a demo in the last 30 days",
            "did whitepaperDownloaded in the last 30 days and did not demo_booked in the last 30"
            " days",
        ),
        (
            "neither searched nor opened the newsletter this week",
            "did not search in the last 7 days and did not newsletter_opened in the last 7 days",
        ),
        (
            "booked a demo and purchased within 2 days of that",
            "did demo_booked in the last 30 days followed by purchase within 48 hours",
        ),
        (
            "searching where query is tea",
            'did search with query "tea" in the last 30 days',
        ),
    ],
)
def test_an_event_type_that_there_is_is_understood(prompt: str, understood: str) -> None:
    assert sentence(prompt) == understood
    assert understand(prompt, SHOP).remark() is None


@pytest.mark.parametrize(
    ("prompt", "understood", "left_over"),
    [
        (
            "searched for tea or opened the newsletter this month",
            "did search in the last 30 days or did newsletter_opened in the last 30 days",
            ["tea"],
        ),
        ("opened the letter and searched", "did search in the last 30 days", ["opened the letter"]),
        (
            "searched, and the newsletter was not opened",
            "did search in the last 30 days",
            ["newsletter was not opened"],
        ),
        ("please list all who searched", "did search in the last 30 days", []),
        ("booked a room. demo?", "did page_view in the last 30 days", ["booked a room", "demo"]),
    ],
)
def test_what_is_no_event_type_is_still_left_over(
    prompt: str, understood: str, left_over: list[str]
) -> None:
    assert sentence(prompt) == understood
    assert [*understand(prompt, SHOP).not_understood] == left_over


# ----------------------------------------------------------------------------------------- clashes
@pytest.mark.parametrize(
    ("prompt", "event_types", "meant"),
    [
        # the more exact one
        ("opened", ["open", "opened", "opens"], "opened"),
        ("opening", ["opens", "open", "opened"], "open"),
        ("Open", ["open", "Open"], "Open"),
        ("newsletter opened", ["newsletter_opened", "newsletter opened"], "newsletter opened"),
        ("newsletter opened", ["newsletter_open", "opened_newsletter"], "opened_newsletter"),
        ("opened the newsletter", ["newsletter_opened", "opened_newsletter"], "opened_newsletter"),
        ("opened the newsletter", ["newsletter_open", "newsletter_opened"], "newsletter_opened"),
        ('"Purchase"', ["Purchase", "purchase"], "Purchase"),
        # the longer one
        ("opened the newsletter", ["open", "newsletter", "newsletter_opened"], "newsletter_opened"),
        ("purchase completed", ["purchase", "purchase_completed"], "purchase_completed"),
        ("viewed a product", ["page_view", "Product Viewed"], "Product Viewed"),
        ("added a mug to their cart", ["added_to_cart", "added"], "added_to_cart"),
        # of as long ones the contract's, if there is such an event
        ("signed up", ["signup", "Signed Up"], "signup"),
        ("signed up", ["Signed Up"], "Signed Up"),
        ("purchased", [], "purchase"),
        ("ordered", ["order", "purchase"], "order"),
        ("abandoned carts", ["cart_abandoned", "added_to_cart"], "cart_abandoned"),
        # no word of the grammar, and none that says nothing
        ("did not purchase this week", ["not", "this", "week", "this week"], "purchase"),
        ("a login, at a time", ["a", "at", "time", ","], "login"),
        ("opted out", ["opt_in", "opt"], "opt"),
        ("a new login", ["news"], "login"),
    ],
)
def test_of_two_that_fit_one_is_meant(prompt: str, event_types: list[str], meant: str) -> None:
    for order in (event_types, event_types[::-1]):
        assert types_in(KeywordGenerator().generate(prompt, order)) == {meant}


@pytest.mark.parametrize("prompt", [prompt for prompt, _, _ in PROMPTS])
def test_what_is_understood_without_names_is_understood_with_them(prompt: str) -> None:
    assert KeywordGenerator().generate(prompt, SHOP) == KeywordGenerator().generate(prompt)


# ---------------------------------------------------------------------------------------- any names
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# No word that means something, or nothing, begins like that.
WORD = st.text(LETTERS, max_size=10).map("qz".__add__)
FOREIGN = st.text(f"{LETTERS}äéßø", max_size=10).map("qz".__add__)


def names_of(words: list[str]) -> list[str]:
    parted = [parting.join(words) for parting in "_- :"]
    return [*parted, "".join([words[0], *(word.capitalize() for word in words[1:])])]


@given(st.lists(WORD, min_size=1, max_size=5) | st.lists(FOREIGN, min_size=1, max_size=1))
def test_any_name_is_understood_as_it_is_and_in_its_words(words: list[str]) -> None:
    spaced = " ".join(words)

    for name, said in product(names_of(words), [spaced, f'"{spaced}"', spaced.upper(), None]):
        generated = KeywordGenerator().generate(f"did {said or name} in the last 7 days", [name])
        assert types_in(generated) == {name}
        assert not generated.not_understood


STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
HOSTILE = [
    "(a+)+$", "[", "\\", "(?P<n>", "a|b", "**bold**", "a\nb", " ", "", "_", "-", "'", '"', "of",
]  # fmt: skip
ANY_NAMES = st.lists(STORABLE | st.sampled_from([*HOSTILE, *SHOP]), max_size=20)


@given(st.builds(str.join, st.sampled_from([" ", "", "-"]), MIXED), ANY_NAMES, st.randoms())
def test_any_names_give_a_rule_always_the_same(
    text: str, names: list[str], shuffle: random.Random
) -> None:
    text = f"{text} {' and '.join(names)}"
    generated = KeywordGenerator().generate(text, names)
    shuffle.shuffle(names)

    assert parse(generated.definition)
    assert all(phrase in " ".join(text.split()) for phrase in generated.not_understood)
    assert KeywordGenerator().generate(text, names) == generated


@given(MIXED, st.lists(st.sampled_from(["qwertz", "yxcvb", "asdfg", "tea", "in"]), max_size=3))
def test_a_name_of_which_a_word_is_missing_changes_nothing(
    phrases: list[str], words: list[str]
) -> None:
    names = [f"{word}_uiopü" for word in words]
    assume("uiopü" not in " ".join(phrases).casefold())
    text = " ".join([*phrases, *words])

    assert KeywordGenerator().generate(text, names) == KeywordGenerator().generate(text)


MANY = [" ".join(random.Random(n).choices("abcdxyz", k=100)) for n in range(500)]


@pytest.mark.no_cover
@pytest.mark.parametrize("phrase", ["a-", "-", '"a" ', "did ", "a b c d ", "3 a ", "last a the "])
def test_long_prompts_come_to_an_end_among_many_long_names(phrase: str) -> None:
    text = (phrase * 2_000)[:2_000]
    names = [*MANY, *(name[:20].replace(" ", "_") for name in MANY), "a", "b_a", *HOSTILE]

    assert parse(KeywordGenerator().generate(text, names).definition)


# ------------------------------------------------------------------------------------- who is asked
def test_a_prompt_becomes_a_rule_about_an_event_type_that_there_is() -> None:
    rule = generate_segment("opened the newsletter", ["newsletter_opened"])

    assert rule.sentence() == "did newsletter_opened in the last 30 days"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_api_keeps_to_the_contracts_table(database: Database, api: TestClient) -> None:
    did(database, "ada@example.com", "newsletter_opened")

    status, answer = post(
        api, "/api/smart-generate/segment", {"prompt": "opened the newsletter this week"}
    )

    assert status == 200
    assert answer["definition"]["eventType"] == "page_view"
    assert answer["notUnderstood"] == ["opened the newsletter"]
