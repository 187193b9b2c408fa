"""What a mark says exactly, as far as a reviewer or the words themselves tell it."""

from testimony.domain.errors import Invalid, Problem
from testimony.domain.generalising import MAX_EXACT, parse_exact, read_exact, where, written
from testimony.domain.matching import fold
from testimony.domain.places import PlaceLevel
from testimony.services.sessions import Work
from testimony.storage import places

ITSELF = "="
"""In place of a value: the words under the mark say it themselves."""

_WORDS_IN = "eng"
_KINDS = ("age:", "date:", "place:")
_MOST_PLACES = 20


def exact_of(work: Work, words: str, told: str) -> str:
    """The value to generalise, as a mark keeps it; empty for a token.

    told: empty, ITSELF, a value as a mark keeps it, or what a reviewer typed: an age, a date, a place. Raises
    Invalid when it is none of these, or the name of more than one place.
    """
    if not told:
        return ""
    if len(told) > MAX_EXACT:
        raise Invalid((Problem("exact", "too_long"),))
    if told.startswith(_KINDS):
        return written(parse_exact(told))
    said = words if told == ITSELF else told
    if (exact := read_exact(said)) is not None:
        return written(exact)
    named = places.named(work.connection, said, PlaceLevel.POINT, _MOST_PLACES)
    same = [place for place in named if fold(said) in {fold(name.text) for name in place.names}]
    if len(same) != 1:
        raise Invalid((Problem("exact", "not_found"),))
    return written(where(places.paths(work.connection, (same[0].id,))[same[0].id], _WORDS_IN))
