"""Rows of an Apache Parquet file."""

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.errors import Invalid
from pipeline.files.rows import Row, told_apart, unless_blank
from pipeline.files.streams import open_bytes

_BATCH_ROWS = 500
_BUFFER = 1024 * 1024
#: Parquet is packed already: what becomes larger than so many times would only fill the disk.
_MOST_TIMES = 100
_ALWAYS = 16 * 1024 * 1024
_NOT_IN_PYTHON = (ValueError, ArithmeticError, LookupError)


class ParquetRows:
    """A Parquet file, read a batch at a time; `size` and `position` count rows."""

    numbers = None
    may_have_more_columns = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0
        with self._open() as parquet:
            self.columns, self.renamed = told_apart(parquet.schema_arrow.names)
            self.size = parquet.metadata.num_rows

    def rows(self) -> Iterator[Row]:
        """All rows, numbered from 1."""
        self.position = 0
        with self._open() as parquet:
            for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
                for values in _rows(batch.rename_columns(self.columns)):
                    self.position += 1
                    if values is None:
                        yield Row(self.position, {}, problem="holds a value that cannot be read")
                    else:
                        yield Row(self.position, values, json.dumps(values, default=str))

    def typed(self, column: str, decimal: str) -> Callable[[Any], Any]:  # noqa: ARG002 - a value has its own type
        """Values as JSON has them, moments and the like as text; None for a blank."""
        return _as_json

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import pyarrow as arrow  # who reads no Parquet does not pay for loading it
        from pyarrow import parquet

        with open_bytes(self.path) as stream, _seekable(stream, self.path) as file:
            try:
                # With a buffer it reads page by page, without one whole row groups.
                yield parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
            except (arrow.ArrowException, OSError, UnicodeError):
                raise Invalid(f"{self.path.name} is not a readable Parquet file") from None


def _rows(batch: Any) -> Iterator[dict[str, Any] | None]:
    """The rows of a batch; None for one with a value that Python cannot hold (the year 20000)."""
    batch = _with_plain_columns(batch)
    try:
        yield from batch.to_pylist()
    except _NOT_IN_PYTHON:
        for number in range(batch.num_rows):
            try:
                yield batch.slice(number, 1).to_pylist()[0]
            except _NOT_IN_PYTHON:
                yield None


def _with_plain_columns(batch: Any) -> Any:
    """Bytes as text, as which many programs mean them; moments to the microsecond."""
    import pyarrow as arrow

    for position, column in enumerate(batch.schema):
        values = batch.column(position)
        if arrow.types.is_timestamp(column.type) and column.type.unit == "ns":
            # Else each becomes a pandas.Timestamp.
            values = values.cast(arrow.timestamp("us", column.type.tz), safe=False)
        elif arrow.types.is_binary(column.type) or arrow.types.is_large_binary(column.type):
            values = arrow.array(map(_text, values.to_pylist()), arrow.string())
        else:
            continue
        batch = batch.set_column(position, column.name, values)
    return batch


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode(errors="backslashreplace")


def _as_json(raw: Any) -> Any:
    value = unless_blank(raw)
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, bytes):
        return _text(value)
    if value is None or isinstance(value, str | bool | int | float | Decimal):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@contextmanager
def _seekable(stream: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    if not isinstance(stream, gzip.GzipFile):
        yield stream
        return
    with tempfile.TemporaryFile() as unpacked:
        _unpack(stream, unpacked, path)
        unpacked.seek(0)
        yield unpacked


def _unpack(packed: BinaryIO, unpacked: BinaryIO, path: Path) -> None:
    room = max(_ALWAYS, _MOST_TIMES * path.stat().st_size)
    while piece := packed.read(_BUFFER):
        room -= len(piece)
        if room < 0:
            raise Invalid(f"{path.name} is more than {_MOST_TIMES} times as large once unpacked")
        unpacked.write(piece)
