"""Checking an archive: everything that one account may open is verified again from disk. Nothing is repaired.

keyring: every certificate, every chain; the log: every leaf, the tree, every checkpoint; files: pages and their
authentication codes; register: each testimony has a current consent and lies where its state says; vault: hashes and
signatures of originals, an index of exactly their versions, every attachment and every copy of one, opened and hashed;
reading room: releases and files signed and hashed, and an index of exactly those.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crypto.errors import CryptoError
from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import IntegrityFailed
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.services.approving_files import content_of, require_made
from testimony.services.attachments import open_attachment
from testimony.services.certificates import certified_account, log_key, recovery_keys, verify_by
from testimony.services.checking_consents import changed_consents
from testimony.services.checking_disposal import disposal_findings
from testimony.services.checking_earlier import changed_links, changed_requests, requests_gone
from testimony.services.generations import compartment_key, orders_of
from testimony.services.membership import RECOVERY_CERTIFICATE
from testimony.services.opening import sealing_key_of
from testimony.services.recipient_files import require_own_holds
from testimony.services.recovery_statements import digest
from testimony.services.released_files import require_file_holds
from testimony.services.releasing import require_release_holds
from testimony.services.sessions import Session
from testimony.services.verification import examine_log
from testimony.storage import (
    accounts,
    consents,
    derivatives,
    drafts,
    files,
    inbox,
    originals,
    originals_index,
    recipient_files,
    register,
    released_files,
    releases,
)
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import RECOVERY, Keyring

PAGE = 200
_MAY_LIE_SEALED = (State.SEALED, State.QUARANTINED, State.RESTRICTED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong. what: a stable word. where: a file, a code or an id; never content."""

    what: str
    where: str


class Check(Protocol):
    __name__: str

    def __call__(self, session: Session, connection: Connection, now: datetime) -> Iterator[Finding]: ...


def check(session: Session, now: datetime) -> tuple[Finding, ...]:
    """Every fault that this account can find; empty when all is well. The check is an entry in the log.

    Raises Refused.
    """
    with session.work(now) as work:
        require(session.account, Permission.CHECK_ARCHIVE)
        work.log(Action.LOG_CHECKED, fields=("archive-check-started",))
    findings: list[Finding] = []
    # A transaction a part: a long one would keep everybody else from writing.
    for part in _parts(session):
        try:
            with session.reading() as connection:
                findings += part(session, connection, now)
        except ArchiveDamaged:
            findings.append(Finding("part_unreadable", part.__name__.strip("_")))
    findings += _attachments(session)
    findings += _copies(session)
    with session.work(now) as work:
        outcome = Outcome.DENIED if findings else Outcome.ALLOWED
        work.log(Action.LOG_CHECKED, fields=("archive-check",), count=len(findings), outcome=outcome)
    return tuple(findings)


def _parts(session: Session) -> tuple[Check, ...]:
    parts: tuple[Check, ...] = (_keyring, _files, _log, _register, _consents, _objects, _disposal, _earlier)
    if Compartment.VAULT in session.archive.secrets:
        parts += (_originals,)
    if Compartment.READING_ROOM in session.archive.secrets:
        parts += (_releases,)
    return parts


def _keyring(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    keyring = session.archive.keyring()
    try:
        log_key(keyring)
    except (ArchiveDamaged, CryptoError):
        yield Finding("key_not_certified", "log")
    for compartment in Compartment:
        try:
            public = compartment_key(keyring, compartment)
        except (ArchiveDamaged, CryptoError, KeyError):
            yield Finding("key_not_certified", compartment.value)
            continue
        secret = session.archive.secrets.get(compartment)
        if secret is not None and sealing_key_of(secret).public != public:
            yield Finding("key_not_the_certified_one", compartment.value)
    yield from _recovery(keyring, connection)
    broken = len(keyring.orders) - len(orders_of(keyring))
    if broken:
        yield Finding("key_order_broken", f"{broken} of {len(keyring.orders)}")
    known = {row.account_id: row for row in accounts.all_accounts(connection)}
    for account_id, record in keyring.accounts.items():
        try:
            certified_account(keyring, account_id)
        except (ArchiveDamaged, CryptoError):
            yield Finding("certificate_broken", account_id)
        row = known.get(account_id)
        digest = hashlib.sha256(record.enrolment.statement).hexdigest()
        if row is None or row.enrolment_sha256 != digest:
            yield Finding("certificate_not_the_ledgers", account_id)


def _recovery(keyring: Keyring, connection: Connection) -> Iterator[Finding]:
    try:
        recovery_keys(keyring)
    except (ArchiveDamaged, CryptoError):
        yield Finding("certificate_broken", RECOVERY)
    remembered = accounts.recall(connection, RECOVERY_CERTIFICATE)
    if remembered != (None if keyring.recovery is None else digest(keyring.recovery)):
        yield Finding("certificate_not_the_ledgers", RECOVERY)


def _files(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    for compartment in FILES:
        if compartment in session.archive.secrets and not files.is_sound(connection, compartment):
            yield Finding("file_damaged", f"{compartment.value}.db")


def _log(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    fault = examine_log(session, now).fault
    if fault is not None:
        yield Finding(f"log_{fault.kind.value}", f"entry {fault.seq}")


def _register(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    after: tuple[str, str] | None = None
    while rows := register.rows_in_state(connection, tuple(State), after=after, limit=PAGE):
        for row in rows:
            if consents.current_consent(connection, row.code) is None:
                yield Finding("consent_missing", row.code)
            waiting = inbox.find_item(connection, row.submission_id) is not None
            if (
                row.state in _MAY_LIE_SEALED[:2]
                and not waiting
                and not _received(session, connection, row.code)
            ):
                yield Finding("sealed_but_gone", row.code)
            if row.state not in (*_MAY_LIE_SEALED, State.DISPOSED) and waiting:
                yield Finding("received_but_in_inbox", row.code)
        after = (rows[-1].submitted_on, rows[-1].code)


def _earlier(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    for link_id in changed_links(session, connection):
        yield Finding("link_changed", link_id)
    for request_id in changed_requests(session, connection):
        yield Finding("second_account_changed", request_id)
    for code in requests_gone(connection):
        yield Finding("witness_request_gone", code)


def _consents(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    for code in changed_consents(session, connection, now):
        yield Finding("consent_changed", code)


def _received(session: Session, connection: Connection, code: str) -> bool:
    """Whether the vault has it; an account without the vault cannot tell, and does not accuse."""
    if Compartment.VAULT not in session.archive.secrets:
        return True
    return originals.find_original(connection, code) is not None


def _disposal(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    yield from (Finding(what, where) for what, where in disposal_findings(session, connection))


def _objects(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    # An object that nothing names is no fault: an upload that was cut off. `sweeping` removes it.
    there = session.archive.objects.names()
    named = drafts.draft_objects(connection) | inbox.inbox_objects(connection)
    for object_id in sorted(named - there):
        yield Finding("object_missing", object_id)


def _originals(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    keyring = session.archive.keyring()
    for code in originals.all_codes(connection):
        original = originals.find_original(connection, code)
        if original is None or hashlib.sha256(original.document).hexdigest() != original.sha256:
            yield Finding("original_changed", code)
            continue
        try:
            signer = certified_account(keyring, AccountId(original.interviewer_id))
            verify_by(signer.signed_with, original.document, original.signature, Label.SUBMISSION)
        except (ArchiveDamaged, CryptoError):
            yield Finding("original_not_signed", code)
        for version in originals.versions_of(connection, code):
            if hashlib.sha256(version.text.encode()).hexdigest() != version.sha256:
                yield Finding("version_changed", f"{code} version {version.version_no}")
    if originals_index.count_differences(connection):
        yield Finding("index_differs", "vault.db")


def _attachments(session: Session) -> Iterator[Finding]:
    """Opens and hashes every file, outside any transaction."""
    if Compartment.VAULT not in session.archive.secrets:
        return
    with session.reading() as connection:
        there = [originals.find_original(connection, code) for code in originals.all_codes(connection)]
        attachments = [
            (original.submission_id, attachment)
            for original in there
            if original is not None
            for attachment in originals.attachments_of(connection, original.code)
        ]
    for submission_id, attachment in attachments:
        where = f"{attachment.code} file {attachment.number}"
        digest = hashlib.sha256()
        try:
            for part in open_attachment(session.archive.objects, attachment, submission_id):
                digest.update(part)
        except (ArchiveDamaged, CryptoError):
            yield Finding("attachment_does_not_open", where)
            continue
        if digest.hexdigest() != attachment.sha256:
            yield Finding("attachment_changed", where)


def _copies(session: Session) -> Iterator[Finding]:
    """Opens and hashes every copy of a file, outside any transaction."""
    if Compartment.VAULT not in session.archive.secrets:
        return
    with session.reading() as connection:
        copies = derivatives.all_derivatives(connection)
    for row in copies:
        try:
            content_of(session.archive.objects, row, row.derivative_id)
            require_made(session.archive, row)
        except IntegrityFailed:
            yield Finding("copy_changed", f"{row.code} file {row.number} {row.audience}")
    with session.reading() as connection:
        going = recipient_files.current_files(connection)
    made = {row.derivative_id: row for row in copies}
    for file in going:
        try:
            require_own_holds(session.archive, file, made[file.file_id])
        except IntegrityFailed:
            yield Finding("file_changed", f"{file.code} file {file.number} {file.recipient_id}")


def _releases(session: Session, connection: Connection, now: datetime) -> Iterator[Finding]:
    after = 0
    while rows := releases.current_releases(connection, after=after, limit=PAGE):
        for row in rows:
            try:
                require_release_holds(session.archive, row)
            except IntegrityFailed:
                yield Finding("release_changed", f"{row.code} {row.audience} {row.number}")
        after = rows[-1].id
    for file in released_files.current_files(connection):
        try:
            require_file_holds(session.archive, file)
        except IntegrityFailed:
            yield Finding("file_changed", f"{file.code} file {file.number} {file.audience}")
    if files.index_differences(connection):
        yield Finding("index_differs", "reading_room.db")
