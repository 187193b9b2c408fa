"""Holds back work on a compartment's file while its key is changed, in this process. Knows no database and no key."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from testimony.storage.compartments import Compartment
from testimony.storage.errors import StorageFailed

PATIENCE_SECONDS = 120.0
"""How long a change of key waits for the work that is under way; then it is given up and nothing happened."""


class Turnstile:
    """Many pass at once; while a compartment is closed, nobody who needs it does, and nobody is inside."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: Counter[Compartment] = Counter()
        self._threads: Counter[int] = Counter()
        self._closed: set[Compartment] = set()

    @contextmanager
    def passing(self, needed: frozenset[Compartment]) -> Iterator[None]:
        """Waits while one of them is closed. Who is inside already goes on, or would wait for themselves."""
        me = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._threads[me] or self._closed.isdisjoint(needed))
            self._threads[me] += 1
            self._inside.update(needed)
        try:
            yield
        finally:
            with self._changed:
                self._inside.subtract(needed)
                self._threads[me] -= 1
                if not self._threads[me]:
                    del self._threads[me]
                self._changed.notify_all()

    @contextmanager
    def closed(self, compartment: Compartment) -> Iterator[None]:
        """Close one, once everybody is out of it. Raises StorageFailed when somebody does not come out."""
        if self._threads[threading.get_ident()]:
            raise RuntimeError("a key is never changed from inside a unit of work")
        with self._changed:
            if not self._changed.wait_for(lambda: compartment not in self._closed, PATIENCE_SECONDS):
                raise StorageFailed
            self._closed.add(compartment)
        try:
            with self._changed:
                if not self._changed.wait_for(lambda: not self._inside[compartment], PATIENCE_SECONDS):
                    raise StorageFailed
            yield
        finally:
            with self._changed:
                self._closed.discard(compartment)
                self._changed.notify_all()
