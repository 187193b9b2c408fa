"""The audit log's tables in the ledger: leaves, what they commit to, every complete subtree, signed
checkpoints.

Knows how entries are stored and hashed (RFC 9162), not what they mean or who may read them. Append-only:
triggers refuse change and deletion,
except that the values beside a leaf (subject, detail) may be removed when a testimony is erased.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crypto.merkle import Frontier, leaf_hash
from testimony.domain.canonical import canonical_json
from testimony.storage import log_times
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.rows import insert_all
from testimony.storage.schema import LEDGER

KEPT_WHILE_LOCKED = "kept-while-locked"
"""The field of an entry that waited outside while the ledger was locked: its time is earlier than its place."""

ENTRIES = sa.Table(
    "log_entries",
    LEDGER,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("outcome IN ('allowed', 'denied')"),
    sqlite_strict=True,
)
# The time at their end answers how many there were by hour without reading an entry.
sa.Index("log_entries_did", ENTRIES.c.action, ENTRIES.c.seq, ENTRIES.c.at)
sa.Index("log_entries_who_did", ENTRIES.c.actor, ENTRIES.c.action, ENTRIES.c.seq, ENTRIES.c.at)

SUBJECTS = sa.Table(
    "log_subjects",
    LEDGER,
    sa.Column("seq", sa.Integer, sa.ForeignKey("log_entries.seq"), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)
sa.Index("log_subjects_subject", SUBJECTS.c.subject, SUBJECTS.c.seq)

DETAILS = sa.Table(
    "log_details",
    LEDGER,
    sa.Column("seq", sa.Integer, sa.ForeignKey("log_entries.seq"), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

NODES = sa.Table(
    "log_nodes",
    LEDGER,
    sa.Column("level", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

CHECKPOINTS = sa.Table(
    "log_checkpoints",
    LEDGER,
    sa.Column("size", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sqlite_strict=True,
)

# The log is append-only for our own code too: what rewrites an entry must first remove a trigger, and
# verification finds it all the same.
for _table, _act in (
    (table, act) for table in (ENTRIES, NODES, log_times.STRETCHES) for act in ("UPDATE", "DELETE")
):
    sa.event.listen(
        _table,
        "after_create",
        sa.DDL(  # type: ignore[no-untyped-call]  # the library types everything but this
            f"CREATE TRIGGER {_table.name}_no_{_act.lower()} BEFORE {_act} ON {_table.name} "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        ),
    )

_NewRows = list[tuple[object, ...]]

# Every append reads this, so it is one statement: each bit that is set in the size names one complete subtree.
_FRONTIER = sa.text(
    """
    WITH RECURSIVE
        log(size) AS (SELECT max(seq) + 1 FROM log_entries),
        levels(level) AS (
            SELECT 0 UNION ALL SELECT level + 1 FROM levels, log WHERE size >> (level + 1) > 0
        )
    SELECT log.size, node.hash
    FROM log, levels
    LEFT JOIN log_nodes node ON node.level = levels.level AND node.position = (log.size >> levels.level) - 1
    WHERE log.size >> levels.level & 1
    ORDER BY levels.level DESC
    """
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be logged. `at`: ISO 8601 UTC. `detail`: already sealed to the audit compartment."""

    at: str
    actor: str | None
    roles: tuple[str, ...]
    action: str
    outcome: str
    subject: tuple[str, str] | None = None
    case_id: str | None = None
    purpose: str | None = None
    fields: tuple[str, ...] = ()
    count: int | None = None
    reasons: tuple[str, ...] = ()
    detail: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A row as it lies on disk. `subject`: (kind, id, salt) unless erased."""

    seq: int
    at: str
    actor: str | None
    action: str
    outcome: str
    case_id: str | None
    purpose: str | None
    leaf: bytes
    subject: tuple[str, str, bytes] | None
    detail: bytes | None


def append(connection: sa.Connection, entries: Sequence[Entry]) -> int:
    """Add entries in order; return the sequence number of the last. Sequence numbers start at 0, as leaves do.

    The caller's transaction holds the write lock, so the frontier read here is still the frontier at the commit.
    Raises ArchiveDamaged when the stored tree knows more entries than there are: somebody cut the log.
    """
    frontier = read_frontier(connection)
    before = frontier.size
    rows, subjects, details, nodes = _NewRows(), _NewRows(), _NewRows(), _NewRows()
    for entry in entries:
        seq = frontier.size
        commitment = None
        if entry.subject is not None:
            salt = secrets.token_bytes(16)
            commitment = commit_subject(*entry.subject, salt)
            subjects.append((seq, *entry.subject, salt))
        if entry.detail is not None:
            details.append((seq, entry.detail))
        leaf = make_leaf(seq, entry, commitment)
        columns = (entry.actor, entry.action, entry.outcome, entry.case_id, entry.purpose)
        rows.append((seq, entry.at, *columns, leaf))
        nodes += [(node.level, node.index, node.hash) for node in frontier.append(leaf_hash(leaf))]
    try:
        for table, values in ((ENTRIES, rows), (SUBJECTS, subjects), (DETAILS, details), (NODES, nodes)):
            insert_all(connection, table, values)
        log_times.summarise(connection, before, frontier.size)
    except sa.exc.IntegrityError:
        raise ArchiveDamaged from None
    return frontier.size - 1


def commit_subject(kind: str, subject: str, salt: bytes) -> str:
    """SHA-256(salt ‖ kind ‖ ":" ‖ id), hexadecimal. The salt, 16 random bytes, lies beside and is erased with
    the subject.
    """
    return hashlib.sha256(salt + kind.encode() + b":" + subject.encode()).hexdigest()


def make_leaf(seq: int, entry: Entry, commitment: str | None) -> bytes:
    return canonical_json(
        {
            "action": entry.action,
            "actor": entry.actor,
            "at": entry.at,
            "case": entry.case_id,
            "count": entry.count,
            "detail": None if entry.detail is None else hashlib.sha256(entry.detail).hexdigest(),
            "fields": list(entry.fields),
            "outcome": entry.outcome,
            "purpose": entry.purpose,
            "reasons": list(entry.reasons),
            "roles": list(entry.roles),
            "seq": seq,
            "subject": commitment,
        }
    )


def forget_entries(connection: sa.Connection, seqs: sa.Select[tuple[int]]) -> None:
    """Remove what lies beside some leaves: what they are about, with its salt, and their sealed words.

    The leaves and the tree stay, so the log still verifies, and says how many such values are gone.
    """
    connection.execute(DETAILS.delete().where(DETAILS.c.seq.in_(seqs)))
    connection.execute(SUBJECTS.delete().where(SUBJECTS.c.seq.in_(seqs)))


def size(connection: sa.Connection) -> int:
    last: int | None = connection.execute(sa.select(sa.func.max(ENTRIES.c.seq))).scalar()
    return 0 if last is None else last + 1


def read_frontier(connection: sa.Connection) -> Frontier:
    """The complete subtrees that cover the log, largest first, as RFC 9162 splits it.

    Raises Malformed when one of them is not there.
    """
    rows = connection.execute(_FRONTIER).all()
    total = rows[0].size if rows else 0
    return Frontier.from_nodes(total, [row.hash for row in rows if row.hash is not None])


def node(connection: sa.Connection, level: int, position: int) -> bytes:
    """A stored complete subtree. Raises ArchiveDamaged when it is not there."""
    query = sa.select(NODES.c.hash).where(NODES.c.level == level, NODES.c.position == position)
    value: bytes | None = connection.execute(query).scalar()
    if value is None:
        raise ArchiveDamaged
    return value


def entries_from(connection: sa.Connection, start: int, stop: int) -> Iterator[StoredEntry]:
    """Entries with start <= seq < stop, in order, with what lies beside them."""
    query = (
        sa.select(ENTRIES, SUBJECTS.c.kind, SUBJECTS.c.subject, SUBJECTS.c.salt, DETAILS.c.sealed)
        .outerjoin(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
        .outerjoin(DETAILS, DETAILS.c.seq == ENTRIES.c.seq)
        .where(ENTRIES.c.seq >= start, ENTRIES.c.seq < stop)
        .order_by(ENTRIES.c.seq)
    )
    for row in connection.execute(query):
        yield stored(row)


def stored(row: sa.Row[tuple[object, ...]]) -> StoredEntry:
    """A row of the join that `entries_from` selects."""
    r = row._mapping
    return StoredEntry(
        seq=r["seq"],
        at=r["at"],
        actor=r["actor"],
        action=r["action"],
        outcome=r["outcome"],
        case_id=r["case_id"],
        purpose=r["purpose"],
        leaf=r["leaf"],
        subject=None if r["kind"] is None else (r["kind"], r["subject"], r["salt"]),
        detail=r["sealed"],
    )


def write_checkpoint(connection: sa.Connection, log_size: int, at: str, note: str) -> None:
    connection.execute(
        sa.insert(CHECKPOINTS).prefix_with("OR IGNORE"), {"size": log_size, "at": at, "note": note}
    )


def checkpoints(connection: sa.Connection) -> tuple[tuple[int, str, str], ...]:
    """(size, at, note) of every signed checkpoint, oldest first."""
    query = sa.select(CHECKPOINTS).order_by(CHECKPOINTS.c.size)
    return tuple((row.size, row.at, row.note) for row in connection.execute(query))


def last_checkpoint_size(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.max(CHECKPOINTS.c.size))).scalar() or 0
