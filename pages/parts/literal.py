"""Text from data, shown as it stands.

`st.text`, cells of `st.dataframe`, options of `st.selectbox` and text in charts are literal by
themselves. Everything else in Streamlit reads Markdown, labels too: there `markdown(text)` is due.
"""

import re
from collections.abc import Sequence

# A backslash undoes what the Markdown parser reads. Streamlit's plug-ins for emoji, icons, arrows
# and addresses look at the text after that, one run at a time: what they look for is cut in two by
# an empty directive, of which nothing is seen; until the end a NUL, which no text has, stands in.
_NOTHING = ":small[]"
_CUTS = re.compile(
    r"""
    (?<=:)(?=[\w+:-]) | (?<=http:)(?=/) | (?<=https:)(?=/)      # :tada:  :red[x]  http://
    | (?<=www)(?=\.) | (?<=@)(?=[\w-])                          # www.example.com  ada@example.com
    | (?<=[<>=~-])(?=[<>=~-])                                   # ->  >=  --
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SYNTAX = re.compile(r"[\\`*\[\]<~$]|&(?=[#\w])|:(?=\0)|_(?![^\W_])|(?<![^\W_])_")
_LINE_START = re.compile(r"\A(\d*)([-+#>.)])")
_FEW = 5


def markdown(text: str) -> str:
    """Markdown that is rendered as this text, on one line."""
    one_line = " ".join(text.replace("\0", "").split())
    escaped = _SYNTAX.sub(r"\\\g<0>", _CUTS.sub("\0", one_line))
    return _LINE_START.sub(r"\1\\\2", escaped).replace("\0", _NOTHING)


def listed(names: Sequence[str]) -> str:
    """Markdown of the first of these names, in bold."""
    shown = [f"**{markdown(name)}**" for name in names[:_FEW]]
    return ", ".join([*shown, "…"] if names[_FEW:] else shown)
