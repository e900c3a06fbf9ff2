"""Text from data is shown as it stands, wherever Streamlit reads Markdown."""

import json
import random
from pathlib import Path

from playwright.sync_api import Page, expect
from servers import ROOT, serving

#: What Markdown, and Streamlit's additions to it, would make something else of.
KNOWN = [
    "ada@example.com",
    "*bold* **bold** _slanted_ __init__ snake_case_name ~~gone~~ ~gone~",
    "`code` ``code`` ```",
    "[link](https://example.com) ![image](x.png) [^note] [ref]",
    "<b>html</b> <script>alert(1)</script> <!-- --> &lt; &amp; &#42; &",
    "# heading",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "2) item",
    "> quote",
    "---",
    "***",
    "===",
    "| a | b |",
    "    indented code",
    "$x^2$ $$y$$ $5 and $10",
    ":smile: :+1: :material/home: :streamlit: :tada::tada:",
    ":red[red] :blue-background[blue] :green-badge[badge] :small[small] :color[x]{foreground=red}",
    ":help[x] :shimmer[x] :unknown[x]{#id .class} ::leaf[x] :::container",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "->",
    "<->",
    "a@-> b",
    "http://example.com https://example.com/a_b?c=d www.example.com HTTP://EXAMPLE.COM",
    "ftp://example.com mailto:ada@example.com xmpp:ada@example.com",
    r"back\slash \* \\ \n \[",
    "12:30 a:b::c",
    "The database at postgresql://ada:***@127.0.0.1:1/ does not answer (refused); start it",
    "line\nbreak\n\nparagraph\ttab",
    "äöü 日本語 🎉",
]
PIECES = [*"aB1 :/[](){}<>*_~`$\\&#@.-+=|!^'\"\n", "www.", "http://", ":red[", "a@b.de", "->"]

MARKDOWN = "[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]"
CHANGED = "a, b, i, em, strong, del, code, pre, img, ul, ol, blockquote, hr, table, .katex"


def test_text_from_data_is_shown_as_it_stands(page: Page, tmp_path: Path) -> None:
    chance = random.Random(1)
    made_up = ["".join(chance.choices(PIECES, k=chance.randint(1, 12))) for _ in range(150)]
    texts = [text for text in KNOWN + made_up if text.strip()]
    file = tmp_path / "texts.json"
    file.write_text(json.dumps(texts))
    command = f"streamlit run {Path(__file__).parent / 'literal_app.py'} --server.headless true"
    environment = {"TEXTS": str(file), "PYTHONPATH": str(ROOT)}
    with serving(f"{command} --server.port", tmp_path / "log", environment) as address:
        page.goto(address)
        last = page.locator(f".st-key-text_{len(texts) - 1} h3")
        expect(last).to_be_visible(timeout=60_000)
        for number, text in enumerate(texts):
            drawn = page.locator(f".st-key-text_{number}").locator(MARKDOWN)
            expect(drawn).to_have_count(7)
            plain = " ".join(text.split())
            shown = [" ".join(each.split()) for each in drawn.all_text_contents()]
            assert shown == [plain, f"Found {plain} here", *[plain] * 5], text
            assert drawn.locator(CHANGED).count() == 0, text
