"""Rows of an Apache Parquet file."""

import gzip
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.errors import Invalid
from pipeline.files.rows import Row, unless_blank
from pipeline.files.streams import open_bytes

_BATCH_ROWS = 2_000
_BUFFER = 1024 * 1024


class ParquetRows:
    """A Parquet file, read a batch at a time; `size` and `position` count rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.position = 0
        with self._open() as parquet:
            self.columns = list(parquet.schema_arrow.names)
            self.size = parquet.metadata.num_rows

    def rows(self) -> Iterator[Row]:
        """All rows, numbered from 1."""
        self.position = 0
        with self._open() as parquet:
            for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
                for values in batch.to_pylist():
                    self.position += 1
                    yield Row(self.position, values, json.dumps(values, default=str))

    def typed(self, column: str) -> Callable[[Any], Any]:  # noqa: ARG002 - a value has its own type
        """Values as JSON has them, moments and the like as text; None for a blank."""
        return _as_json

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import pyarrow as arrow  # who reads no Parquet does not pay for loading it
        from pyarrow import parquet

        with open_bytes(self._path) as stream, _seekable(stream) as file:
            try:
                # With a buffer it reads page by page, without one whole row groups.
                yield parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
            except arrow.ArrowException:
                raise Invalid(f"{self._path.name} is not a readable Parquet file") from None


def _as_json(raw: Any) -> Any:
    value = unless_blank(raw)
    if value is None or isinstance(value, str | bool | int | float | Decimal | list | dict):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@contextmanager
def _seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    if not isinstance(stream, gzip.GzipFile):
        yield stream
        return
    with tempfile.TemporaryFile() as unpacked:
        shutil.copyfileobj(stream, unpacked)
        unpacked.seek(0)
        yield unpacked
