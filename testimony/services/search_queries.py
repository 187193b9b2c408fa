"""From what was asked to what is searched, and to the words that auditors can read of it."""

from collections.abc import Mapping

from search.queries import FieldKind, Query, narrowed, parse
from search.results import RELEVANCE, Order
from testimony.services.search_requests import SearchOrder, SearchRequest
from testimony.storage import originals_index, released

MAX_LOGGED_QUERY = 2000
"""Code points of a query that the log keeps; a longer one is refused and searches nothing."""

_ORDERS: Mapping[SearchOrder, Order] = {
    SearchOrder.RELEVANCE: RELEVANCE,
    SearchOrder.NEWEST: Order("month"),
    SearchOrder.OLDEST: Order("month", descending=False),
    SearchOrder.CODE: Order("code", descending=False),
}


def query_of(request: SearchRequest) -> Query:
    """Read a request on released texts. Raises QueryTooCostly."""
    return _read(request, released.FIELDS)


def original_query_of(request: SearchRequest) -> Query:
    """Read a request on originals, which are not coded. Raises QueryTooCostly."""
    return _read(request, originals_index.FIELDS)


def order_of(request: SearchRequest) -> Order:
    return _ORDERS[request.order]


def loggable(request: SearchRequest) -> str:
    """What was asked, filters included, as the log can keep it.

    A terminal may hand in half a character, which UTF-8 has no form for.
    """
    filters = (f'{name}:"{value}"' for name, value in request.filters)
    asked = " ".join((request.query[:MAX_LOGGED_QUERY], *filters))
    return asked.encode(errors="backslashreplace").decode()


def _read(request: SearchRequest, fields: Mapping[str, FieldKind]) -> Query:
    return narrowed(parse(request.query, fields, names=request.names), request.filters)
