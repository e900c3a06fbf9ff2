"""Properties as a person types them."""

from collections.abc import Mapping

from simplejson import JSONDecodeError

from pipeline import exact_json
from pipeline.errors import Invalid
from pipeline.events.properties import properties_json


def parse_properties(text: str) -> Mapping[str, object]:
    """The properties that this JSON text holds, none for a blank one.

    Raises Invalid that says where the text ends to be JSON, or what ingest would refuse in it.
    """
    properties = _parse(text) if text.strip() else {}
    if not isinstance(properties, Mapping):
        raise Invalid("Properties must be a JSON object")
    properties_json(properties)
    return properties


def _parse(text: str) -> object:
    try:
        return exact_json.loads(text)
    except JSONDecodeError as error:
        raise Invalid(f"Properties are not JSON: {_reason(error, text)}") from None
    except ValueError as error:
        raise Invalid(f"Properties are not JSON: {error}") from None


def _reason(error: JSONDecodeError, text: str) -> str:
    # The parser's own words are such as "Invalid control character %r at".
    words = error.msg.replace(" %r", "").removesuffix(" at")
    where = f"at character {error.pos + 1}" if error.pos < len(text.rstrip()) else "at the end"
    return f"{words[0].lower()}{words[1:]} {where}"
