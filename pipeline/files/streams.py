"""Bytes and text of a file, plain or gzip, with bounded memory and failures in one sentence."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from pipeline.errors import Invalid

#: Characters of a line that are kept; a line that long is not whole.
LONGEST_LINE = 4 * 1024 * 1024
_BLOCK = 1024 * 1024
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The file's content, unpacked if it is gzip; raises Invalid where it cannot be read."""
    with _readable(path), path.open("rb") as raw, _gunzip(raw) as stream:
        yield stream


class TextFile:
    """The lines of a text file."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        self.path = path
        self.encoding = encoding or guess_encoding(path)
        self.size = path.stat().st_size
        self._raw: BinaryIO | None = None

    def __getstate__(self) -> dict[str, object]:
        """Without the open file: another process opens its own."""
        return vars(self) | {"_raw": None}

    @property
    def position(self) -> int:
        """How far the latest reader is, in bytes of the file as it is stored."""
        if self._raw is None:
            return 0
        return self.size if self._raw.closed else self._raw.tell()

    def lines(self) -> Iterator[str]:
        """The lines with their ends; what is beyond 4 MiB of one is dropped."""
        with _readable(self.path), self.path.open("rb") as self._raw, _gunzip(self._raw) as stream:
            try:
                with io.TextIOWrapper(stream, encoding=self.encoding, newline="") as text:
                    yield from _bounded(text)
            except UnicodeError:
                raise Invalid(f"{self.path.name} is not {self.encoding} text") from None


def guess_encoding(path: Path) -> str:
    """What the byte order mark says, else the first that fits of UTF-8, Windows-1252 and Latin-1.

    Excel writes Windows-1252, which lacks a few of the bytes; Latin-1 fits whatever there is.
    """
    with open_bytes(path) as stream:
        start = stream.read(max(map(len, _BOMS)))
    if mark := next((mark for mark in _BOMS if start.startswith(mark)), None):
        return _BOMS[mark]
    return next((name for name in ("utf-8", "cp1252") if _fits(path, name)), "latin-1")


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with open_bytes(path) as stream:
        try:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


@contextmanager
def _gunzip(raw: BinaryIO) -> Iterator[BinaryIO]:
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    if not packed:
        yield raw
        return
    with gzip.open(raw) as stream:
        yield cast(BinaryIO, stream)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise Invalid(f"{path.name} is not a whole gzip file") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror or error}") from None


def _bounded(text: IO[str]) -> Iterator[str]:
    # Python takes a byte order mark off only where the encoding says so: utf-8-sig, utf-16.
    line = text.readline(LONGEST_LINE).removeprefix("\ufeff")
    while line:
        yield line
        while len(line) == LONGEST_LINE and not line.endswith("\n"):
            line = text.readline(LONGEST_LINE)
        line = text.readline(LONGEST_LINE)
