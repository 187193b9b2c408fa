"""From what was asked to what is searched, and to the words that auditors can read of it."""

from collections.abc import Mapping

from search.queries import FieldKind, Query, parse
from testimony.services.search_requests import SearchRequest
from testimony.storage import originals_index, released

MAX_LOGGED_QUERY = 2000
"""Code points of a query that the log keeps; a longer one is refused and searches nothing."""


def query_of(request: SearchRequest) -> Query:
    """Read a request on released texts. Raises QueryTooCostly."""
    return _read(request, released.FIELDS)


def original_query_of(request: SearchRequest) -> Query:
    """Read a request on originals, which are not coded. Raises QueryTooCostly."""
    return _read(request, originals_index.FIELDS)


def loggable(request: SearchRequest) -> str:
    """What was asked, filters included, as the log can keep it.

    A terminal may hand in half a character, which UTF-8 has no form for.
    """
    asked = " ".join((request.query[:MAX_LOGGED_QUERY], *_filters(request)))
    return asked.encode(errors="backslashreplace").decode()


def _read(request: SearchRequest, fields: Mapping[str, FieldKind]) -> Query:
    if not request.filters:
        return parse(request.query, fields)
    return parse(" ".join((f"({request.query or '*'})", *_filters(request))), fields)


def _filters(request: SearchRequest) -> tuple[str, ...]:
    return tuple(f'{name}:"{value}"' for name, value in request.filters)
