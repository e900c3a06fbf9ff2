"""The rule as cards, one for each condition, in groups; and what can be done to each."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.builder import forms, mistakes
from pages.builder.actions import ACTIONS
from pages.builder.known import Known
from pages.builder.tree import Draft, Piece, walk
from pages.parts import literal, numbers
from pipeline.rules import KINDS

GROUPS = ["all", "any"]
_CONDITIONS = [kind for kind in forms.FORMS if kind not in GROUPS]


def show(draft: Draft, known: Known) -> dict[str, Any]:
    """Draw the rule, and keep in the draft what is entered; returns the place for each count."""
    places: dict[str, Any] = {}
    _card(draft, draft.rule, known, places)
    if draft.rule.kind not in GROUPS:
        _add(draft, draft.rule)
    if known.note:
        st.caption(known.note)
    return {path: places[rule.id] for path, rule in walk(draft.rule) if rule.id in places}


def tell(places: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    """Say at each card how many customers match it alone."""
    for path, place in places.items():
        alone = f"{numbers.counted(counts[path], 'customer')} for this alone"
        found = numbers.whole(counts[path])
        place.badge(found, icon=":material/group:", color="gray", help=alone)


def _card(draft: Draft, rule: Piece, known: Known, places: dict[str, Any]) -> None:
    body = rule
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            while body.kind == "not":
                st.badge("not", color="red")
                body = body["rule"]
            _kind(draft, body)
            places[rule.id] = st.container(width="content")
            _menu(draft, rule)
        if body.kind in GROUPS:
            for each in [*body.rules]:
                _card(draft, each, known, places)
            _add(draft, body)
        else:
            forms.show(body, known)
        if mistake := mistakes.of(body):
            st.caption(f":orange[:material/edit:] {literal.markdown(mistake)}")


def _kind(draft: Draft, rule: Piece) -> None:
    key = f"segments.{rule.id}.kind"
    if rule.kind in GROUPS:
        kind = st.segmented_control(
            "Which of these have to hold",
            GROUPS,
            default=rule.kind,
            required=True,
            format_func=_label,
            key=key,
            label_visibility="collapsed",
        )
        st.space("stretch")
        rule["kind"] = kind
    else:
        st.selectbox(
            "Kind of condition",
            _CONDITIONS,
            _CONDITIONS.index(rule.kind),
            format_func=_label,
            key=key,
            label_visibility="collapsed",
            on_change=lambda: _become(draft, rule, st.session_state[key]),
        )


def _become(draft: Draft, rule: Piece, kind: str) -> None:
    if kind != rule.kind:
        draft.replace(rule, forms.new(kind, like=rule))


def _menu(draft: Draft, rule: Piece) -> None:
    key = f"segments.{rule.id}.menu"
    st.menu_button(
        "Change",
        [name for name, action in ACTIONS.items() if action.fits(draft, rule)],
        key=key,
        type="tertiary",
        on_click=lambda: ACTIONS[st.session_state[key]].do(draft, rule),
    )


def _add(draft: Draft, to: Piece) -> None:
    key = f"segments.{to.id}.add"
    st.menu_button(
        "Add a condition",
        [*_CONDITIONS, *GROUPS],
        format_func=_label,
        key=key,
        icon=":material/add:",
        type="tertiary",
        on_click=lambda: draft.add(to, forms.new(st.session_state[key])),
    )


def _label(kind: str) -> str:
    return KINDS[kind].label
