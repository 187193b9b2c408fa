"""From what was asked to what is searched, and to the words that auditors can read of it."""

from search.queries import Labels, Query, narrowed, parse
from testimony.services.search_requests import SearchRequest
from testimony.storage import released

MAX_LOGGED_QUERY = 2000
"""Code points of a query that the log keeps; a longer one is refused and searches nothing."""

NO_LABELS: Labels = {}


def query_of(request: SearchRequest, labels: Labels = NO_LABELS) -> Query:
    """Read a request on released texts. labels: what people call values of fields. Raises QueryTooCostly."""
    query = parse(request.query, released.FIELDS, labels=labels, names=request.names)
    return narrowed(query, request.filters)


def loggable(request: SearchRequest) -> str:
    """What was asked, filters included, as the log can keep it.

    A terminal may hand in half a character, which UTF-8 has no form for.
    """
    filters = (f'{name}:"{value}"' for name, value in request.filters)
    asked = " ".join((request.query[:MAX_LOGGED_QUERY], *filters))
    return asked.encode(errors="backslashreplace").decode()
