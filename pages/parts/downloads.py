"""What a download button hands out."""

from collections.abc import Iterable
from io import BytesIO


def in_memory(pieces: Iterable[str]) -> BytesIO:
    """The pieces of a text as one file in UTF-8."""
    file = BytesIO()
    file.writelines(piece.encode() for piece in pieces)
    return file
