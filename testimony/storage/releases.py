"""Releases in the reading room, and in the vault what they were made from.

The reading room holds the text that was kept and nothing of what was withheld: no offset, no length, no
hash of an original. That is also why a replaced release loses its text, hash and signature here: with the
newer text in hand, the old hash would confirm a guess at the word that is now withheld. The replaced
release itself stays in the vault.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from typing import Any

import sqlalchemy as sa

from search.documents import Document
from search.index import Index
from search.reading import among
from testimony.domain.purposes import Audience
from testimony.storage import acts
from testimony.storage.coding import NOT_CODED, Coded, coded, coded_among
from testimony.storage.register import REGISTER
from testimony.storage.schema import READING_ROOM, VAULT


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.CheckConstraint(f"{name} IN (0, 1)"), nullable=False)


def _columns() -> tuple[sa.Column[int] | sa.Column[str] | sa.Column[bytes], ...]:
    """What a release is, in the reading room and in the vault's history alike."""
    return (
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("month", sa.Text),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_sha256", sa.Text, nullable=False),
        sa.Column("withheld", sa.Text, nullable=False),
        sa.Column("warning", sa.Text),
        _flag("hides_named_details"),
        _flag("residual_checked"),
        _flag("current"),
        sa.Column("released_at", sa.Text, nullable=False),
        sa.Column("redactor_id", sa.Text, nullable=False),
        sa.Column("approver_id", sa.Text, nullable=False),
        sa.Column("releaser_id", sa.Text, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )


RELEASES = sa.Table(
    "releases",
    READING_ROOM,
    sa.Column("id", sa.Integer, primary_key=True),
    *_columns(),
    sa.UniqueConstraint("code", "audience", "number"),
    sa.CheckConstraint(
        "(audience = 'public' AND rank = 0) OR (audience = 'partner' AND rank = 1) OR (audience = 'court' AND rank = 2)"
    ),
    sa.CheckConstraint("approver_id <> redactor_id"),
    sqlite_strict=True,
)
sa.Index(
    "releases_current",
    RELEASES.c.code,
    RELEASES.c.audience,
    unique=True,
    sqlite_where=RELEASES.c.current == 1,
)

# All that the gate asks of a release, so that it is asked without reading the texts that lie between the columns.
sa.Index(
    "releases_gate",
    RELEASES.c.code,
    RELEASES.c.current,
    RELEASES.c.rank,
    RELEASES.c.residual_checked,
    RELEASES.c.hides_named_details,
)

HISTORY = sa.Table(
    "release_history",
    VAULT,
    sa.Column("release_id", sa.Integer, primary_key=True),
    *_columns(),
    sa.Column("set_id", sa.Text, sa.ForeignKey("vault.redaction_sets.set_id"), nullable=False),
    sa.UniqueConstraint("code", "audience", "number"),
    sqlite_strict=True,
)


def _texts(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, str]:
    return dict(among(connection, f"SELECT id, text FROM {RELEASES.fullname} WHERE id IN :ids", ids))  # noqa: S608  # our own table


INDEX = Index(
    READING_ROOM.schema or "",
    _texts,
    label_languages=("eng", "fra", "arb"),
)
"""The full-text index over released texts; its document ids are release ids."""


@dataclass(frozen=True, slots=True)
class Release:
    """`rank`: public 0, partner 1, court 2. `number`: from 1 for each audience. `month`: EDTF. `withheld`.

    JSON, counts by category. `text`, `text_sha256`, `statement` and `signature` are empty in the reading
    room once a newer release replaced this one (`current` 0).
    """

    code: str
    audience: str
    rank: int
    number: int
    language: str
    month: str | None
    case_id: str
    text: str = field(repr=False)
    text_sha256: str
    withheld: str
    warning: str | None
    hides_named_details: int
    residual_checked: int
    current: int
    released_at: str
    redactor_id: str
    approver_id: str
    releaser_id: str
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    id: int = 0


_TOGETHER = 250
"""Releases whose testimonies are asked about in one statement."""


def insert_release(connection: sa.Connection, release: Release, *, set_id: str) -> int:
    """Write a release, with its copy in the vault, and put it into the index. Return its id."""
    kept = keep_release(connection, release, set_id=set_id)
    index_releases(connection, (kept,))
    return kept.id


def keep_release(connection: sa.Connection, release: Release, *, set_id: str) -> Release:
    """Write a release, with its copy in the vault. It is found after `index_releases`, in the same transaction."""
    values = {name: value for name, value in _values(release).items() if name != "id"}
    release_id = connection.execute(RELEASES.insert(), values).lastrowid
    connection.execute(HISTORY.insert(), {**values, "release_id": release_id, "set_id": set_id})
    return replace(release, id=release_id)


def index_releases(connection: sa.Connection, kept: Iterable[Release]) -> None:
    """Put releases into the index that were just written: of many together, in half the time."""
    INDEX.put_all(connection, documents_of(connection, kept))


def document_of(connection: sa.Connection, release: Release, release_id: int) -> Document:
    """What the index keeps of a release: its text, what the register says of the testimony, what it is coded as."""
    return next(documents_of(connection, (replace(release, id=release_id),)))


def documents_of(connection: sa.Connection, shown: Iterable[Release]) -> Iterator[Document]:
    """The documents of many releases, asked for together."""
    rest = iter(shown)
    while some := tuple(islice(rest, _TOGETHER)):
        codes = {release.code for release in some}
        query = sa.select(REGISTER.c.code).where(REGISTER.c.code.in_(codes), REGISTER.c.attachments > 0)
        with_files = frozenset(connection.execute(query).scalars())
        with_codings = coded_among(connection, codes)
        for release in some:
            said = NOT_CODED
            if release.code in with_codings:
                said = coded(connection, release.code, Audience(release.audience))
            yield _document(release, said, has_files=release.code in with_files)


def _document(release: Release, said: Coded, *, has_files: bool) -> Document:
    return Document(
        id=release.id,
        text=release.text,
        language=release.language,
        fields={
            "code": (release.code,),
            "case": (release.case_id,),
            "audience": (release.audience,),
            "month": () if release.month is None else (release.month,),
            "attachment": ("yes" if has_files else "no",),
            **said.fields,
        },
        labels=said.labels,
    )


def reindex_testimony(connection: sa.Connection, code: str) -> None:
    """Put the current releases of a testimony into the index again, after what is said about it changed."""
    query = RELEASES.select().where(RELEASES.c.code == code, RELEASES.c.current == 1)
    index_releases(connection, [Release(**row._mapping) for row in connection.execute(query)])


def retire_release(connection: sa.Connection, release_id: int) -> None:
    """Take a release out of the index and empty its row. Its copy in the vault stays."""
    INDEX.remove(connection, release_id)
    acts.forget_passages(connection, release_id)
    emptied = {
        "current": 0,
        "text": "",
        "text_sha256": "",
        "withheld": "{}",
        "statement": b"",
        "signature": b"",
    }
    connection.execute(RELEASES.update().where(RELEASES.c.id == release_id).values(emptied))
    connection.execute(HISTORY.update().where(HISTORY.c.release_id == release_id).values(current=0))


def find_release(connection: sa.Connection, release_id: int) -> Release | None:
    row = connection.execute(RELEASES.select().where(RELEASES.c.id == release_id)).first()
    return None if row is None else Release(**row._mapping)


def current_release(connection: sa.Connection, code: str, max_rank: int) -> Release | None:
    """The current release with the highest rank not above `max_rank`: what a reader of that audience gets."""
    query = (
        RELEASES.select()
        .where(RELEASES.c.code == code, RELEASES.c.current == 1, RELEASES.c.rank <= max_rank)
        .order_by(RELEASES.c.rank.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else Release(**row._mapping)


def release_for(connection: sa.Connection, code: str, audience: str) -> Release | None:
    """The current release for exactly this audience."""
    query = RELEASES.select().where(
        RELEASES.c.code == code, RELEASES.c.audience == audience, RELEASES.c.current == 1
    )
    row = connection.execute(query).first()
    return None if row is None else Release(**row._mapping)


def next_number(connection: sa.Connection, code: str, audience: str) -> int:
    query = sa.select(sa.func.max(RELEASES.c.number)).where(
        RELEASES.c.code == code, RELEASES.c.audience == audience
    )
    return int(connection.execute(query).scalar() or 0) + 1


def current_releases(connection: sa.Connection, *, after: int = 0, limit: int = 500) -> tuple[Release, ...]:
    """Every current release by id, a page at a time, for re-verification."""
    query = RELEASES.select().where(RELEASES.c.current == 1, RELEASES.c.id > after).order_by(RELEASES.c.id)
    return tuple(Release(**row._mapping) for row in connection.execute(query.limit(limit)))


def count_current(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).select_from(RELEASES).where(RELEASES.c.current == 1)
    return connection.execute(query).scalar_one()


def documents_after(connection: sa.Connection, after: int, limit: int) -> tuple[Document, ...]:
    """What the index should hold, made of the rows: ids above `after`, in order."""
    shown = current_releases(connection, after=after, limit=limit)
    return tuple(documents_of(connection, shown))


@dataclass(frozen=True, slots=True)
class PastRelease:
    """A release as the vault keeps it, and the set it was made from."""

    release: Release
    set_id: str


def history_of(connection: sa.Connection, code: str) -> tuple[PastRelease, ...]:
    """Every release of a testimony, current ones included, newest first."""
    query = HISTORY.select().where(HISTORY.c.code == code).order_by(HISTORY.c.release_id.desc())
    return tuple(_past(row) for row in connection.execute(query))


def find_past(connection: sa.Connection, release_id: int) -> PastRelease | None:
    row = connection.execute(HISTORY.select().where(HISTORY.c.release_id == release_id)).first()
    return None if row is None else _past(row)


def _past(row: sa.Row[tuple[object, ...]]) -> PastRelease:
    values: dict[str, Any] = dict(row._mapping)
    set_id = str(values.pop("set_id"))
    release_id = values.pop("release_id")
    return PastRelease(Release(**values, id=release_id), set_id)


def _values(release: Release) -> dict[str, object]:
    return {f.name: getattr(release, f.name) for f in fields(release)}
