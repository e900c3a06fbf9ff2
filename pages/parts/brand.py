"""The logo, as SVG that reads well on light and dark, and what the theme has no options for."""

import streamlit as st

_MARK = """
<circle cx="4" cy="12" r="2.6"/><circle cx="11" cy="12" r="3.4"/><circle cx="20" cy="12" r="4"/>
<path d="M4 11h16v2H4z"/>
"""
_NAME = """
<text x="32" y="17.5" font-family="'Source Sans', 'Segoe UI', Helvetica, Arial, sans-serif"
 font-size="18" font-weight="600" letter-spacing="-0.2">Pipeline</text>
"""

# Links begin where the text around them does; one to the page that one is on is not grey, and any
# shows that the keyboard is on it. A name is never cut off: long ones have several lines. Captions,
# keys and what is chosen have the contrast that text needs. What Streamlit writes into an input of
# a form, it writes over what is typed on a phone; in the short fields to search in, on any screen.
_STYLE = """
[data-testid="stMain"] [data-testid="stPageLink"] a { position: relative; left: -0.5rem; }
[data-testid="stMain"] [data-testid="stPageLink"] a *, [class*="st-key-campaigns_open_"] button * {
    white-space: normal; overflow-wrap: anywhere; text-align: start;
}
[class*="st-key-links-"] a:not(:hover) { background: none; }
.st-key-links-back a * { font-weight: normal; }
[data-testid="stPageLink"] a:focus-visible { outline: 2px solid #3f8f7b; }
body [data-testid="stCaptionContainer"] { opacity: 0.75; }
button kbd[aria-label] { opacity: 1; }
[role="radiogroup"] button[data-variant="segmented_control"][data-selected] {
    color: light-dark(#2f6f5e, #7fcab4);
}
[data-testid="stForm"] [data-testid="InputInstructions"],
[data-testid="stTextInput"]:has([type="search"]) [data-testid="InputInstructions"] {
    display: none;
}
"""


def show() -> None:
    """Put the mark into the browser's tab and the mark with the name above the navigation.

    To be called before `st.navigation`: a tab without an icon gets the page's, and that one comes
    from a server of Google.
    """
    mark = _svg(24, _MARK)
    st.set_page_config(page_icon=mark, layout="wide", initial_sidebar_state=220)
    st.logo(_svg(112, _MARK + _NAME), icon_image=mark)
    st.html(f"<style>{_STYLE}</style>")


def _svg(width: int, shapes: str) -> str:
    frame = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 24" fill="#3f8f7b"'
    return f"<svg {frame}>{shapes}</svg>"
