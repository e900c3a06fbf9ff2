"""The segments that a visitor is composing, kept from page to page until they are saved."""

import uuid
from dataclasses import dataclass, field

import streamlit as st

from pages.builder import forms, mistakes
from pages.builder.tree import Draft, Piece
from pipeline import Invalid
from pipeline.definitions import segment_rule
from pipeline.models import Segment
from pipeline.smart import Understanding

#: What the address says of the one that is not saved yet.
NEW = "new"


@dataclass(eq=False)
class SegmentDraft(Draft):
    """A segment as it is composed, and as it was saved last.

    `is_overtaken`: somebody has saved it since this draft of it was begun.
    """

    name: str = ""
    description: str = ""
    saved: Segment | None = None
    is_overtaken: bool = False
    understanding: Understanding | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        if self.saved is None:
            return True
        texts = (self.name.strip(), self.description.strip())
        if texts != (self.saved.name, self.saved.description or ""):
            return True
        try:
            rule = mistakes.whole(self.rule)
        except Invalid:
            return True
        return rule is None or rule != segment_rule(self.saved)


def new() -> SegmentDraft:
    """The segment that is not saved yet."""
    draft: SegmentDraft = _drafts().setdefault(NEW, SegmentDraft(forms.new("all")))
    return draft


def opened(segment: Segment) -> SegmentDraft:
    """What was made of a saved segment here; while that is nothing, what is saved."""
    draft = _drafts().get(str(segment.id))
    if draft is None or draft.saved is None:
        return begin(segment)
    if draft.saved.updated_at != segment.updated_at:
        if not draft.is_changed:
            return begin(segment)
        overtake(draft, segment)
    return draft


def overtake(draft: SegmentDraft, segment: Segment) -> None:
    """Let a draft know what somebody else has saved since."""
    draft.saved, draft.is_overtaken = segment, True


def begin(segment: Segment) -> SegmentDraft:
    """A draft of what is saved, in place of any other."""
    draft = SegmentDraft(
        Piece(segment_rule(segment).definition()),
        name=segment.name,
        description=segment.description or "",
        saved=segment,
    )
    _drafts()[str(segment.id)] = draft
    return draft


def forget(draft: SegmentDraft) -> None:
    """Drop what was made here of a segment, or of the new one."""
    _drafts().pop(str(draft.saved.id) if draft.saved else NEW, None)


def is_begun(draft: SegmentDraft) -> bool:
    """Whether there is anything in it that is not saved."""
    if draft.saved:
        return draft.is_changed
    return bool(draft.name or draft.description) or draft.rule != forms.new("all")


def has_new() -> bool:
    """Whether a new segment was begun here."""
    return NEW in _drafts() and is_begun(_drafts()[NEW])


def has_changes(segment: Segment) -> bool:
    """Whether something was made here of a saved segment that is not saved."""
    draft = _drafts().get(str(segment.id))
    return draft is not None and draft.is_changed


def _drafts() -> dict[str, SegmentDraft]:
    drafts: dict[str, SegmentDraft] = st.session_state.setdefault("segments.drafts", {})
    return drafts
