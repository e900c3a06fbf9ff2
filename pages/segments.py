"""Segments: describe an audience, and see at once who is in it."""

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from pages.audience import history, members, preview, saved
from pages.builder import cards, definition, drafts, mistakes, prompt, saving
from pages.builder.drafts import SegmentDraft
from pages.builder.known import Known
from pages.parts import errors, leaving, links, pager
from pipeline import NotFound, Rule, counts, get_segment, resolve, utcnow
from pipeline.database import default
from pipeline.limits import NAME_LENGTH
from pipeline.reports import saved_count, saved_segments

PAGE = 8


# ---------------------------------------------------------------------------------- saved segments
@errors.shown()
def overview() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = pager.search("Search by name", "search", "page", NAME_LENGTH)
        name = "Continue the new segment" if drafts.has_new() else "New segment"
        if st.button(name, type="primary", icon=":material/add:"):
            st.switch_page("pages/segments.py", query_params={"segment": drafts.NEW})
    rows = st.container()
    with default().read() as session:
        total = saved_count(session, search)
        offset = pager.offset(total, PAGE, "page")
        found = saved_segments(session, search, limit=PAGE, offset=offset)
    with rows:
        saved.show(found, utcnow())
    if not total:
        st.caption("No segment has that in its name." if search else "There is none yet.")


# ----------------------------------------------------------------------------------------- builder
@errors.shown()
def builder() -> None:
    try:
        with default().read() as session:
            draft = asked_for(session)
            known = Known(session, without=draft.saved and draft.saved.id)
    except NotFound:
        links.say_missing("segment")
        return
    editor(draft, known)


def asked_for(session: Session) -> SegmentDraft:
    if st.query_params["segment"] == drafts.NEW:
        return drafts.new()
    return drafts.opened(get_segment(session, links.wanted("segment")))


@st.fragment
@errors.shown()
def editor(draft: SegmentDraft, known: Known) -> None:
    now = utcnow()
    saving.names(draft)
    bar = st.container()
    left, right = st.columns([3, 2])
    with left:
        prompt.show(draft, known.types)
        understood = st.container()
        head = st.container(horizontal=True, vertical_alignment="center")
        places = cards.show(draft, known)
        below = st.container()
    with right:
        # Always there, whatever is in them: what a fragment inside draws may come to the browser
        # after its surroundings were thrown away by the next run, and has to find its place.
        answer, chart, people = st.container(), st.container(), st.container()
    rule = found = None
    with answer, errors.shown(), default().answer() as session:
        if rule := finished(session, draft):
            found = preview.show(session, rule, now)
            cards.tell(places, alone(session, rule, found.count, now))
    draft.remember()
    with understood:
        prompt.say(draft, rule)
    with head:
        heading(draft)
    with below:
        definition.show(draft, rule)
        if drafts.is_begun(draft):
            leaving.asks("segments.leaving")
    with bar:
        saving.show(draft, rule, now)
    if rule and found:
        with people:
            members.show(found, rule, now)
        with chart:
            history.show(rule, found.count, now)
    else:
        people.empty()
        chart.empty()


def alone(session: Session, rule: Rule, whole: int, now: datetime) -> dict[str, int]:
    """How many match each condition by itself, by its path."""
    if not rule.children:
        return {"": whole}
    return {each.path: each.count for each in counts(session, rule, now=now)}


def heading(draft: SegmentDraft) -> None:
    st.markdown("##### Rule", anchors=False, width="content")
    st.space("stretch")
    st.button(
        "Undo",
        icon=":material/undo:",
        type="tertiary",
        disabled=not draft.can_undo,
        on_click=draft.undo,
    )


def finished(session: Session, draft: SegmentDraft) -> Rule | None:
    """The rule to be evaluated; while it cannot be, None and a word about it."""
    with errors.shown():
        if rule := mistakes.whole(draft.rule):
            return resolve(session, rule)
        if draft.rule.rules or draft.rule.kind not in cards.GROUPS:
            said = "The rule is not finished: its conditions say what they lack."
        else:
            said = "Add a condition, or say in your own words who it is about."
        st.info(said, icon=":material/edit:")
    return None


links.put_address_right()
if "segment" in st.query_params:
    links.back("All segments", "segment")
    st.title("Segments")
    builder()
else:
    st.title("Segments")
    st.caption("Describe an audience, and see at once who is in it.")
    overview()
