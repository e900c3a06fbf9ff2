from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from factories import BUYERS
from rest import get, post, post_text
from starlette.testclient import TestClient

from pipeline.smart import EmailFacts, EmailText, KeywordGenerator, TemplateWriter, plug_in

GENERATE, DRAFT = "/api/smart-generate/segment", "/api/smart-draft/email"
SECRET = "sk-live-0123456789"


@pytest.fixture(autouse=True)
def _built_in_again() -> Iterator[None]:
    yield
    plug_in(generator=KeywordGenerator(), writer=TemplateWriter())


# One database is enough: these endpoints ask none.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


# --------------------------------------------------------------------------------- Smart Generate
@pytest.mark.parametrize(
    ("prompt", "definition"),
    [
        ("purchased in the last 30 days", BUYERS),
        ("Everybody", {**BUYERS, "eventType": "page_view"}),
        (
            "visited /Docs within 2 weeks",
            {
                "kind": "event_property_equals",
                "eventType": "page_view",
                "path": "path",
                "value": "/Docs",
                "days": 14,
            },
        ),
        (
            "more than 2 purchases this week",
            {**BUYERS, "kind": "event_count_gte_in_last_days", "days": 7, "minCount": 3},
        ),
    ],
)
def test_a_prompt_becomes_a_definition_that_can_be_previewed(
    api: TestClient, prompt: str, definition: dict[str, Any]
) -> None:
    assert post(api, GENERATE, {"prompt": prompt}) == (200, {"definition": definition})
    assert post(api, "/api/segments/preview", {"definition": definition})[0] == 200


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        *(({"prompt": wrong}, "Prompt is required") for wrong in [None, "", " \n", 7, True, []]),
        ({}, "Prompt is required"),
        ([], "Prompt is required"),
        ("purchase", "Prompt is required"),
        ({"prompt": "x" * 2001}, "prompt must be at most 2000 characters"),
        ({"prompt": "a\0"}, "prompt must not contain NUL characters"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_prompt_that_says_nothing_is_refused(api: TestClient, body: Any, sentence: str) -> None:
    assert post(api, GENERATE, body) == (400, sentence)


# ------------------------------------------------------------------------------------ Smart Draft
def draft(api: TestClient, **fields: object) -> dict[str, str]:
    status, text = post(api, DRAFT, {"customerEmail": "Ada.L@example.com", **fields})
    assert (status, list(text)) == (200, ["subject", "body"])
    return text


def test_there_are_four_texts_one_for_each_combination(api: TestClient) -> None:
    sku, event = {"recommendedSku": "MUG-1"}, {"recentEventType": "added_to_cart"}
    with_sku, without = draft(api, **sku), draft(api)
    assert with_sku["subject"] == draft(api, **sku, **event)["subject"]
    assert with_sku["subject"] == "Still thinking about MUG-1?"
    assert without["subject"] == draft(api, **event)["subject"]
    assert without["subject"] == "We have something special for you"
    bodies = [with_sku, without, draft(api, **event), draft(api, **sku, **event)]
    assert len({text["body"] for text in bodies}) == 4
    for text, has_sku, has_event in zip(bodies, (1, 0, 0, 1), (0, 0, 1, 1), strict=True):
        assert "ada.l" in text["body"]
        assert ("MUG-1" in text["body"]) == bool(has_sku)
        assert ("added to cart" in text["body"]) == bool(has_event)


@pytest.mark.parametrize("blank", [None, "", " \t", 7, True, [], {}])
def test_optional_facts_that_say_nothing_are_absent(api: TestClient, blank: object) -> None:
    assert draft(api, recentEventType=blank, recommendedSku=blank) == draft(api)


NO_EMAIL = "customerEmail is required"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        *(
            ({"customerEmail": wrong, "recommendedSku": "x" * 999}, NO_EMAIL)
            for wrong in [None, "", " \n", 7, True, [], {}]
        ),
        ({}, NO_EMAIL),
        ([], NO_EMAIL),
        ({"email": "ada@example.com"}, NO_EMAIL),
        *(
            ({"customerEmail": wrong, "recommendedSku": "x" * 999}, "Invalid email format")
            for wrong in ["ada", "ada@example", "a da@example.com", "a@b@c.co"]
        ),
        ({"customerEmail": f"{'a' * 250}@b.co"}, "email must be at most 254 characters"),
        (
            {"customerEmail": "a@b.co", "recentEventType": "x" * 201},
            "recentEventType must be at most 200 characters",
        ),
        (
            {"customerEmail": "a@b.co", "recommendedSku": "a\0"},
            "recommendedSku must not contain NUL characters",
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_facts_that_cannot_be_are_refused(api: TestClient, body: Any, sentence: str) -> None:
    assert post(api, DRAFT, body) == (400, sentence)


def test_lone_surrogates_are_refused(api: TestClient) -> None:
    sentence = "must not contain lone surrogates"
    assert post_text(api, GENERATE, '{"prompt": "\\ud800"}') == (400, f"prompt {sentence}")
    facts = '{"customerEmail": "a\\ud800@b.co"}'
    assert post_text(api, DRAFT, facts) == (400, f"email {sentence}")


# --------------------------------------------------------------------------------------- providers
class Broken:
    """A provider that raises, with a secret in its error."""

    def generate(self, prompt: str, _: Sequence[str]) -> dict[str, object]:
        raise RuntimeError(SECRET + prompt)

    def write(self, facts: EmailFacts) -> EmailText:
        raise RuntimeError(SECRET + facts.customer_email)


class Useless:
    """A provider that answers what cannot be used."""

    def generate(self, prompt: str, _: Sequence[str]) -> dict[str, object]:
        return {**BUYERS, "eventType": prompt, "days": -1}

    def write(self, facts: EmailFacts) -> EmailText:
        return EmailText("two\nlines", facts.customer_email)


@pytest.mark.parametrize(
    ("provider", "generated", "drafted"),
    [
        (
            Broken(),
            "Broken.generate failed with RuntimeError, see the server's log",
            "Broken.write failed with RuntimeError, see the server's log",
        ),
        (
            Useless(),
            "Useless.generate returned an unusable answer: days must be a positive integer",
            "Useless.write returned an unusable answer: subject must be a single line",
        ),
    ],
)
def test_a_provider_that_fails_is_a_bad_gateway(
    api: TestClient, provider: Any, generated: str, drafted: str
) -> None:
    plug_in(generator=provider, writer=provider)
    assert post(api, GENERATE, {"prompt": "purchase"}) == (502, generated)
    assert post(api, DRAFT, {"customerEmail": "a@b.co"}) == (502, drafted)
    assert get(api, "/api/segments") == (200, {"segments": []})
