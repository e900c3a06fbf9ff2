"""Smart Generate and Smart Draft: the built-in providers, plugged-in ones, and bad ones."""

from collections import UserDict
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import Invalid, ProviderError
from pipeline.rules import MAX_COUNT, MAX_DAYS, parse
from pipeline.smart import (
    EmailFacts,
    EmailText,
    Generated,
    KeywordGenerator,
    TemplateWriter,
    draft_email,
    generate_segment,
    plug_in,
    understand,
    write_email,
)
from pipeline.smart.templates import event_in_words

SECRET = "sk-live-0123456789"
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.fixture(autouse=True)
def _built_in_again() -> Iterator[None]:
    yield
    plug_in(generator=KeywordGenerator(), writer=TemplateWriter())


def did(event_type: str, days: int = 30) -> dict[str, object]:
    return {"kind": "event_type_in_last_days", "eventType": event_type, "days": days}


def counted(event_type: str, min_count: int, days: int = 30) -> dict[str, object]:
    return {**did(event_type, days), "kind": "event_count_gte_in_last_days", "minCount": min_count}


def viewed(value: str, days: int = 30) -> dict[str, object]:
    page = {"path": "path", "value": value}
    return {**did("page_view", days), "kind": "event_property_equals", **page}


# ------------------------------------------------------------------------------- Smart Generate
EVENT_TYPES = [
    ("add to cart", "added_to_cart"),
    ("ADDED TO CART", "added_to_cart"),
    ("everyone who adds to cart", "added_to_cart"),
    ("added_to_cart", "added_to_cart"),
    ("add-to-cart", "added_to_cart"),
    ("added a blue mug to their cart", "added_to_cart"),
    ("purchase", "purchase"),
    ("Purchased something", "purchase"),
    ("people purchasing", "purchase"),
    ("purchases", "purchase"),
    ("sign up", "signup"),
    ("signed up", "signup"),
    ("signed-up", "signup"),
    ("signups", "signup"),
    ("Signup", "signup"),
    ("log in", "login"),
    ("logged in", "login"),
    ("logged_in", "login"),
    ("logged into their account", "login"),
    ("LOGIN", "login"),
    ("page view", "page_view"),
    ("page views", "page_view"),
    ("page_view", "page_view"),
    ("check out", "checkout"),
    ("checked\nout", "checkout"),
    ("checkout", "checkout"),
    ("somebody who did something", "page_view"),
    ("a blogger blogged in the afternoon", "page_view"),
    # the table's order, not the prompt's
    ("checkout after a page view", "page_view"),
    ("page view then login", "login"),
    ("logged in after they signed up", "signup"),
    ("signed up and purchased", "purchase"),
    ("purchased what they added to cart", "added_to_cart"),
]

TIMES = [
    ("in the last 7 days", 7),
    ("in the past 10 days", 10),
    ("within 1 day", 1),
    ("within the last 3 days", 3),
    ("within past 3 weeks", 21),
    ("last-7-days", 7),
    ("LAST 2 WEEKS", 14),
    ("past 3 months", 90),
    ("last 14days", 14),
    ("last 1,000 days", 1000),
    ("2 weeks ago", 14),
    ("in a 45-day window", 45),
    ("3 weeks ago or in the last 5 days", 5),
    ("this week", 7),
    ("last month", 30),
    ("a month or a week ago", 7),
    ("in the last 1.5 weeks", 7),
    ("at the weekend", 30),
    ("ever", 30),
    ("in the last 0 days", 1),
    ("in the last 3650 days", MAX_DAYS),
    ("in the last 3651 days", MAX_DAYS),
    ("in the last 600 weeks", MAX_DAYS),
    (f"in the last {'9' * 5000} months", MAX_DAYS),
    (f"in the last {'0' * 5000}5 days", 5),
]

PAGES = [
    ("looked at pricing", "/pricing"),
    ("the PRICING page", "/pricing"),
    ("visited /docs", "/docs"),
    ("Viewed the /Docs/API_v2-beta", "/Docs/API_v2-beta"),
    ("visited the page /blog/", "/blog/"),
    ("visited /.", "/"),
    ("visited /docs/index.html, then left", "/docs/index.html"),
    ('who viewed "/a?b=1&c=2".', "/a?b=1&c=2"),
    ("(visited /about)", "/about"),
    ("was it viewed /about?!", "/about"),
    ("pricing, or visited /docs", "/docs"),
    ("purchased after they visited /docs", "/docs"),
    ("visited /weekly-deals", "/weekly-deals"),
]

COUNTS = [
    ("at least 3", 3),
    ("at least 3 times", 3),
    ("AT LEAST  3", 3),
    (">= 3", 3),
    (">=3", 3),
    ("more than 3", 4),
    ("> 3", 4),
    (">3", 4),
    ("at least 1,000 times", 1000),
    ("more than 9 but at least 2", 2),
    ("> 9, >= 2", 2),
    ("at least 0", 1),
    ("more than 0", 1),
    ("at least 1000000000", MAX_COUNT),
    ("more than 1000000000", MAX_COUNT),
    (f"at least {'9' * 5000}", MAX_COUNT),
]

COMBINED = [
    ("purchased at least 3 times in the last 2 weeks", counted("purchase", 3, 14)),
    ("logged in more than 5 times within 3 months", counted("login", 6, 90)),
    ("more than 2 weeks of page views", counted("page_view", 3, 14)),
    ("viewed /pricing in the past 10 days", viewed("/pricing", 10)),
    ("pricing page this week", viewed("/pricing", 7)),
    ("Added to cart in the last 7 days", did("added_to_cart", 7)),
    ("reviewed /docs", did("page_view")),
    ("repricing", did("page_view")),
    ("at least a few purchases", did("purchase")),
]


@pytest.mark.parametrize(
    ("prompt", "definition"),
    [
        *((prompt, did(event_type)) for prompt, event_type in EVENT_TYPES),
        *((f"signed up {prompt}", did("signup", days)) for prompt, days in TIMES),
        *((prompt, viewed(value)) for prompt, value in PAGES),
        *((f"{prompt} purchases", counted("purchase", number)) for prompt, number in COUNTS),
        *COMBINED,
    ],
)
def test_keywords_become_a_definition(prompt: str, definition: dict[str, object]) -> None:
    assert KeywordGenerator().generate(prompt).definition == definition


def test_a_prompt_becomes_a_rule() -> None:
    rule = generate_segment("  signed up in the last week ")

    assert rule.definition() == did("signup", 7)


WORDS = ["visited", "/", "/a", "at least", ">=", "more than", ">", "9" * 30, "0", "last", "weeks"]


@given(
    st.one_of(STORABLE, st.lists(st.one_of(st.sampled_from(WORDS), STORABLE)).map(" ".join)),
)
@example("visited /...")
@example("٣ weeks, at least ٣")
def test_any_text_gives_a_definition_that_the_rules_accept(text: str) -> None:
    definition = KeywordGenerator().generate(text).definition

    assert parse(definition).definition() == definition


@pytest.mark.parametrize("prompt", [None, "", " \n", 7, True, ["purchase"], {"a": 1}])
def test_a_prompt_is_required(prompt: object) -> None:
    with pytest.raises(Invalid, match=r"^Prompt is required$"):
        generate_segment(prompt)


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("x" * 2001, "prompt must be at most 2000 characters"),
        ("visited /a\0b", "prompt must not contain NUL characters"),
        ("visited /\ud800", "prompt must not contain lone surrogates"),
    ],
)
def test_a_prompt_that_cannot_be_asked_is_refused(prompt: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        generate_segment(prompt)

    assert str(refusal.value) == sentence


def test_a_prompt_of_2000_characters_is_answered() -> None:
    assert generate_segment("x" * 2000).definition() == did("page_view")


# ---------------------------------------------------------------------------------- Smart Draft
SUBJECT_WITHOUT_SKU = "We have something special for you"


@pytest.mark.parametrize(
    ("sku", "event_type", "subject", "named"),
    [
        ("MUG-1", "added_to_cart", "Still thinking about MUG-1?", ["MUG-1", '"added to cart"']),
        ("MUG-1", None, "Still thinking about MUG-1?", ["MUG-1"]),
        (None, "newsletter-opened", SUBJECT_WITHOUT_SKU, ['"newsletter opened"']),
        (None, None, SUBJECT_WITHOUT_SKU, []),
    ],
)
def test_the_template_names_what_is_known(
    sku: str | None, event_type: str | None, subject: str, named: list[str]
) -> None:
    email = write_email(EmailFacts("ana.lima@example.com", event_type, sku))

    assert email.subject == subject
    assert email.body.startswith("Hi ana.lima,\n")
    assert all(name in email.body for name in named)
    assert not set("{}@") & set(email.body)


def test_the_four_texts_differ() -> None:
    skus, event_types = (None, "MUG-1"), (None, "purchase")
    bodies = {write_email(EmailFacts("a@b.co", e, s)).body for s in skus for e in event_types}

    assert len(bodies) == 4


def test_the_events_name_is_a_label_outside_the_sentence() -> None:
    body = write_email(EmailFacts("a@b.co", "signed up")).body

    assert 'because of your latest activity with us: "signed up".\n' in body


@pytest.mark.parametrize(
    ("event_type", "words"),
    [
        ("purchase", "purchase"),
        ("added_to_cart", "added to cart"),
        ("page_view", "page view"),
        ("newsletter-opened", "newsletter opened"),
        ("addedToCart", "added to cart"),
        ("Order Completed", "order completed"),
        ("order:completed", "order completed"),
        ("step2Done", "step2 done"),
        ("signed up", "signed up"),
        (" a\n b ", "a b"),
        ("--", "--"),
        ("größe_gewählt", "größe gewählt"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_event_types_are_written_in_words(event_type: str, words: str) -> None:
    assert event_in_words(event_type) == words


def test_a_sku_with_line_breaks_gives_a_subject_of_one_line() -> None:
    email = write_email(EmailFacts("a@b.co", None, " MUG\r\nBcc: x\u2028Y "))

    assert email.subject == "Still thinking about MUG Bcc: x Y?"


def test_a_sku_of_absurd_length_is_cut() -> None:
    email = write_email(EmailFacts("a@b.co", None, "M" * 30_000))

    assert email.subject == f"Still thinking about {'M' * 199}…?"


def test_braces_in_a_sku_are_only_characters() -> None:
    email = write_email(EmailFacts("{sku}@b.co", "{name}", "{event}{0}"))

    assert email.subject == "Still thinking about {event}{0}?"
    assert email.body.startswith("Hi {sku},")


@given(STORABLE, st.none() | STORABLE, st.none() | STORABLE)
def test_any_facts_give_a_valid_email(email: str, event: str | None, sku: str | None) -> None:
    text = write_email(EmailFacts(email, event, sku))

    assert text.subject.splitlines() == [text.subject]
    assert text.subject.strip()
    assert text.body.strip()


def test_a_draft_is_written_from_checked_facts() -> None:
    written = draft_email(" Ana@Example.com ", " added_to_cart ", " MUG-1 ")

    assert written == write_email(EmailFacts("ana@example.com", "added_to_cart", "MUG-1"))


@pytest.mark.parametrize("absent", [None, "", "  ", 7, True, ["MUG-1"]])
def test_blank_and_non_string_facts_are_absent(absent: object) -> None:
    assert draft_email("a@b.co", absent, absent) == draft_email("a@b.co")


@pytest.mark.parametrize("email", [None, "", " \t", 7, False, ["a@b.co"]])
def test_a_customers_email_is_required(email: object) -> None:
    with pytest.raises(Invalid, match=r"^customerEmail is required$"):
        draft_email(email, "x" * 201)


@pytest.mark.parametrize("email", ["ana", "a@b", "a@@b.co", "a b@c.de"])
def test_a_customers_email_must_be_one(email: str) -> None:
    with pytest.raises(Invalid, match=r"^Invalid email format$"):
        draft_email(email)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (("x" * 201, None), "recentEventType must be at most 200 characters"),
        (("a\0b", None), "recentEventType must not contain NUL characters"),
        ((None, "x" * 201), "recommendedSku must be at most 200 characters"),
        ((None, "\udfff"), "recommendedSku must not contain lone surrogates"),
    ],
)
def test_facts_that_cannot_be_stored_are_refused(
    facts: tuple[object, object], sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        draft_email("a@b.co", *facts)

    assert str(refusal.value) == sentence


def test_the_longest_sku_is_kept_whole() -> None:
    assert draft_email("a@b.co", None, "x" * 200).subject == f"Still thinking about {'x' * 200}?"


# -------------------------------------------------------------------------- plugged-in providers
class Model:
    """Answers what it was told to, or raises it; false, as an empty container would be."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked: list[object] = []

    def __len__(self) -> int:
        return 0

    def generate(self, *question: object) -> object:
        self.asked += question
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    write = generate


class Hostile(UserDict[str, object]):
    def get(self, *_: object) -> object:
        raise RuntimeError(SECRET)


def in_full(sentence: str) -> str:
    return sentence.replace("unusable:", "returned an unusable answer:")


EMAIL = EmailText("Hello", "A model wrote this.")


def test_a_plugged_in_generator_answers_until_the_built_in_one_is_back() -> None:
    model = Model(UserDict(counted("login", 2)))
    plug_in(generator=model)
    assert generate_segment(" purchased ", ["login"]).definition() == counted("login", 2)
    assert model.asked == ["purchased", ["login"]]

    plug_in(generator=KeywordGenerator())
    assert generate_segment("purchased").definition() == did("purchase")


def test_a_plugged_in_generator_may_say_what_it_left_out() -> None:
    plug_in(generator=Model(Generated(did("login"), ["on mobile"])))

    understood = understand("logged in on mobile")

    assert understood.rule.definition() == did("login")
    assert understood.not_understood == ("on mobile",)
    assert understood.remark() == 'Not understood, and left out: "on mobile".'


def test_a_plugged_in_writer_answers_until_the_built_in_one_is_back() -> None:
    model = Model(EMAIL)
    plug_in(writer=model)
    assert draft_email("A@b.co", "purchase") == EMAIL
    assert model.asked == [EmailFacts("a@b.co", "purchase", None)]

    plug_in(writer=TemplateWriter())
    assert draft_email("a@b.co").subject == SUBJECT_WITHOUT_SKU


def test_plugging_in_one_provider_leaves_the_other() -> None:
    plug_in(generator=Model(did("login")))
    plug_in(writer=Model(EMAIL))
    plug_in()

    assert generate_segment("purchased").definition() == did("login")
    assert draft_email("a@b.co") == EMAIL


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "unusable: Definition must be a JSON object"),
        ("{}", "unusable: Definition must be a JSON object"),
        ({}, "unusable: Definition must have a 'kind' field"),
        ({"kind": "x"}, "unusable: Unknown definition kind: 'x'"),
        (did("login", 0), "unusable: days must be a positive integer"),
        (Generated(did("login", 0)), "unusable: days must be a positive integer"),
        (Generated(did("login"), "shoes"), "unusable: not_understood must be a list of strings"),
        (
            Generated(did("login"), changed="0 days"),
            "unusable: changed must be a list of strings",
        ),
        (Generated(did("login"), [7]), "unusable: not_understood must be a list of strings"),
        (Generated(did("login"), None), "failed with TypeError, see the server's log"),
        (Hostile(), "failed with RuntimeError, see the server's log"),
        (ValueError(SECRET), "failed with ValueError, see the server's log"),
        (Invalid(SECRET), "failed with Invalid, see the server's log"),
    ],
)
def test_a_generator_that_fails_is_named(answer: object, sentence: str) -> None:
    plug_in(generator=Model(answer))

    with pytest.raises(ProviderError) as refusal:
        generate_segment("purchased")

    assert str(refusal.value) == f"Model.generate {in_full(sentence)}"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "unusable: expected an EmailText, found NoneType"),
        ({"subject": "a", "body": "b"}, "unusable: expected an EmailText, found dict"),
        (EmailText(" ", "b"), "unusable: subject must be a non-blank string"),
        (EmailText(None, "b"), "unusable: subject must be a non-blank string"),
        (EmailText("a", "\n"), "unusable: body must be a non-blank string"),
        (EmailText("a", b"b"), "unusable: body must be a non-blank string"),
        (EmailText("a\nb", "b"), "unusable: subject must be a single line"),
        (EmailText("a" * 1001, "b"), "unusable: subject must be at most 1000 characters"),
        (EmailText("a", "b" * 100_001), "unusable: body must be at most 100000 characters"),
        (EmailText("a\0", "b"), "unusable: subject must not contain NUL characters"),
        (EmailText("a", "\ud800"), "unusable: body must not contain lone surrogates"),
        (OSError(SECRET), "failed with OSError, see the server's log"),
        (Invalid(SECRET), "failed with Invalid, see the server's log"),
    ],
)
def test_a_writer_that_fails_is_named(answer: object, sentence: str) -> None:
    plug_in(writer=Model(answer))

    with pytest.raises(ProviderError) as refusal:
        write_email(EmailFacts("a@b.co"))

    assert str(refusal.value) == f"Model.write {in_full(sentence)}"


def test_the_largest_email_passes() -> None:
    plug_in(writer=Model(largest := EmailText("a" * 1000, "b" * 100_000)))

    assert write_email(EmailFacts("a@b.co")) == largest


def test_space_around_what_a_model_wrote_is_none_of_the_mail() -> None:
    plug_in(writer=Model(EmailText(" Hello \n", "\nHow are you?\n\nBye\n")))

    assert write_email(EmailFacts("a@b.co")) == EmailText("Hello", "How are you?\n\nBye")


def test_an_object_without_the_method_is_a_failed_provider() -> None:
    plug_in(writer=object())

    with pytest.raises(ProviderError, match=r"^object\.write failed with AttributeError"):
        write_email(EmailFacts("a@b.co"))


def test_only_the_log_has_the_providers_traceback(caplog: pytest.LogCaptureFixture) -> None:
    plug_in(generator=Model(ValueError(SECRET)))

    with pytest.raises(ProviderError) as refusal:
        generate_segment("purchased")

    assert SECRET not in str(refusal.value)
    assert refusal.value.__suppress_context__
    assert "Model.generate failed" in caplog.text
    assert "Traceback" in caplog.text
