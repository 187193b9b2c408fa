"""What else somebody may have meant: a word that is there for one that is not, and a name in any spelling."""

from search.errors import QueryTooCostly
from search.queries import Query
from search.suggesting import offers_name
from search.tree import And, Nothing, written
from testimony.policy.gate import Predicate
from testimony.services.search_requests import SearchRequest
from testimony.storage import released
from testimony.storage.connections import Connection

LITTLE = 3
"""Where fewer are found, something else may have been meant."""


def better_query(
    connection: Connection, query: Query, request: SearchRequest, allowed: Predicate, total: int
) -> str | None:
    """What may have been meant, without the filters; None where enough was found or nothing is near.

    query: as the request was read, filters included. Only words of texts that the predicate lets pass are used.
    """
    if total >= LITTLE:
        return None
    try:
        better = released.suggest_released(connection, query, allowed)
    except QueryTooCostly:
        return None  # The search itself was answered; a suggestion is worth no refusal.
    if better is None:
        return None
    filters = sum(name in query.fields for name, _ in request.filters)
    root = better.root
    if filters and isinstance(root, And):
        kept = root.nodes[:-filters]
        root = And(kept) if len(kept) > 1 else kept[0]
    return written(root)


def name_query(words: Query) -> str | None:
    """The query with its capitalised words as names in any spelling; None when it has none. words: no filters."""
    offer = None if isinstance(words.root, Nothing) else offers_name(words)
    return None if offer is None else offer.explanation.text
