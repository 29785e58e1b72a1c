"""Decoding ahead of the tracker and writing behind it, each in a thread of its own."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, Full, Queue
from types import FrameType, TracebackType
from typing import Any, Generic, Self, TypeVar

Item = TypeVar("Item")

_STOPS = (signal.SIGINT, signal.SIGTERM)

_POLL = 0.2  # seconds between checks whether to stop


class _End:
    """Marks the end of a queue."""


_END = _End()


class Interruption:
    """While active, Ctrl-C asks to stop after the frame at hand; a second one stops at once.

    SIGTERM, with which service managers and batch systems end programs, is taken for Ctrl-C.
    """

    asked = False

    def __enter__(self) -> Self:
        # Python lets only its main thread handle signals.
        self._active = threading.current_thread() is threading.main_thread()
        if self._active:
            self._previous = {each: signal.signal(each, self._ask) for each in _STOPS}
        return self

    def __exit__(self, *_: object) -> None:
        if self._active:
            for each, handler in self._previous.items():
                signal.signal(each, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


class Ahead(Generic[Item]):
    """Iterates over something in a thread of its own, at most `depth` items ahead.

    Example:
        >>> with Ahead(iter(range(3))) as items:
        ...     list(items)
        [0, 1, 2]
    """

    def __init__(
        self,
        items: Iterator[Item],
        *,
        depth: int = 4,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare; the thread starts on entering the context.

        Args:
            items: only touched by the thread.
            depth: how many finished items may wait.
            stop: asked while waiting; when it says yes, the iteration ends.
        """
        self._items, self._stop = items, stop
        self._queue: Queue[Item | _End] = Queue(depth)
        self._done = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._produce, name="decode", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        while True:
            try:
                item = self._queue.get(timeout=_POLL)
            except Empty:
                if self._stop():
                    return
                continue
            if isinstance(item, _End):
                break
            yield item
        if self._error is not None:
            raise self._error

    def _produce(self) -> None:
        try:
            for item in self._items:
                if not self._offer(item):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the items are used
            self._error = error
        self._offer(_END)

    def _offer(self, item: Item | _End) -> bool:
        while not self._done.is_set():
            try:
                self._queue.put(item, timeout=_POLL)
            except Full:
                continue
            return True
        return False


class Behind(Generic[Item]):
    """Calls a function with items in a thread of its own, in order; at most `depth` wait.

    An error of the function is raised by the next `put`, or on leaving the context; nothing is
    consumed after it. Leaving the context waits until everything has been consumed.
    """

    def __init__(self, consume: Callable[[Item], Any], *, depth: int = 4) -> None:
        self._consume = consume
        self._queue: Queue[Item | _End] = Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="write", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._queue.put(_END)
        self._thread.join()
        if self._error is not None and error is None:
            raise self._error

    def put(self, item: Item) -> None:
        """Hand over an item; waits while `depth` others are waiting."""
        if self._error is not None:
            raise self._error
        self._queue.put(item)

    def _work(self) -> None:
        while not isinstance(item := self._queue.get(), _End):
            # After an error the queue is still emptied, or `put` would wait for ever.
            if self._error is None:
                try:
                    self._consume(item)
                except BaseException as error:  # noqa: BLE001 - raised again by `put`
                    self._error = error


def marked_last(items: Iterable[Item]) -> Iterator[tuple[Item, bool]]:
    """Each item and whether it is the last; one item is read ahead.

    Example:
        >>> list(marked_last("ab"))
        [('a', False), ('b', True)]
    """
    held: list[Item] = []
    for item in items:
        if held:
            yield held.pop(), False
        held.append(item)
    for item in held:
        yield item, True


def timed(items: Iterable[Item], measure: Callable[[], Any]) -> Iterator[Item]:
    """The same items, each obtained inside the context manager that `measure` makes."""
    iterator = iter(items)
    while True:
        with measure():
            item = next(iterator, _END)
        if isinstance(item, _End):
            return
        yield item
