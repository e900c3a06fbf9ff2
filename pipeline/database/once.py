"""What is made once, for all who ask for it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """What a function gives, called at the first need and kept.

    A failure is not kept: whoever waited for that call hears of it, and who comes later calls anew.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._call: Future[T] | None = None

    def __call__(self) -> T:
        """What was made; raises what making it raised."""
        with self._lock:
            known = self._call if self._is_running() or self.is_made else None
            call = self._call = known or Future()
        if not known:
            self._make_for(call)
        return call.result()

    @property
    def is_made(self) -> bool:
        """Whether it is there, and calling this returns at once."""
        call = self._call
        return call is not None and call.done() and call.exception() is None

    def forget(self) -> None:
        """Make it anew at the next need."""
        self._call = None

    def _is_running(self) -> bool:
        return self._call is not None and not self._call.done()

    def _make_for(self, call: "Future[T]") -> None:
        try:
            call.set_result(self._make())
        except BaseException as error:
            call.set_exception(error)
