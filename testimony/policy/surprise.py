"""Is a day unlike a person's own past? A reason to look, never a verdict. Pure arithmetic on counts.

A day is compared with the same weekday of the eight weeks before it, since people work in weeks. The middle of those
days (median) and their usual distance from it (median absolute deviation) are used, because one odd day in the past
must not hide the next one. Source: Leys et al., "Detecting outliers: do not use standard deviation around the mean,
use absolute deviation around the median", J. Exp. Soc. Psychol. 49 (2013).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median

WEEKS = 8
LEAST_DAYS = 28
"""A person known for fewer days has no past to be compared with."""

LEAST_SHOWN = 20
"""Below this no day is surprising, however quiet the others were."""

TIMES = 6
"""How many usual distances above the middle a day must lie."""

_TO_DEVIATION = 1.4826
"""What turns a median absolute deviation into a standard deviation, for bell-shaped counts."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """shown: of the day. usual: the middle of the compared days. limit: what would still not surprise.

    compared: how many days lay in the comparison. highest: the largest of them.
    """

    day: date
    shown: int
    usual: float
    limit: float
    compared: int
    highest: int

    @property
    def is_surprising(self) -> bool:
        return self.shown >= LEAST_SHOWN and self.shown > self.limit


def weigh(counts: Mapping[date, int], day: date, known_since: date) -> Surprise | None:
    """Compare a day with the person's own past; None when the past is too short.

    counts: items shown by day; a day that is missing counts as none. known_since: the person's first day.
    """
    if (day - known_since).days < LEAST_DAYS:
        return None
    days = [day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    past = [counts.get(one, 0) for one in days if one >= known_since]
    middle = median(past)
    spread = _TO_DEVIATION * median(abs(count - middle) for count in past)
    # Small counts scatter by the root of their size even when nothing changed (Poisson).
    limit = middle + TIMES * max(spread, sqrt(middle), 1.0)
    return Surprise(day, counts.get(day, 0), middle, limit, len(past), max(past))
