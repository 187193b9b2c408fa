"""Slowing down guesses at sign-in: per handle, and over all handles. Memory only; knows digests, never
handles.
"""

import math
import threading
from collections import deque
from datetime import datetime, timedelta

from testimony.domain.errors import Throttled

FREE_TRIES = 5
WINDOW = timedelta(minutes=15)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
MAX_FAILURES_OVERALL = 60
"""Failed tries over all handles in one minute, after which everyone waits: a spray over many names is a guess
too.
"""

_MAX_HANDLES = 10_000


class Throttle:
    """After five failures within a quarter of an hour each further one doubles the wait, up to five minutes.

    Nobody is locked out for good: that would let anyone shut anyone out.
    """

    def __init__(self) -> None:
        self._failures: dict[str, list[datetime]] = {}
        self._overall: deque[datetime] = deque(maxlen=MAX_FAILURES_OVERALL)
        self._lock = threading.Lock()

    def require_patience(self, lookup: str, now: datetime) -> None:
        """Raises Throttled when this handle, or everybody, must wait."""
        with self._lock:
            recent = self._recent(lookup, now)
            if len(recent) >= FREE_TRIES:
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(len(recent) - FREE_TRIES, 10))
                if now < recent[-1] + wait:
                    raise Throttled(_seconds(recent[-1] + wait - now))
            if len(self._overall) == MAX_FAILURES_OVERALL and now - self._overall[0] < timedelta(minutes=1):
                raise Throttled(_seconds(self._overall[0] + timedelta(minutes=1) - now))

    def failed(self, lookup: str, now: datetime) -> None:
        with self._lock:
            if len(self._failures) >= _MAX_HANDLES:
                # A flood of invented handles must not fill the memory; the overall limit still holds.
                self._failures.clear()
            self._failures[lookup] = [*self._recent(lookup, now), now]
            self._overall.append(now)

    def succeeded(self, lookup: str) -> None:
        with self._lock:
            self._failures.pop(lookup, None)

    def _recent(self, lookup: str, now: datetime) -> list[datetime]:
        return [at for at in self._failures.get(lookup, ()) if now - at < WINDOW]


def _seconds(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds()))
