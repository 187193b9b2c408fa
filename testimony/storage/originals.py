"""Originals in the vault.

What was submitted, byte for byte, its text versions, the keys of its attachments, and what did not open.
Append-only: triggers are not needed for that, because no function here changes a row. Knows no redaction
and no rule about who may read.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage import originals_index
from testimony.storage.inbox import INBOX, InboxItem
from testimony.storage.register import REGISTER
from testimony.storage.schema import VAULT

ORIGINALS = sa.Table(
    "originals",
    VAULT,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("submission_id", sa.Text, nullable=False, unique=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("interviewer_id", sa.Text, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
    sa.Column("received_by", sa.Text, nullable=False),
    sqlite_strict=True,
)

VERSIONS = sa.Table(
    "original_versions",
    VAULT,
    sa.Column("code", sa.Text, sa.ForeignKey("vault.originals.code"), primary_key=True),
    sa.Column("version_no", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("words", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("made_on", sa.Text, nullable=False),
    sqlite_strict=True,
)

ATTACHMENTS = sa.Table(
    "attachments",
    VAULT,
    sa.Column("object_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, sa.ForeignKey("vault.originals.code"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("mime", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("acquired", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.UniqueConstraint("code", "number"),
    sqlite_strict=True,
)

DAMAGED = sa.Table(
    "damaged_items",
    VAULT,
    sa.Column("submission_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("fault", sa.Text, nullable=False),
    sa.Column("found_at", sa.Text, nullable=False),
    sqlite_strict=True,
)


_TO_OPEN = INBOX.outerjoin(REGISTER, REGISTER.c.submission_id == INBOX.c.submission_id).outerjoin(
    DAMAGED, DAMAGED.c.submission_id == INBOX.c.submission_id
)
_MAY_OPEN = (
    DAMAGED.c.submission_id.is_(None),
    sa.func.coalesce(REGISTER.c.quarantined, 0) == 0,
    # One that was taken back, or is to be erased, is not opened any more.
    sa.func.coalesce(REGISTER.c.state, "").not_in(("quarantined", "restricted", "disposed")),
)


@dataclass(frozen=True, slots=True)
class Original:
    """`document`: the canonical bytes that the interviewer signed. `sha256`: of them, hexadecimal."""

    code: str
    submission_id: str
    document: bytes = field(repr=False)
    sha256: str
    interviewer_id: str
    signature: bytes = field(repr=False)
    received_at: str
    received_by: str


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One text of a testimony. `kind`: verbatim, notes, translation …; `language`: ISO 639-3; `words`.

    How many.
    """

    code: str
    version_no: int
    kind: str
    language: str
    text: str = field(repr=False)
    words: int
    sha256: str = field(repr=False)
    author: str
    made_on: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A sealed object and the key that opens it. `number`: from 1, in the order handed in; `size`.

    Bytes in plain.
    """

    object_id: str
    code: str
    number: int
    key: bytes = field(repr=False)
    sha256: str = field(repr=False)
    size: int
    mime: str
    name: str = field(repr=False)
    acquired: str
    kind: str


@dataclass(frozen=True, slots=True)
class DamagedItem:
    """An inbox item that was not taken in. It stays in the inbox, untouched. `fault`: a code word."""

    submission_id: str
    code: str
    fault: str
    found_at: str


def waiting(connection: sa.Connection, limit: int) -> tuple[InboxItem, ...]:
    """Sealed items to open, oldest first.

    Not quarantined or taken back, and not found damaged before, so that none holds up the rest.
    """
    query = sa.select(INBOX).select_from(_TO_OPEN).where(*_MAY_OPEN)
    rows = connection.execute(query.order_by(INBOX.c.submitted_at, INBOX.c.submission_id).limit(limit))
    return tuple(InboxItem(**row._mapping) for row in rows)


def count_waiting(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).select_from(_TO_OPEN).where(*_MAY_OPEN)
    return connection.execute(query).scalar_one()


def insert_original(
    connection: sa.Connection, original: Original, first: TextVersion, attachments: tuple[Attachment, ...]
) -> None:
    """Keep an original with its first text, and index it."""
    keep_original(connection, original, first, attachments)
    originals_index.put_version(connection, first.code, first.version_no)


def keep_original(
    connection: sa.Connection, original: Original, first: TextVersion, attachments: tuple[Attachment, ...]
) -> None:
    """Keep an original with its first text. Until `originals_index.put_versions` it is not found."""
    connection.execute(ORIGINALS.insert(), _values(original))
    connection.execute(VERSIONS.insert(), _values(first))
    if attachments:
        connection.execute(ATTACHMENTS.insert(), [_values(attachment) for attachment in attachments])


def insert_version(connection: sa.Connection, version: TextVersion) -> None:
    """Add a later text of an original, and index it. The earlier ones stay as they are."""
    connection.execute(VERSIONS.insert(), _values(version))
    originals_index.put_version(connection, version.code, version.version_no)


def find_original(connection: sa.Connection, code: str) -> Original | None:
    row = connection.execute(ORIGINALS.select().where(ORIGINALS.c.code == code)).first()
    return None if row is None else Original(**row._mapping)


def all_codes(connection: sa.Connection) -> tuple[str, ...]:
    return tuple(connection.execute(sa.select(ORIGINALS.c.code).order_by(ORIGINALS.c.code)).scalars())


def versions_of(connection: sa.Connection, code: str) -> tuple[TextVersion, ...]:
    query = VERSIONS.select().where(VERSIONS.c.code == code).order_by(VERSIONS.c.version_no)
    return tuple(TextVersion(**row._mapping) for row in connection.execute(query))


def newest_version(connection: sa.Connection, code: str) -> TextVersion | None:
    query = VERSIONS.select().where(VERSIONS.c.code == code).order_by(VERSIONS.c.version_no.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else TextVersion(**row._mapping)


def sizes(connection: sa.Connection, codes: tuple[str, ...]) -> dict[str, int]:
    """Words of the newest version, by code."""
    query = (
        sa.select(VERSIONS.c.code, VERSIONS.c.words)
        .where(VERSIONS.c.code.in_(codes))
        .order_by(VERSIONS.c.code, VERSIONS.c.version_no)
    )
    return {row.code: row.words for row in connection.execute(query)}


def attachments_of(connection: sa.Connection, code: str) -> tuple[Attachment, ...]:
    query = ATTACHMENTS.select().where(ATTACHMENTS.c.code == code).order_by(ATTACHMENTS.c.number)
    return tuple(Attachment(**row._mapping) for row in connection.execute(query))


def with_kinds(connection: sa.Connection, codes: tuple[str, ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Kind (exhibit.csv) and type of each attachment, by code; what has none is left out."""
    query = sa.select(ATTACHMENTS.c.code, ATTACHMENTS.c.kind, ATTACHMENTS.c.mime)
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for code, kind, mime in connection.execute(query.where(ATTACHMENTS.c.code.in_(codes))):
        found[code] = (*found.get(code, ()), (kind, mime))
    return found


def find_attachment(connection: sa.Connection, code: str, number: int) -> Attachment | None:
    query = ATTACHMENTS.select().where(ATTACHMENTS.c.code == code, ATTACHMENTS.c.number == number)
    row = connection.execute(query).first()
    return None if row is None else Attachment(**row._mapping)


def object_ids(connection: sa.Connection) -> frozenset[str]:
    """Every sealed object that the vault holds a key for."""
    return frozenset(connection.execute(sa.select(ATTACHMENTS.c.object_id)).scalars())


def insert_damaged(connection: sa.Connection, item: DamagedItem) -> bool:
    """Whether it was not named before."""
    return connection.execute(DAMAGED.insert().prefix_with("OR IGNORE"), _values(item)).rowcount == 1


def damaged_items(connection: sa.Connection) -> tuple[DamagedItem, ...]:
    query = DAMAGED.select().order_by(DAMAGED.c.found_at, DAMAGED.c.code)
    return tuple(DamagedItem(**row._mapping) for row in connection.execute(query))


def forget_damaged(connection: sa.Connection) -> int:
    """Let every damaged item be tried again (say, after the inbox was restored); return how many."""
    return connection.execute(DAMAGED.delete()).rowcount


def _values(row: Original | TextVersion | Attachment | DamagedItem) -> dict[str, object]:
    return {f.name: getattr(row, f.name) for f in fields(row)}
