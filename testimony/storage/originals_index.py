"""The full-text index over originals, in the vault beside them, and what the gate's statements ask of both.

Each version of a text is a document of its own, under a number that is kept in a table: the rows of the
versions have no stable number. The index keeps no second copy of a text. Written and forgotten in the same
transaction as the text. Holds no rule of its own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from search.access import Access
from search.documents import Document
from search.index import Index
from search.queries import FieldKind, Query
from search.reading import among
from search.results import Page, PageRequest
from testimony.domain.dates import parse_date
from testimony.domain.errors import BadDate
from testimony.policy.facts import Asked, Facts, facts_from_row, facts_parameters
from testimony.policy.gate import Predicate
from testimony.policy.originals import ORIGINAL_FACTS_QUERY, ORIGINAL_JOINS
from testimony.storage.gate_changes import GATE_CHANGES, changed_since, last_change
from testimony.storage.schema import VAULT

DOCUMENTS = sa.Table(
    "original_documents",
    VAULT,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("version_no", sa.Integer, nullable=False),
    sa.UniqueConstraint("code", "version_no"),
    sa.ForeignKeyConstraint(
        ["code", "version_no"], ["vault.original_versions.code", "vault.original_versions.version_no"]
    ),
    sqlite_strict=True,
)

FIELDS: Mapping[str, FieldKind] = {
    "code": FieldKind.CODE,
    "case": FieldKind.CODE,
    "month": FieldKind.DATE,
}
"""The fields that `document_of` gives to the index; `language` and `name` are always there."""

_PAGE = 200

_FROM_DOCUMENT = f"CROSS JOIN vault.original_documents o ON o.id = doc.id {ORIGINAL_JOINS}"

_ROWS = (
    "SELECT o.id, o.code, o.version_no, v.kind, v.language, r.case_id, r.month, r.warning "
    "FROM vault.original_documents o "
    "JOIN vault.original_versions v ON v.code = o.code AND v.version_no = o.version_no "
    "JOIN register r ON r.code = o.code WHERE o.id IN :ids"
)
_TEXTS = (
    "SELECT o.id, v.text FROM vault.original_documents o "
    "JOIN vault.original_versions v ON v.code = o.code AND v.version_no = o.version_no WHERE o.id IN :ids"
)
_CONTENT = (
    "SELECT o.id, v.code, v.language, v.text, w.document FROM vault.original_versions v "
    "JOIN vault.originals w ON w.code = v.code "
    "LEFT JOIN vault.original_documents o ON o.code = v.code AND o.version_no = v.version_no "
)
_ONE = f"{_CONTENT} WHERE v.code = :code AND v.version_no = :version_no"
_SOME = f"{_CONTENT} WHERE o.id > :after ORDER BY o.id LIMIT :limit"
_NUMBER = """
    INSERT INTO vault.original_documents (code, version_no)
    SELECT v.code, v.version_no FROM vault.original_versions v
    LEFT JOIN vault.original_documents o ON o.code = v.code AND o.version_no = v.version_no
    WHERE o.id IS NULL AND NOT EXISTS (SELECT 1 FROM register r WHERE r.code = v.code AND r.state = 'restricted')
    ORDER BY v.code, v.version_no
"""
_NOT_EACH_OTHER = """
    SELECT (SELECT count(*) FROM vault.original_versions v
            LEFT JOIN vault.original_documents o ON o.code = v.code AND o.version_no = v.version_no
            WHERE o.id IS NULL
            AND NOT EXISTS (SELECT 1 FROM register r WHERE r.code = v.code AND r.state = 'restricted'))
         + (SELECT count(*) FROM vault.search_documents doc
            LEFT JOIN vault.original_documents o ON o.id = doc.id WHERE o.id IS NULL)
"""


def _texts(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, str]:
    return dict(among(connection, _TEXTS, ids))


INDEX = Index(VAULT.schema or "", _texts, documents="vault.original_documents")


class _OriginalFeed:
    """The changes of the gate's answer for originals: what it asks of the ledger, and the documents themselves."""

    def state(self, connection: sa.Connection) -> str:
        return f"{last_change(connection, GATE_CHANGES)} {INDEX.changes.state(connection)}"

    def changed(self, connection: sa.Connection, since: str) -> frozenset[int] | None:
        ledger, _, documents = since.partition(" ")
        codes = changed_since(connection, GATE_CHANGES, ledger)
        ids = INDEX.changes.changed(connection, documents)
        if codes is None or ids is None:
            return None
        of_codes = sa.select(DOCUMENTS.c.id).where(DOCUMENTS.c.code.in_(codes))
        return ids | frozenset(connection.execute(of_codes).scalars())


_FEED = _OriginalFeed()


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """A version of an original without its text. month: EDTF. warning: code of warning.csv."""

    id: int
    code: str
    version_no: int
    kind: str
    language: str
    case_id: str
    month: str | None
    warning: str | None


def put_version(connection: sa.Connection, code: str, version_no: int) -> None:
    """Index a version that lies in the vault; what was there under its number is gone."""
    put_versions(connection, ((code, version_no),))


def put_versions(connection: sa.Connection, versions: Iterable[tuple[str, int]]) -> None:
    """Index versions that lie in the vault, each by its code and number: of many together, in half the time."""
    documents = []
    for code, version_no in versions:
        key = {"code": code, "version_no": version_no}
        connection.execute(DOCUMENTS.insert().prefix_with("OR IGNORE"), key)
        row = connection.execute(sa.text(_ONE), key).one()
        documents.append(document_of(row.id, row.code, row.language, row.text, row.document))
    INDEX.put_all(connection, documents)


def remove_original(connection: sa.Connection, code: str) -> None:
    """Forget every version of an original: before its rows are deleted, or while nobody may find it."""
    query = sa.select(DOCUMENTS.c.id).where(DOCUMENTS.c.code == code)
    for document_id in connection.execute(query).scalars().all():
        INDEX.remove(connection, document_id)
    connection.execute(DOCUMENTS.delete().where(DOCUMENTS.c.code == code))


def put_original(connection: sa.Connection, code: str) -> None:
    """Index every version of an original that came back."""
    query = sa.text("SELECT version_no FROM vault.original_versions WHERE code = :code ORDER BY version_no")
    for version_no in connection.execute(query, {"code": code}).scalars().all():
        put_version(connection, code, version_no)


def document_of(document_id: int, code: str, language: str, text: str, submission: bytes) -> Document:
    """A version for the index. submission: the document that was signed; case and month are taken from it."""
    said = json.loads(submission)
    fields = {"code": (code,), "case": (str(said["case_id"]),), "month": _month(said)}
    return Document(id=document_id, text=text, language=language, fields=fields)


def _month(said: Mapping[str, object]) -> tuple[str, ...]:
    interview, imported = said.get("interview"), said.get("imported")
    told = interview.get("month") if isinstance(interview, dict) else None
    told = imported.get("told_on") if isinstance(imported, dict) else told
    try:
        month = parse_date(told).month if isinstance(told, str) else None
    except BadDate:
        month = None
    return () if month is None else (month,)


def search_originals(
    connection: sa.Connection, query: Query, predicate: Predicate, page: PageRequest
) -> Page:
    """One page of what the query finds among the originals that the predicate lets pass: one statement.

    The ids of the hits are for `found_versions`. Raises search.errors.QueryTooCostly.
    """
    access = Access(predicate.sql, predicate.parameters, _FROM_DOCUMENT, _FEED)
    return INDEX.search(connection, query, access, page)


def found_versions(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, FoundVersion]:
    """What lies under these ids, by id."""
    statement = sa.text(_ROWS).bindparams(sa.bindparam("ids", expanding=True))
    rows = connection.execute(statement, {"ids": list(ids)})
    return {row.id: FoundVersion(**row._mapping) for row in rows}


def find_facts(connection: sa.Connection, asked: Asked, code: str) -> Facts | None:
    """What the gate asks about one testimony. None when the register has no such code. Raises BadDate."""
    parameters = {name: v for name, v in facts_parameters(asked, code).items() if name != "gate_rank"}
    row = connection.execute(sa.text(ORIGINAL_FACTS_QUERY), parameters).mappings().first()
    return None if row is None else facts_from_row({str(name): value for name, value in row.items()})


def documents_after(connection: sa.Connection, after: int, limit: int) -> tuple[Document, ...]:
    """What the index should hold, made of the rows: a page of it, by id above `after`."""
    rows = connection.execute(sa.text(_SOME), {"after": after, "limit": limit})
    return tuple(document_of(*row) for row in rows)


def count_documents(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(DOCUMENTS)).scalar_one())


def number_versions(connection: sa.Connection) -> int:
    """Give every version that has none its number; return how many there were."""
    return connection.execute(sa.text(_NUMBER)).rowcount


def count_differences(connection: sa.Connection) -> int:
    """How many versions are not in the index as they are, and documents of the index that are no version."""
    wrong = int(connection.execute(sa.text(_NOT_EACH_OTHER)).scalar_one())
    after = 0
    while documents := documents_after(connection, after, _PAGE):
        wrong += len(INDEX.differing(connection, documents))
        after = documents[-1].id
    return wrong
