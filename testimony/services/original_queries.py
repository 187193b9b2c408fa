"""From what was asked to what is searched among originals, which are not coded, and in which order."""

from collections.abc import Mapping

from search.queries import Query, narrowed, parse
from search.results import RELEVANCE, Order
from testimony.services.search_requests import SearchOrder, SearchRequest
from testimony.storage import originals_index

_ORDERS: Mapping[SearchOrder, Order] = {
    SearchOrder.NEWEST: Order("month"),
    SearchOrder.OLDEST: Order("month", descending=False),
    SearchOrder.CODE: Order("code", descending=False),
}


def original_query_of(request: SearchRequest) -> Query:
    """Read a request on originals. Raises QueryTooCostly."""
    return narrowed(parse(request.query, originals_index.FIELDS, names=request.names), request.filters)


def original_order_of(request: SearchRequest) -> Order:
    """Relevance where the order asks for what only coding says."""
    return _ORDERS.get(request.order, RELEVANCE)
