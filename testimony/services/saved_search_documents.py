"""A saved search as its owner has it: what is looked for, for which purpose, and what was seen of it.

One sealed JSON document, "testimony-saved-search/1", bound to its owner and its id. Pure: knows no database.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from crypto.errors import Tampered
from crypto.labels import Label
from crypto.sealing import SealingKey, open_sealed, seal
from search.queries import Names
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.domain.purposes import Purpose
from testimony.services.search_requests import SearchOrder, SearchRequest
from testimony.storage.saved_searches import SavedSearchRow

FORMAT = "testimony-saved-search/1"


@dataclass(frozen=True, slots=True)
class SavedDocument:
    """name: the owner's own. seen: the id of the last release that the owner was told of."""

    name: str = field(repr=False)
    request: SearchRequest
    purpose: Purpose
    seen: int


def seal_saved(key: SealingKey, owner_id: AccountId, saved_id: str, document: SavedDocument) -> bytes:
    """Seal a saved search to its owner. Raises ValueError for a text with half a character."""
    request = document.request
    values: dict[str, Any] = {
        "format": FORMAT,
        "name": document.name,
        "query": request.query,
        "order": request.order.value,
        "names": request.names.value,
        "filters": [list(one) for one in request.filters],
        "purpose": document.purpose.value,
        "seen": document.seen,
    }
    return seal(key.public, canonical_json(values), Label.SAVED_SEARCH, _context(owner_id, saved_id))


def open_row(key: SealingKey, owner_id: AccountId, row: SavedSearchRow) -> SavedDocument:
    """Open a row with its owner's key.

    owner_id: who asks, not what the row says. Raises Tampered for a row of another owner or another id, a
    changed byte, and what is no saved search.
    """
    content = open_sealed(key, row.sealed, Label.SAVED_SEARCH, _context(owner_id, row.saved_id))
    try:
        return _read(json.loads(content))
    except (ValueError, KeyError, TypeError):
        raise Tampered("not a saved search") from None


def _read(values: dict[str, Any]) -> SavedDocument:
    if values["format"] != FORMAT:
        raise ValueError
    request = SearchRequest(
        query=str(values["query"]),
        order=SearchOrder(values["order"]),
        names=Names(values["names"]),
        filters=tuple((str(name), str(value)) for name, value in values["filters"]),
    )
    return SavedDocument(str(values["name"]), request, Purpose(values["purpose"]), int(values["seen"]))


def _context(owner_id: AccountId, saved_id: str) -> bytes:
    # Neither holds a slash: both are hexadecimal.
    return f"{owner_id}/{saved_id}".encode()
