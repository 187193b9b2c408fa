"""Forgetting one testimony in the three files, and looking for what would be left of it.

Each part that keeps something of one testimony supplies a function `(connection, code) -> None`; FORGETTERS holds all
of them. They run in one transaction with references checked at its end, so their order is free but for three: the
indexes go first, while the rows that number their documents are there, then what a row is found by through another,
and the gate's changes last, since every deletion writes there. A test asks the three schemas for tables that no
forgetter touches.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from testimony.storage import (
    bearings,
    case_notes,
    consent_versions,
    contact_tasks,
    demand_offers,
    disclosures,
    earlier_accounts,
    findings,
    holds,
    identities_resealed,
    identity_limits,
    identity_requests,
    incidents,
    joint_acts,
    log,
    originals_index,
    releases,
    second_accounts,
    second_renderings,
    withdrawals,
)
from testimony.storage.acts import CODED_ACCOUNT_TYPES, CODED_ACTS
from testimony.storage.consents import CONSENTS, DECISIONS, READERS
from testimony.storage.derivatives import DERIVATIVES
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.gate_changes import GATE_CHANGES, RELEASE_CHANGES
from testimony.storage.identities import IDENTITIES
from testimony.storage.inbox import INBOX, INBOX_OBJECTS
from testimony.storage.lifts import LIFTS
from testimony.storage.log import SUBJECTS
from testimony.storage.objects import ObjectId
from testimony.storage.originals import ATTACHMENTS, DAMAGED, ORIGINALS, VERSIONS
from testimony.storage.recipient_files import PACKAGES, RECIPIENT_FILES
from testimony.storage.recipients import RELEASES as RECIPIENT_RELEASES
from testimony.storage.redaction_drafts import DRAFTS as REDACTION_DRAFTS
from testimony.storage.redaction_sets import SETS
from testimony.storage.redactions import ACTS, MARKS, WORKS
from testimony.storage.register import REGISTER
from testimony.storage.released_files import RELEASED_FILES
from testimony.storage.residual_details import DETAILS as RESIDUAL_DETAILS
from testimony.storage.schema import SCHEMAS
from testimony.storage.witness_words import WORDS

Forgetter = Callable[[sa.Connection, str], None]

KEPT = {
    "erasures": "names the testimony until it is carried out, then keeps a keyed digest: the tombstone",
    "draft_objects": "a draft is no testimony; it is deleted when it is handed in",
}
"""Tables with a column that could name a testimony or its parts, and why no forgetter touches them."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What there is of a testimony, by ids and hashes alone. objects: sealed objects whose keys are about to go."""

    record: dict[str, object]
    objects: tuple[ObjectId, ...]


def inventory(connection: sa.Connection, code: str) -> Inventory:
    """Read before forgetting: what the tombstone is the hash of (docs/formats/erasure.md)."""

    def rows(*columns: sa.Column[str] | sa.Column[int], of: sa.ColumnElement[bool]) -> list[list[object]]:
        return [list(row) for row in connection.execute(sa.select(*columns).where(of).order_by(*columns))]

    files = rows(ATTACHMENTS.c.object_id, ATTACHMENTS.c.sha256, of=ATTACHMENTS.c.code == code)
    copies = rows(DERIVATIVES.c.object_id, DERIVATIVES.c.sha256, of=DERIVATIVES.c.code == code)
    waiting = INBOX_OBJECTS.c.submission_id.in_(sa.select(INBOX.c.submission_id).where(INBOX.c.code == code))
    unopened = rows(INBOX_OBJECTS.c.object_id, of=waiting)
    record: dict[str, object] = {
        "code": code,
        "submission": rows(REGISTER.c.submission_id, of=REGISTER.c.code == code),
        "original": rows(ORIGINALS.c.sha256, of=ORIGINALS.c.code == code),
        "texts": rows(VERSIONS.c.version_no, VERSIONS.c.sha256, of=VERSIONS.c.code == code),
        "files": files,
        "copies": copies,
        "unopened": unopened,
        "releases": rows(
            releases.HISTORY.c.release_id,
            releases.HISTORY.c.text_sha256,
            of=releases.HISTORY.c.code == code,
        ),
    }
    objects = {ObjectId(str(row[0])) for row in (*files, *copies, *unopened)}
    return Inventory(record, tuple(sorted(objects)))


def forget_everywhere(connection: sa.Connection, code: str) -> None:
    """Delete every row of a testimony in every file. secure_delete overwrites what the pages held.

    Holds the caller's transaction; references are checked when it commits.
    """
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for forget in FORGETTERS:
        forget(connection, code)


@contextmanager
def references_checked() -> Iterator[None]:
    """Raises ArchiveDamaged when a row that was kept still refers to one that was deleted: nothing was then."""
    try:
        yield
    except sa.exc.IntegrityError:
        raise ArchiveDamaged from None


def remains(connection: sa.Connection, code: str) -> tuple[str, ...]:
    """Names of tables that still hold a row of this code, found by their columns and not by the forgetters."""
    found = []
    for table in tables_with_code():
        query = sa.select(sa.func.count()).select_from(table).where(table.c.code == code)
        if connection.execute(query).scalar_one():
            found.append(table.fullname)
    about = sa.select(sa.func.count()).select_from(SUBJECTS).where(SUBJECTS.c.subject == code)
    if connection.execute(about).scalar_one():
        found.append(SUBJECTS.fullname)
    return tuple(found)


def strays(connection: sa.Connection, schemas: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(table, code) of rows whose code the register does not know. schemas: which files are open."""
    registered = sa.select(REGISTER.c.code)
    for table in tables_with_code():
        if table is REGISTER or (table.schema or "ledger") not in schemas:
            continue
        query = sa.select(table.c.code).distinct().where(table.c.code.not_in(registered), table.c.code != "")
        for code in connection.execute(query).scalars():
            yield table.fullname, str(code)


def all_codes(connection: sa.Connection) -> tuple[str, ...]:
    return tuple(connection.execute(sa.select(REGISTER.c.code)).scalars())


def logged_codes(connection: sa.Connection) -> frozenset[str]:
    """Codes that the log still tells in clear."""
    query = sa.select(SUBJECTS.c.subject).distinct().where(SUBJECTS.c.kind == "testimony")
    return frozenset(connection.execute(query).scalars())


def tables_with_code() -> tuple[sa.Table, ...]:
    """Every table of the three schemas with a column `code`, but for those that may keep it."""
    return tuple(
        table
        for metadata in SCHEMAS.values()
        for table in metadata.sorted_tables
        if "code" in table.c and table.name not in KEPT
    )


def _forget_indexed(connection: sa.Connection, code: str) -> None:
    documents = originals_index.DOCUMENTS
    for index, ids in (
        (releases.INDEX, sa.select(releases.RELEASES.c.id).where(releases.RELEASES.c.code == code)),
        (originals_index.INDEX, sa.select(documents.c.id).where(documents.c.code == code)),
    ):
        for document in connection.execute(ids).scalars().all():
            index.remove(connection, document)
    connection.execute(documents.delete().where(documents.c.code == code))


def _forget_released(connection: sa.Connection, code: str) -> None:
    """The reading room."""
    for table in (CODED_ACTS, CODED_ACCOUNT_TYPES, RELEASED_FILES, releases.RELEASES):
        connection.execute(table.delete().where(table.c.code == code))


def _forget_originals(connection: sa.Connection, code: str) -> None:
    """The vault. With the rows of files and their copies go the only keys to the sealed objects."""
    sets = sa.select(SETS.c.set_id).where(SETS.c.code == code)
    connection.execute(WORDS.delete().where(WORDS.c.set_id.in_(sets)))
    for table in (
        PACKAGES,
        RECIPIENT_FILES,
        RECIPIENT_RELEASES,
        releases.HISTORY,
        SETS,
        REDACTION_DRAFTS,
        LIFTS,
        MARKS,
        ACTS,
        WORKS,
        DERIVATIVES,
        ATTACHMENTS,
        RESIDUAL_DETAILS,
        VERSIONS,
        ORIGINALS,
        DAMAGED,
    ):
        connection.execute(table.delete().where(table.c.code == code))


def _forget_logged(connection: sa.Connection, code: str) -> None:
    """What the log says in words. Its leaves stay, with salted commitments whose salt is gone."""
    submission = sa.select(REGISTER.c.submission_id).where(REGISTER.c.code == code)
    about = sa.select(SUBJECTS.c.seq).where(
        sa.or_(SUBJECTS.c.subject == code, SUBJECTS.c.subject.in_(submission))
    )
    log.forget_entries(connection, about)


def _forget_registered(connection: sa.Connection, code: str) -> None:
    """The ledger."""
    mine = sa.select(INBOX.c.submission_id).where(INBOX.c.code == code)
    connection.execute(INBOX_OBJECTS.delete().where(INBOX_OBJECTS.c.submission_id.in_(mine)))
    for table in (INBOX, IDENTITIES, READERS, DECISIONS, CONSENTS, REGISTER):
        connection.execute(table.delete().where(table.c.code == code))


def _forget_changes(connection: sa.Connection, code: str) -> None:
    """What the gate's triggers noted. A row of nobody takes their place, so that no kept answer counts any more."""
    for table in (GATE_CHANGES, RELEASE_CHANGES):
        connection.execute(table.delete().where(table.c.code == code))
        connection.execute(table.insert().values(code="", token=sa.func.randomblob(12)))


FORGETTERS: tuple[Forgetter, ...] = (
    _forget_indexed,
    _forget_logged,
    holds.forget_testimony,
    incidents.forget_testimony,
    joint_acts.forget_testimony,
    case_notes.forget_testimony,
    second_renderings.forget_testimony,
    bearings.forget_testimony,
    contact_tasks.forget_testimony,
    identity_requests.forget_testimony,
    identity_limits.forget_testimony,
    identities_resealed.forget_testimony,
    disclosures.forget_testimony,
    withdrawals.forget_testimony,
    consent_versions.forget_testimony,
    findings.forget_testimony,
    earlier_accounts.forget_testimony,
    second_accounts.forget_testimony,
    demand_offers.forget_testimony,
    _forget_released,
    _forget_originals,
    _forget_registered,
    _forget_changes,
)
