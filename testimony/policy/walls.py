"""Which side of a wall between two testimonies a reader stands on. Knows no rows and no log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Near:
    """How near a reader is to one testimony. seen: words of it were shown to them. may: a grant in force covers it."""

    seen: bool
    may: bool


def closed_by_walls(pairs: Iterable[tuple[str, str]], near: Mapping[str, Near]) -> frozenset[str]:
    """The testimonies that walls close to a reader.

    Who has been shown one of two stays on its side: the other is closed, whatever grants say. Who was shown neither
    and could read both reads neither: nobody decides for themselves which of the two it shall be. Who was shown both
    reads neither any more.
    """
    closed: set[str] = set()
    for one, other in pairs:
        closed |= _closed(one, other, near)
        closed |= _closed(other, one, near)
    return frozenset(closed)


def _closed(this: str, other: str, near: Mapping[str, Near]) -> frozenset[str]:
    """This testimony, when the wall closes it because of the other."""
    is_closed = near[other].seen or (near[other].may and not near[this].seen)
    return frozenset({this} if is_closed else ())
