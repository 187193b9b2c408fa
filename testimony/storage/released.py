"""What the reading room holds for readers, asked through the gate's own SQL. Holds no rule of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from search.access import Access
from search.queries import FieldKind, Query
from search.results import Page, PageRequest
from testimony.policy.facts import (
    FACTS_QUERY,
    JOINS,
    Asked,
    Facts,
    facts_from_row,
    facts_parameters,
)
from testimony.policy.gate import Predicate
from testimony.storage.releases import INDEX, RELEASES

FIELDS: Mapping[str, FieldKind] = {
    "code": FieldKind.CODE,
    "case": FieldKind.CODE,
    "audience": FieldKind.CODE,
    "month": FieldKind.DATE,
}
"""The fields that `releases.document_of` gives to the index; `language` and `name` are always there."""

_FROM_DOCUMENT = f"JOIN reading_room.releases l ON l.id = doc.id {JOINS}"


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
    access = Access(predicate.sql, predicate.parameters, _FROM_DOCUMENT)
    return INDEX.search(connection, query, access, page)


def released_rows(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, ReleasedRow]:
    """The releases of these ids, by id."""
    rows = connection.execute(sa.select(*_ROW).where(RELEASES.c.id.in_(ids)))
    return {row.id: ReleasedRow(**row._mapping) for row in rows}


def find_facts(connection: sa.Connection, asked: Asked, code: str) -> tuple[Facts, int | None] | None:
    """What the gate asks about one testimony, and the id of the release that may then be shown.

    None when the register has no such code. Raises BadDate for a damaged row.
    """
    row = connection.execute(sa.text(FACTS_QUERY), facts_parameters(asked, code)).mappings().first()
    if row is None:
        return None
    return facts_from_row({str(name): value for name, value in row.items()}), row["release_id"]
