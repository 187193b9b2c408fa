"""Copies of files that were released to one recipient, and what was put together for handing over to one. In the vault.

A copy of which a newer one was released keeps its row. The bytes and their key belong to the copy (derivatives.py).
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import VAULT

RECIPIENT_FILES = sa.Table(
    "recipient_files",
    VAULT,
    sa.Column("file_id", sa.Text, sa.ForeignKey("vault.derivatives.derivative_id"), primary_key=True),
    sa.Column("recipient_id", sa.Text, sa.ForeignKey("vault.recipients.recipient_id"), nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("current", sa.Integer, nullable=False),
    sa.Column("released_at", sa.Text, nullable=False),
    sa.Column("releaser_id", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("current IN (0, 1)"),
    sqlite_strict=True,
)
sa.Index(
    "recipient_files_current",
    RECIPIENT_FILES.c.recipient_id,
    RECIPIENT_FILES.c.code,
    RECIPIENT_FILES.c.number,
    unique=True,
    sqlite_where=RECIPIENT_FILES.c.current == 1,
)

PACKAGES = sa.Table(
    "recipient_packages",
    VAULT,
    sa.Column("disclosure_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("recipient_id", sa.Text, sa.ForeignKey("vault.recipients.recipient_id"), nullable=False),
    sa.Column("release_id", sa.Integer, sa.ForeignKey("vault.recipient_releases.id"), nullable=False),
    sa.Column("manifest", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class RecipientFile:
    """`file_id`: of the copy. `number`: of the file within its testimony. `kind`: code of exhibit.csv."""

    file_id: str
    recipient_id: str
    code: str
    number: int
    kind: str
    current: int
    released_at: str
    releaser_id: str
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PackageRow:
    """What a disclosure hands over. manifest: canonical JSON; the ledger holds its hash."""

    disclosure_id: str
    code: str
    recipient_id: str
    release_id: int
    manifest: bytes = field(repr=False)


def put_file(connection: sa.Connection, file: RecipientFile) -> None:
    """Let a copy go to its recipient; the one that stood for the same file goes no more."""
    table = RECIPIENT_FILES.c
    same = (table.recipient_id == file.recipient_id, table.code == file.code, table.number == file.number)
    connection.execute(RECIPIENT_FILES.update().where(*same).values(current=0))
    connection.execute(RECIPIENT_FILES.insert(), {f.name: getattr(file, f.name) for f in fields(file)})


def files_for(connection: sa.Connection, code: str, recipient_id: str) -> tuple[RecipientFile, ...]:
    """What of a testimony goes to this recipient alone now, by number."""
    table = RECIPIENT_FILES.c
    query = RECIPIENT_FILES.select().where(
        table.code == code, table.recipient_id == recipient_id, table.current == 1
    )
    return tuple(RecipientFile(**row._mapping) for row in connection.execute(query.order_by(table.number)))


def current_files(connection: sa.Connection) -> tuple[RecipientFile, ...]:
    query = RECIPIENT_FILES.select().where(RECIPIENT_FILES.c.current == 1)
    return tuple(
        RecipientFile(**row._mapping) for row in connection.execute(query.order_by(RECIPIENT_FILES.c.file_id))
    )


def put_package(connection: sa.Connection, package: PackageRow) -> None:
    connection.execute(PACKAGES.insert(), {f.name: getattr(package, f.name) for f in fields(package)})


def find_package(connection: sa.Connection, disclosure_id: str) -> PackageRow | None:
    row = connection.execute(PACKAGES.select().where(PACKAGES.c.disclosure_id == disclosure_id)).first()
    return None if row is None else PackageRow(**row._mapping)


def packages_of(connection: sa.Connection, code: str, release_id: int) -> tuple[PackageRow, ...]:
    query = PACKAGES.select().where(PACKAGES.c.code == code, PACKAGES.c.release_id == release_id)
    return tuple(
        PackageRow(**row._mapping) for row in connection.execute(query.order_by(PACKAGES.c.disclosure_id))
    )
