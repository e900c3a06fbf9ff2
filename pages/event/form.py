"""One event by hand: a form that checks while one types, and keeps what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import streamlit as st

from pages.parts import errors, links, literal, numbers, options, times
from pipeline import Database, Invalid, ingest
from pipeline.catalogue import EventType
from pipeline.events.incoming import check_moment, normalize_email
from pipeline.events.properties_text import parse_properties

#: What is shown where nothing was typed yet.
EXAMPLE = {"email": "ada@example.com", "type": "purchase"}
_PROPERTIES = '{"sku": "MUG-01", "amount": 8.5}'
_FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True)
class TypedEvent:
    """What is in the form; `properties` is JSON, `occurred_at` None for now."""

    email: str
    type: str
    properties: str
    occurred_at: datetime | None
    key: str

    def fields(self) -> dict[str, object]:
        """As `POST /api/events` takes them; raises Invalid for properties that are no JSON."""
        fields: dict[str, object] = {"email": self.email, "type": self.type}
        if properties := parse_properties(self.properties):
            fields["properties"] = properties
        if self.occurred_at:
            fields["occurredAt"] = self.occurred_at.isoformat()
        return fields

    def shown(self) -> dict[str, object]:
        """The fields, with an example in place of what is not typed yet; raises as `fields`."""
        fields = self.fields()
        return {name: fields[name] or EXAMPLE.get(name) for name in fields}


def show(types: Sequence[EventType]) -> TypedEvent:
    """Draw the fields; returns what is in them."""
    with st.grid(2, min_column_width=190):
        email = st.text_input(
            "E-mail",
            key="ingest_email",
            placeholder=EXAMPLE["email"],
            live=True,
            persist_state="session",
        )
        event_type = _type(types)
    properties = _properties()
    with st.grid(3, min_column_width=165):
        key = st.text_input(
            "Idempotency key (optional)",
            key="ingest_key",
            placeholder="order-1001",
            live=True,
            persist_state="session",
            help="Sent twice with the same key, an event is stored once for its customer.",
        )
        occurred_at = _time()
    return TypedEvent(email or "", event_type, properties, occurred_at, key or "")


def _type(types: Sequence[EventType]) -> str:
    chosen = options.pick(
        "Event type",
        {each.name: each.events for each in types},
        key="ingest_type",
        placeholder="Pick one, or type a new one",
        persist_state="session",
    )
    return chosen or ""


def _properties() -> str:
    text = st.text_input(
        "Properties (JSON object, optional)",
        key="ingest_properties",
        placeholder=_PROPERTIES,
        live=True,
        persist_state="session",
    )
    try:
        number = len(parse_properties(text or ""))
    except Invalid as error:
        st.markdown(f":small[:red[:material/error: {literal.markdown(str(error))}]]")
    else:
        found = numbers.counted(number, "property", "properties")
        st.caption(f":material/check: {found}" if number else "What is to be known of the event.")
    return text or ""


def _time() -> datetime | None:
    # In two fields: one for both shows a date whose time is missing, and says that it is empty.
    zone = times.zone()
    day = st.date_input(
        "Date (now if empty)",
        None,
        _FIRST_DAY,
        key="ingest_date",
        format="YYYY-MM-DD",
        persist_state="session",
    )
    if not day:
        return None
    at = st.time_input(
        "Time",
        time(),
        key="ingest_time",
        step=60,
        persist_state="session",
        help=f"In the time zone {zone.key}.",
    )
    return datetime.combine(day, at, zone)


def clear() -> None:
    """Empty all fields, before the next run draws them."""
    for name in ("email", "type", "properties", "key", "date"):
        st.session_state[f"ingest_{name}"] = None
    st.session_state["ingest_time"] = time()


@errors.shown()
def store(database: Database, event: TypedEvent, now: datetime) -> None:
    """Ingest the event, and draw what became of it."""
    fields = event.fields()
    if event.occurred_at:
        check_moment(event.occurred_at, now, "The time")  # where the API says "occurredAt"
    done = database.transact(lambda session: ingest(session, fields, key=event.key, now=now))
    if done.created:
        st.success("Created: the event is stored.", icon=":material/check_circle:")
    else:
        st.info(
            "Already there: this customer has an event with that key, so nothing was stored.",
            icon=":material/content_copy:",
        )
    links.link("customer", done.customer_id, f"Timeline of {normalize_email(event.email)}")
