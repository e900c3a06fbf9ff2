"""A file's events, some thousand at a time; made in this process, or for large files in another.

Python runs on one processor: with a process that converts, there is another one for storing.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import BinaryIO, NamedTuple, cast

from pipeline.errors import Invalid, PipelineError
from pipeline.events.packing import Packed, Packing
from pipeline.files.conversion import Conversion, Refused
from pipeline.files.mapping import FieldMapping
from pipeline.files.occurrences import Occurrences
from pipeline.files.reading import RowReader
from pipeline.files.rows import Row, RowFile
from pipeline.sql import timestamp_of

# A database writes a page again for each transaction that changes it, and a chunk's events come by
# customer: few large chunks are nearly as fast as one. So many rows, or characters, are enough for
# customers who come again among them. Where they do not, each chunk would change all pages there
# are: so several times as many, which takes SQLite two thirds of the time. More would take more
# memory.
_ROWS = 40_000
_CHARACTERS = 8_000_000
_TIMES = 4
_AT_ONCE = 1_000
#: Bytes from which on a file pays for the start of a process, which takes half a second.
_LARGE = 2 * 1024 * 1024


@dataclass(frozen=True)
class Job:
    """What is to be converted; `offset` is added to all times.

    `gives_back` is whether refused rows are wanted, and not only the reasons.
    """

    mapping: FieldMapping
    file: RowFile
    now: datetime
    offset: timedelta = timedelta()
    gives_back: bool = True


class Chunk(NamedTuple):
    """How many rows were read, their events, and how far in the file they end.

    `times` are those of the earliest and the latest of the events, none where there are none;
    `reasons` counts the refused ones, `given_back` has them if the job says so.
    """

    rows: int
    events: Packed
    times: list[datetime]
    reasons: Counter[str]
    given_back: list[Refused]
    position: int


def converted(job: Job) -> Iterator[Chunk]:
    """All chunks of a job; raises Invalid for a file that cannot be read to its end."""
    return _elsewhere(job) if job.file.path.stat().st_size >= _LARGE else _here(job)


def _here(job: Job) -> Iterator[Chunk]:
    with Occurrences() as seen:
        conversion = Conversion(RowReader(job.mapping, job.file), seen, job.now, job.offset)
        rows, most = job.file.rows(), 1  # the first chunk goes into one transaction
        for first in rows:
            yield _chunk(job, conversion, chain([first], rows), most)
            most = _TIMES


def _chunk(job: Job, conversion: Conversion, rows: Iterator[Row], most: int) -> Chunk:
    packing, times = Packing(), list[str]()
    number = characters = 0
    reasons: Counter[str] = Counter()
    given_back: list[Refused] = []
    # Rows and events take far more memory than what they are packed into.
    while some := _some(rows, _room(number, characters, packing, most)):
        events, refused = conversion.convert(some)
        packing.add(events)
        times = _ends([*times, *(event.occurred_at for event in events)])
        reasons.update(reason for _, reason in refused)
        given_back += refused if job.gives_back else ()
        number += len(some)
        characters += sum(len(row.content) for row in some)
    moments = [*map(timestamp_of, times)]
    return Chunk(number, packing.packed(), moments, reasons, given_back, job.file.position)


def _room(rows: int, characters: int, packing: Packing, most: int) -> int:
    """How many characters a chunk may still hold, none where it has rows enough."""
    times = 1 if packing.customers <= rows / 2 else most
    return times * _CHARACTERS - characters if rows < times * _ROWS else 0


def _some(rows: Iterator[Row], room: int) -> list[Row]:
    """The next rows, not so many that they outgrow the room by more than the last of them."""
    some: list[Row] = []
    while room > 0 and len(some) < min(_AT_ONCE, _ROWS) and (row := next(rows, None)):
        some.append(row)
        room -= len(row.content)
    return some


def _ends(times: Sequence[str]) -> list[str]:
    return [min(times), max(times)] if times else []


# --------------------------------------------------------------------------------- another process
def _elsewhere(job: Job) -> Iterator[Chunk]:
    # Not by `multiprocessing`: it runs the caller's main program in the new process as well.
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - ourselves
        # In a group of its own: Ctrl-C is for the importing process, which ends this one.
        command,
        stdin=pipe,
        stdout=pipe,
        env=os.environ | path,
        process_group=0,
    ) as process:
        try:
            with cast(BinaryIO, process.stdin) as question:
                pickle.dump(job, question)
            yield from _ahead(iter(partial(_answer, cast(BinaryIO, process.stdout)), None))
        finally:
            process.kill()


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same, each fetched while the one before is stored: nobody waits for the other."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, chunks, None)
        while chunk := coming.result():
            coming = reader.submit(next, chunks, None)
            yield chunk


def _answer(answers: BinaryIO) -> Chunk | None:
    try:
        answer = pickle.load(answers)  # noqa: S301 - from our own process
    except (EOFError, pickle.UnpicklingError):
        raise PipelineError(
            "The process that reads the file was ended; import it again, nothing is stored twice"
        ) from None
    if isinstance(answer, Invalid):
        raise answer
    return None if answer is None else Chunk(*answer)


def serve() -> None:
    """Convert the job on standard input; write its chunks to standard output, then None."""
    gc.disable()  # nothing here refers to itself, and looking for what does costs a third
    job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    with suppress(BrokenPipeError):
        for answer in _answers(job):
            pickle.dump(answer, sys.stdout.buffer)
            del answer  # before the next one takes its memory
        sys.stdout.flush()


def _answers(job: Job) -> Iterator[object]:
    try:
        yield from map(tuple, _here(job))
    except Invalid as error:
        yield error
    yield None
