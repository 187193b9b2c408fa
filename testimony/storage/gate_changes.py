"""Which testimonies changed in what the gate asks, so that an answer of the gate may be kept until then.

Triggers write the rows, in the transaction of the change: no path into these tables can forget to. A row holds a
code (all releases of it are asked about again, since one can stand in for another) and a random token. A state is
named by the last row of both tables, so that no two states, also after a rollback or a restored copy, have one
name. Only the last KEPT rows stay.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from search.reading import rows
from testimony.storage.case_notes import NOTES
from testimony.storage.consent_versions import EVENTS
from testimony.storage.consents import CONSENTS, DECISIONS, READERS
from testimony.storage.register import REGISTER
from testimony.storage.releases import RELEASES
from testimony.storage.schema import LEDGER, READING_ROOM

KEPT = 1_000

GATE_CHANGES = sa.Table(
    "gate_changes",
    LEDGER,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

RELEASE_CHANGES = sa.Table(
    "release_changes",
    READING_ROOM,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)


def _triggers(table: sa.Table, changes: sa.Table) -> Iterable[str]:
    """Statements without a schema: a trigger lies where its table lies."""
    for event, changed in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
        name = changes.name
        noted = "".join(
            f" INSERT INTO {name} (code, token) VALUES ({row}.code, randomblob(12));"  # noqa: S608  # ours
            for row in changed
        )
        pruned = f" DELETE FROM {name} WHERE seq <= (SELECT max(seq) FROM {name}) - {KEPT};"  # noqa: S608  # ours
        yield (
            f"CREATE TRIGGER {table.name}_{event.lower()}_noted AFTER {event} ON {table.name}"
            f" BEGIN{noted}{pruned} END"
        )


_NOTED = (
    *((table, GATE_CHANGES) for table in (REGISTER, CONSENTS, DECISIONS, READERS, EVENTS, NOTES)),
    (RELEASES, RELEASE_CHANGES),
)
for _noted in _NOTED:
    for _statement in _triggers(*_noted):
        _ddl: sa.DDL = sa.DDL(_statement)  # type: ignore[no-untyped-call]  # sqlalchemy leaves this one untyped
        sa.event.listen(_noted[0].metadata, "after_create", _ddl)


class GateFeed:
    """The changes of the gate's answer for released testimonies. A Feed (search.access); documents are releases."""

    def state(self, connection: sa.Connection) -> str:
        return f"{last_change(connection, GATE_CHANGES)} {last_change(connection, RELEASE_CHANGES)}"

    def changed(self, connection: sa.Connection, since: str) -> frozenset[int] | None:
        testimonies, _, rows = since.partition(" ")
        codes = changed_since(connection, GATE_CHANGES, testimonies)
        released = changed_since(connection, RELEASE_CHANGES, rows)
        if codes is None or released is None:
            return None
        # A release that was deleted is in no answer any more: searches join what is kept with what the index holds.
        of_codes = sa.select(RELEASES.c.id).where(RELEASES.c.code.in_(codes | released))
        return frozenset(connection.execute(of_codes).scalars())


def last_change(connection: sa.Connection, table: sa.Table) -> str:
    statement = f"SELECT seq, hex(token) FROM {table.fullname} ORDER BY seq DESC LIMIT 1"  # noqa: S608  # our own table
    found = rows(connection, statement)
    return f"{found[0][0]}:{found[0][1]}" if found else ""


def changed_since(connection: sa.Connection, table: sa.Table, last: str) -> frozenset[str] | None:
    """The codes that rows after one hold; None when that one is no longer there, or is another."""
    seq, _, token = last.partition(":")
    if not token:
        return None
    known = sa.select(table.c.seq).where(table.c.seq == int(seq), sa.func.hex(table.c.token) == token)
    if connection.execute(known).first() is None:
        return None
    return frozenset(
        connection.execute(sa.select(table.c.code).where(table.c.seq > int(seq)).distinct()).scalars()
    )
