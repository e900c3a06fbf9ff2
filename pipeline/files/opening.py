"""Which format a file has."""

import codecs
import io
from pathlib import Path

from pipeline.errors import Invalid
from pipeline.files.csv_rows import CsvRows
from pipeline.files.jsonl_rows import JsonLinesRows
from pipeline.files.parquet_rows import ParquetRows
from pipeline.files.rows import RowFile
from pipeline.files.streams import open_bytes

# Byte order marks, the NULs of UTF-16, white space.
_BEFORE_TEXT = codecs.BOM_UTF8 + codecs.BOM_UTF16 + b"\0 \t\r\n"
_BY_NAME = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def open_rows(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> RowFile:
    """Open a CSV, JSON Lines or Parquet file, plain or gzip.

    Encoding and delimiter are found out where they are not given. Raises Invalid, naming the file,
    for one that is empty, of another kind, or cannot be read.
    """
    start = _start(path)
    if start.startswith(b"PAR1"):
        return ParquetRows(path)
    _check_is_text(path, start, encoding)
    if _looks_like(path, start) == "jsonl":
        return JsonLinesRows(path, encoding)
    return CsvRows(path, encoding, delimiter)


def _start(path: Path) -> bytes:
    """The first 4 KiB that are not all blank."""
    with open_bytes(path) as stream:
        while start := stream.read(4096):
            if start.strip():
                return start
    raise Invalid(f"{path.name} is empty")


def _check_is_text(path: Path, start: bytes, encoding: str | None) -> None:
    if encoding:
        try:
            # More than `codecs.lookup`, which also knows codecs that make no text: base64, rot13.
            io.TextIOWrapper(io.BytesIO(), encoding=encoding).close()
        except (LookupError, ValueError):
            raise Invalid(f"Unknown encoding '{encoding}'; expected a name such as utf-8") from None
    elif b"\0" in start and not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Invalid(f"{path.name} is not a text file; expected CSV, JSON Lines or Parquet")


def _looks_like(path: Path, start: bytes) -> str:
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    first = start.lstrip(_BEFORE_TEXT)[:1]
    if first == b"[" and suffix == ".json":
        raise Invalid(f"{path.name} is one JSON array; expected one object a line (JSON Lines)")
    return _BY_NAME.get(suffix) or ("jsonl" if first == b"{" else "csv")
