"""What somebody asks for when they search: the words and how to read, order and narrow them. Knows no index."""

from dataclasses import dataclass, field
from enum import StrEnum

from search.queries import Names


class SearchOrder(StrEnum):
    """What comes first: the nearest, the latest or earliest month of telling or date of events, the first code."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    EVENT_LATEST = "event_latest"
    EVENT_EARLIEST = "event_earliest"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query and what was chosen beside it.

    names: whether `name:` finds other spellings too. filters: (field, value), each of which a hit must have.
    """

    query: str = field(repr=False)
    order: SearchOrder = SearchOrder.RELEVANCE
    names: Names = Names.ANY_SPELLING
    filters: tuple[tuple[str, str], ...] = field(default=(), repr=False)
