"""Which documents of the index changed since a moment, so that what was learned of the rest may be kept.

Each change is a row with a random token. A state is named by the number and token of its last row: a transaction
that was rolled back, another file, or a copy put back never has the name of another state. Only the last KEPT rows
stay, and they hold numbers of documents alone.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from search.reading import rows

KEPT = 1_000
_LAST = "SELECT seq, hex(token) FROM {schema}.search_changes ORDER BY seq DESC LIMIT 1"
_HAS = "SELECT 1 FROM {schema}.search_changes WHERE seq = :seq AND hex(token) = :token"
_SINCE = "SELECT DISTINCT id FROM {schema}.search_changes WHERE seq > :seq"
_ADD = "INSERT INTO {schema}.search_changes (id, token) VALUES (?, randomblob(12))"
_PRUNE = (
    "DELETE FROM {schema}.search_changes WHERE seq <= (SELECT max(seq) FROM {schema}.search_changes) - :kept"
)


class Changes:
    """The changes of one index. A Feed (search.access)."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._held = threading.local()

    def note(self, connection: Connection, ids: Iterable[int]) -> None:
        """Write down that these documents were put or removed. Of more than are kept: that any may have been."""
        changed: list[tuple[int | None]] = [(document,) for document in ids]
        if not changed:
            return
        if len(changed) > KEPT:
            changed = [(None,)]
        connection.exec_driver_sql(self._sql(_ADD), changed)
        connection.execute(text(self._sql(_PRUNE)), {"kept": KEPT})

    def state(self, connection: Connection) -> str:
        held: tuple[Connection, str] | None = getattr(self._held, "state", None)
        return held[1] if held is not None and held[0] is connection else self._read(connection)

    @contextmanager
    def held(self, connection: Connection) -> Iterator[None]:
        """Read the state once for all that is asked inside. Nothing is written there, and a transaction sees one."""
        self._held.state = (connection, self._read(connection))
        try:
            yield
        finally:
            self._held.state = None

    def _read(self, connection: Connection) -> str:
        found = rows(connection, self._sql(_LAST))
        return f"{found[0][0]}:{found[0][1]}" if found else ""

    def changed(self, connection: Connection, since: str) -> frozenset[int] | None:
        seq, _, token = since.partition(":")
        if not token:
            return None
        known = connection.execute(text(self._sql(_HAS)), {"seq": int(seq), "token": token}).first()
        if known is None:
            return None
        ids = frozenset(connection.execute(text(self._sql(_SINCE)), {"seq": int(seq)}).scalars())
        return None if None in ids else ids

    def _sql(self, statement: str) -> str:
        return statement.replace("{schema}", self._schema)
