"""Events that arrive at the same moment share one transaction.

A commit takes as long for fifty events as for one. Nobody waits for company: an event that comes
while nothing is being stored is stored at once, those that come meanwhile go into the next
transaction together. Each caller hears about their own event, after its commit.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pipeline.database import Database
from pipeline.errors import DatabaseError
from pipeline.events.incoming import NewEvent
from pipeline.events.storing import store_each

_MOST = 500


class _Waiting(NamedTuple):
    event: NewEvent
    now: datetime
    verdict: "asyncio.Future[bool]"


@dataclass
class SharedTransactions:
    """Stores the events of many callers, who are all of one event loop."""

    database: Database
    _waiting: list[_Waiting] = field(init=False, default_factory=list)
    _task: "asyncio.Task[None] | None" = field(init=False, default=None)

    async def store(self, event: NewEvent, *, now: datetime) -> bool:
        """Whether the event was new, once it is committed; raises what storing it alone raises."""
        verdict: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(event, now, verdict))
        if self._task is None:
            self._task = asyncio.create_task(self._store_all())
        return await verdict

    async def _store_all(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                for waiting, found in await self._stored(together):
                    _tell(waiting.verdict, found)
        finally:
            self._task = None

    async def _stored(
        self, together: Sequence[_Waiting]
    ) -> list[tuple[_Waiting, bool | Exception]]:
        try:
            return await asyncio.to_thread(self._store, together)
        except Exception as error:  # no thread is to be had
            return [(waiting, error) for waiting in together]

    def _store(self, together: Sequence[_Waiting]) -> list[tuple[_Waiting, bool | Exception]]:
        try:
            return list(zip(together, self._transact(together), strict=True))
        except Exception as error:
            if isinstance(error, DatabaseError) or len(together) == 1:
                return [(waiting, error) for waiting in together]
        # One event that cannot be stored is no fault of the others.
        return [pair for waiting in together for pair in self._store([waiting])]

    def _transact(self, together: Sequence[_Waiting]) -> list[bool]:
        events = [waiting.event for waiting in together]
        now = max(waiting.now for waiting in together)
        return self.database.transact(lambda session: store_each(session, events, now=now))


def _tell(verdict: "asyncio.Future[bool]", found: bool | Exception) -> None:
    if verdict.done():  # who asked has gone
        return
    if isinstance(found, Exception):
        verdict.set_exception(found)
    else:
        verdict.set_result(found)
