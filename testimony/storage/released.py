"""What the reading room holds for readers, asked through the gate's own SQL. Holds no rule of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from search.access import Access
from search.queries import FieldKind, Query
from search.results import Hit, Page, PageRequest
from testimony.policy.facts import (
    FACTS_QUERY,
    FROM_CLAUSE,
    JOINS,
    Asked,
    Facts,
    facts_from_row,
    facts_parameters,
)
from testimony.policy.gate import Predicate
from testimony.storage.gate_changes import GateFeed
from testimony.storage.releases import INDEX, RELEASES

FIELDS: Mapping[str, FieldKind] = {
    "code": FieldKind.CODE,
    "case": FieldKind.CODE,
    "audience": FieldKind.CODE,
    "month": FieldKind.DATE,
    "act": FieldKind.CODE,
    "perp": FieldKind.CODE,
    "place": FieldKind.CODE,
    "event": FieldKind.DATE,
    "basis": FieldKind.CODE,
    "account": FieldKind.CODE,
    "attachment": FieldKind.CODE,
}
"""The fields that `releases.document_of` gives to the index; `language` and `name` are always there.

month: when it was told. event: when it happened.
"""

FACETS = ("case", "language", "act", "perp", "place", "basis", "account", "audience", "attachment", "month")
"""The fields whose values are counted beside a search."""

_FEED = GateFeed()


# Of the hits of a page: begin with them, not with all that is released.
_FROM_DOCUMENT = f"CROSS JOIN reading_room.releases l ON l.id = doc.id {JOINS}"


def _access(predicate: Predicate) -> Access:
    return Access(predicate.sql, predicate.parameters, _FROM_DOCUMENT, _FEED, FROM_CLAUSE, "l.id")


@dataclass(frozen=True, slots=True)
class ReleasedRow:
    """A release without its text. month: EDTF. warning: code of warning.csv, None when nobody gave one."""

    id: int
    code: str
    case_id: str
    month: str | None
    language: str
    audience: str
    number: int
    warning: str | None


_ROW = tuple(RELEASES.c[name] for name in ReleasedRow.__slots__)


def search_released(connection: sa.Connection, query: Query, predicate: Predicate, page: PageRequest) -> Page:
    """One page of what the query finds among the releases that the predicate lets pass: one statement.

    The ids of the hits are release ids. Raises search.errors.QueryTooCostly.
    """
    return INDEX.search(connection, query, _access(predicate), page)


def released_ids(
    connection: sa.Connection, query: Query, predicate: Predicate, limit: int
) -> tuple[int, ...]:
    """The releases that the query finds and the predicate lets pass, highest id first, at most `limit`."""
    return INDEX.found(connection, query, _access(predicate), limit)


def suggest_released(connection: sa.Connection, query: Query, predicate: Predicate) -> Query | None:
    """What the query may have meant, of words that stand in releases that the predicate lets pass."""
    return INDEX.suggest(connection, query, _access(predicate))


def similar_released(
    connection: sa.Connection, release_id: int, predicate: Predicate, size: int
) -> tuple[Hit, ...]:
    """The releases nearest to one, among those that the predicate lets pass."""
    return INDEX.similar(connection, release_id, _access(predicate), size)


def newest_release(connection: sa.Connection) -> int:
    """The number of the last release that was made; 0 before the first."""
    return int(connection.execute(sa.select(sa.func.max(RELEASES.c.id))).scalar() or 0)


def released_rows(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, ReleasedRow]:
    """The releases of these ids, by id."""
    rows = connection.execute(sa.select(*_ROW).where(RELEASES.c.id.in_(ids)))
    return {row.id: ReleasedRow(**row._mapping) for row in rows}


def found_by(
    connection: sa.Connection, ids: Sequence[int], names: Sequence[str]
) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
    """What releases are found by: values of these fields by release id, folded as the index keeps them."""
    return INDEX.values(connection, ids, names)


def find_facts(connection: sa.Connection, asked: Asked, code: str) -> tuple[Facts, int | None] | None:
    """What the gate asks about one testimony, and the id of the release that may then be shown.

    None when the register has no such code. Raises BadDate for a damaged row.
    """
    row = connection.execute(sa.text(FACTS_QUERY), facts_parameters(asked, code)).mappings().first()
    if row is None:
        return None
    return facts_from_row({str(name): value for name, value in row.items()}), row["release_id"]
