"""One page of a set of documents: the best of what the words find, or the next by the value of a field."""

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection

from search.fields import Fields
from search.matches import Matches
from search.queries import FieldKind, Query
from search.results import PageKey, PageRequest
from search.sets import from_highest


def page_of(
    connection: Connection,
    matches: Matches,
    fields: Fields,
    query: Query,
    ranking: str,
    found: int,
    page: PageRequest,
) -> list[PageKey]:
    """Return the documents of a page in order, each as a key, and one more where a page follows.

    ranking: the expression that gives scores; empty when no word decides: then the newest number comes first.
    """
    wanted = page.size + 1
    if page.order.field:
        kind = query.fields.get(page.order.field, FieldKind.CODE)
        return list(islice(_by_field(connection, fields, kind, found, page), wanted))
    if not ranking:
        # A key that came back in a form may hold any number; no document has a higher one than the largest found.
        before = found.bit_length() if page.after is None else max(0, min(page.after.id, found.bit_length()))
        newest = from_highest(found & ((1 << before) - 1))
        return [PageKey(0.0, document) for document in islice(newest, wanted)]
    after = None
    if page.after is not None:
        after = (page.after.value if isinstance(page.after.value, float) else 0.0, page.after.id)
    return [PageKey(*row) for row in matches.ranked(connection, ranking, found, after, wanted)]


def _by_field(
    connection: Connection, fields: Fields, kind: FieldKind, found: int, page: PageRequest
) -> Iterator[PageKey]:
    """Yield the documents of `found` after the page before: by the field, then those without it by number."""
    after = page.after
    left = found
    past_named = after is not None and after.value == ""
    order = fields.in_order(connection, page.order.field, kind, descending=page.order.descending)
    for value, document in order:
        if not found >> document & 1:
            continue
        left &= ~(1 << document)
        if past_named or (after is not None and not _comes_later((value, document), after, page)):
            continue
        yield PageKey(value, document)
    for document in from_highest(left):
        if not past_named or (after is not None and document < after.id):
            yield PageKey("", document)


def _comes_later(row: tuple[str, int], after: PageKey, page: PageRequest) -> bool:
    last = (str(after.value), after.id)
    return row < last if page.order.descending else row > last
