"""What can go wrong in a search. Nothing here carries the query or the text it was put to."""

from enum import StrEnum


class CostReason(StrEnum):
    """Why a query was refused before, or while, it ran."""

    LENGTH = "length"
    TERMS = "terms"
    DEPTH = "depth"
    EXPANSIONS = "expansions"
    TIME = "time"


class SearchError(Exception):
    """Anything this package raises on purpose."""


class QueryTooCostly(SearchError):
    """The query would take more than a reader may ask of the archive; `reason` says which bound it met."""

    def __init__(self, reason: CostReason) -> None:
        super().__init__(reason.value)
        self.reason = reason
