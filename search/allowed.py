"""Which documents a reader may find: the caller's predicate, asked in SQL and kept as a set while nothing changed.

The predicate reads many rows of many documents; asking it anew for each search would cost a hundred times the
search itself. What is kept is dropped or mended by the caller's feed of changes, and never without one.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from search.access import Access
from search.reading import column
from search.sets import set_of

KEPT_READERS = 64
_MANY = 500
"""Beyond so many changed documents the whole is asked again."""

_Key = tuple[str, str, tuple[tuple[str, object], ...]]


@dataclass(slots=True)
class Allowed:
    """What readers may find in one index. documents: the table whose `id` the predicates are asked about."""

    documents: str
    _kept: OrderedDict[_Key, tuple[str, int]] = field(default_factory=OrderedDict)

    def forget(self) -> None:
        """Keep nothing."""
        self._kept.clear()

    def of(self, connection: Connection, access: Access) -> int:
        """Return all documents that the predicate allows, as of this transaction."""
        if access.feed is None:
            return self._asked(connection, access)
        key = (access.sql, access.source + access.joins, tuple(sorted(access.parameters.items())))
        state = access.feed.state(connection)
        held = self._kept.get(key)
        if held is None or held[0] != state:
            held = (state, self._renewed(connection, access, held))
            self._kept[key] = held
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_READERS:
            self._kept.popitem(last=False)
        return held[1]

    def among(self, connection: Connection, access: Access, ids: Sequence[int]) -> int:
        """Return those of a few documents that the predicate allows, asked now."""
        asked = {f"search_id_{number}": document for number, document in enumerate(ids)}
        places = ", ".join(f":{name}" for name in asked)
        statement = (
            f"SELECT doc.id FROM (SELECT id FROM {self.documents} WHERE id IN ({places})) AS doc {access.joins}"  # noqa: S608  # the caller's
            f" WHERE ({access.sql})"
        )
        return set_of(column(connection, statement, {**access.parameters, **asked}))

    def _renewed(self, connection: Connection, access: Access, held: tuple[str, int] | None) -> int:
        feed = access.feed
        changed = None if held is None or feed is None else feed.changed(connection, held[0])
        if held is None or changed is None:
            return self._asked(connection, access)
        ids = sorted(changed)
        if len(ids) > _MANY:
            return self._asked(connection, access)
        return held[1] & ~set_of(ids) | self.among(connection, access, ids)

    def _asked(self, connection: Connection, access: Access) -> int:
        source = access.source or f"(SELECT id FROM {self.documents}) AS doc {access.joins}"  # noqa: S608  # the caller's
        statement = f"SELECT {access.key} FROM {source} WHERE ({access.sql})"  # noqa: S608  # the caller's
        return set_of(column(connection, statement, dict(access.parameters)))
