"""Packed events are the same events again, whatever their texts hold."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.incoming import NewEvent
from pipeline.events.packing import in_parts, pack, unpack

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0")
    | st.sampled_from('\\\t\n\r\v\f\x1c\x85\u2028tnr"N.')
)
EVENTS = st.builds(NewEvent, *[TEXTS] * 6, st.none() | TEXTS.filter(bool))


@given(st.lists(EVENTS, unique_by=lambda event: event.id))
def test_what_was_packed_is_unpacked(events: list[NewEvent]) -> None:
    assert {*unpack(pack(events))} == {*events}


@given(st.lists(st.sampled_from("0123"), min_size=1))
def test_events_are_packed_by_customer(customers: list[str]) -> None:
    events = [
        NewEvent(customer * 32, "a@b.c", str(number), "t", "{}", "now", None)
        for number, customer in enumerate(customers)
    ]
    packed = [event.customer_id for event in unpack(pack(events))]
    assert packed == sorted(packed)


@given(st.lists(EVENTS, unique_by=lambda event: event.id), st.integers(1, 500))
def test_parts_are_whole_events_of_about_a_size(events: list[NewEvent], size: int) -> None:
    packed = pack(events)
    parts = [*in_parts(packed, size)]
    assert b"".join(parts) == packed
    assert [event for part in parts for event in unpack(part)] == [*unpack(packed)]
    assert all(len(part) >= size > part.rfind(b"\n", 0, -1) + 1 for part in parts[:-1])


@given(EVENTS, EVENTS)
def test_of_two_events_with_one_id_the_first_counts(first: NewEvent, second: NewEvent) -> None:
    assert list(unpack(pack([first, second._replace(id=first.id)]))) == [first]
