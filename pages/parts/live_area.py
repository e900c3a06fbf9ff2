"""A text of several lines that is known while it is typed, as `st.text_input` is with `live`.

`st.text_area` tells of a text only once it is left.
"""

import streamlit as st

_AREA = st.components.v2.component(
    "pipeline.live_area",
    html="<textarea spellcheck='false'></textarea>",
    css="""
textarea {
  box-sizing: border-box; width: 100%; min-height: 14rem; padding: 0.75rem; resize: vertical;
  color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  font: 0.85rem/1.5 var(--st-code-font);
}
textarea:focus { outline: none; border-color: var(--st-primary-color); }
""",
    js="""
export default ({ parentElement, data, setStateValue }) => {
  const area = parentElement.querySelector("textarea");
  area.ariaLabel = data.label;
  if (area.given !== data.text) area.value = area.given = data.text;
  area.oninput = () => {
    clearTimeout(area.pause);
    area.pause = setTimeout(
      () => setStateValue("typed", { into: area.given, text: area.value }), 250);
  };
};
""",
)


def show(label: str, text: str, *, key: str) -> str:
    """Draw it; returns what `text` has become, and begins anew when `text` is another."""
    typed = _AREA(key=key, data={"label": label, "text": text}, on_typed_change=lambda: None).typed
    return str(typed["text"]) if typed and typed["into"] == text else text
