"""From what was asked to what is searched, and to the words that auditors can read of it. One way for every search."""

from search.queries import Query, parse
from testimony.services.search_requests import SearchRequest
from testimony.storage import released

MAX_LOGGED_QUERY = 2000
"""Code points of a query that the log keeps; a longer one is refused and searches nothing."""


def query_of(request: SearchRequest) -> Query:
    """Read a request on released texts. Raises QueryTooCostly."""
    return parse(_whole_text(request), released.FIELDS)


def loggable(request: SearchRequest) -> str:
    """What was asked, filters included, as the log can keep it.

    A terminal may hand in half a character, which UTF-8 has no form for.
    """
    asked = " ".join((request.query[:MAX_LOGGED_QUERY], *_filters(request)))
    return asked.encode(errors="backslashreplace").decode()


def _whole_text(request: SearchRequest) -> str:
    if not request.filters:
        return request.query
    return " ".join((f"({request.query or '*'})", *_filters(request)))


def _filters(request: SearchRequest) -> tuple[str, ...]:
    return tuple(f'{name}:"{value}"' for name, value in request.filters)
