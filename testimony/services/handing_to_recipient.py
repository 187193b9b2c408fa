"""Handing the layer of one named recipient over: exactly that, to them, and to nobody else.

    sealed (recipients.py) → prepare (a reviewer) → approve (a custodian) → take the package → sent → recalled

The ledger says what leaves by the hash of a manifest, which names text and files by theirs and lies in the vault. When
the package is taken, what stands then must be what the manifest says: a newer layer or another copy is prepared anew.
"""

import hashlib
import io
import json
import secrets
import zipfile
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from testimony.domain.audit import Action, DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, NotYet, Problem, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.policy.access import Permission, require
from testimony.services.bearings import helping_elsewhere, told_to_court
from testimony.services.disclosing import find_row, log_act, require_did_not_hear, require_permitted
from testimony.services.recipient_files import Going, content_of_going, going_to, newest_sealed
from testimony.services.recipient_names import sealed_names
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import open_account
from testimony.storage import consents, disclosures, recipient_files, redaction_sets
from testimony.storage.disclosures import DisclosureRow, parts_of_layer, recipient_layer
from testimony.storage.recipient_files import PackageRow

MANIFEST_FORMAT = "recipient-package/1"
MAX_PACKAGE_BYTES = 300 * 1024 * 1024
"""All of it is in memory while it is put together: nothing in clear is written to a disk here."""

_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "application/pdf": "pdf",
    "audio/ogg": "ogg",
    "video/webm": "webm",
    "text/plain": "txt",
}
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRecipient:
    """For what it is handed over, what was found out about the recipient, and when it must be given back."""

    purpose: Purpose
    of_the_state: bool
    death_penalty: bool
    fair_trial: bool
    protective: bool
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """A ZIP of the text, the files and the manifest. name: by codes alone."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A handing over of one sealed layer. files: how many go with the text. mine: this reviewer prepared it."""

    row: DisclosureRow
    files: int
    mine: bool


def prepare_for_recipient(
    session: Session, code: str, release_id: int, wanted: ToRecipient, now: datetime
) -> str:
    """Propose to hand the newest layer of a named recipient over to them; return the disclosure's id.

    Raises NotFound, Invalid; Refused with every reason (DR12 for who handed it in or interpreted it, DR08 for a layer
    that is not the newest); IntegrityFailed.
    """
    with session.work(now) as work:
        require(session.account, Permission.PREPARE_DISCLOSURE)
        if wanted.expires_on is not None and wanted.expires_on <= now.date():
            raise Invalid((Problem("expires_on", "out_of_range"),))
        going = going_to(session, work, code, release_id)
        require_did_not_hear(session, going.account.row)
        if newest_sealed(work, code, going.recipient) != going.kept:
            raise Refused((DenyReason.NOT_APPROVED,), subject=("testimony", code))
        disclosure_id = secrets.token_hex(8)
        manifest = _manifest(session, work, going, disclosure_id)
        disclosure = _row(session, work, going, wanted, disclosure_id, manifest)
        # "Ask me again each time" is answered after this, and asked at the approval.
        require_permitted(session, work, replace(disclosure, asked_again_on="later"))
        names = sealed_names(session.archive.keyring(), disclosure_id, going.recipient.name)
        disclosures.insert_disclosure(work.connection, disclosure, names)
        recipient_id = going.recipient.recipient_id
        package = PackageRow(disclosure_id, code, recipient_id, going.kept.id, manifest)
        recipient_files.put_package(work.connection, package)
        told = (disclosure.purpose, disclosure.recipient_type, "recipient")
        log_act(work, Action.EXPORT_PREPARED, going.account.row, disclosure, *told)
    return disclosure_id


def handed_over(session: Session, code: str, release_id: int, now: datetime) -> tuple[HandedOver, ...]:
    """Every handing over of one sealed layer, newest first. Raises as `open_account`."""
    with session.work(now) as work:
        require(session.account, Permission.PREPARE_DISCLOSURE)
        account = open_account(session, work, code)
        packages = recipient_files.packages_of(work.connection, code, release_id)
        found = [
            (disclosures.find_disclosure(work.connection, each.disclosure_id), each) for each in packages
        ]
        views = [
            HandedOver(row, _file_count(each), row.prepared_by == session.account.id)
            for row, each in found
            if row is not None
        ]
        if views:
            work.log(
                Action.LIST_SHOWN,
                subject=account.subject,
                case=account.row.case_id,
                fields=("disclosures",),
                count=len(views),
            )
    return tuple(sorted(views, key=lambda view: view.row.prepared_at, reverse=True))


def take_package(session: Session, disclosure_id: str, now: datetime) -> Package:
    """The layer and its files as they were approved, to be carried to the recipient; the entry commits first.

    Raises NotFound for the handing over of an audience's release; NotYet before a custodian approved it and after it
    left; Refused with every reason of the gate now; Conflict when another layer or copy stands; Invalid when it is too
    large to be put together here; IntegrityFailed.
    """
    with session.work(now) as work:
        require(session.account, Permission.PREPARE_DISCLOSURE)
        found, row = find_row(work, disclosure_id)
        kept = recipient_files.find_package(work.connection, disclosure_id)
        _, recipient_id = parts_of_layer(found.layer)
        if kept is None or not recipient_id:
            raise NotFound
        require_did_not_hear(session, row)
        if found.state != "approved":
            raise NotYet
        require_permitted(session, work, found)
        going = going_to(session, work, found.code, found.release_id)
        manifest = _manifest(session, work, going, disclosure_id)
        if going.recipient.recipient_id != recipient_id or manifest != kept.manifest:
            raise Conflict
        if hashlib.sha256(manifest).hexdigest() != found.text_sha256:
            raise IntegrityFailed
        if newest_sealed(work, found.code, going.recipient) != going.kept:
            raise Conflict
        if sum(file.size for file in going.files) > MAX_PACKAGE_BYTES:
            raise Invalid((Problem("file", "too_large"),))
        _log_taken(work, found, going)
    return Package(f"{found.code}-{found.number}", _zipped(session, going, manifest))


def _row(
    session: Session, work: Work, going: Going, wanted: ToRecipient, disclosure_id: str, manifest: bytes
) -> DisclosureRow:
    """Raises IntegrityFailed when the layer that was sealed is not one of this recipient."""
    recipient, kept = going.recipient, going.kept
    layer = redaction_sets.find_set(work.connection, kept.set_id)
    if layer is None or layer.recipient_id != recipient.recipient_id:
        raise IntegrityFailed
    consent = consents.current_consent(work.connection, kept.code)
    return DisclosureRow(
        disclosure_id=disclosure_id,
        code=kept.code,
        purpose=wanted.purpose.value,
        recipient_type=recipient.kind,
        consent_version=consent.version if consent else 0,
        layer=recipient_layer(recipient.audience, recipient.recipient_id),
        release_id=kept.id,
        number=kept.number,
        text_sha256=hashlib.sha256(manifest).hexdigest(),
        hides_named_details=layer.hides_named_details,
        of_the_state=int(wanted.of_the_state),
        death_penalty=int(wanted.death_penalty),
        fair_trial=int(wanted.fair_trial),
        protective=int(wanted.protective),
        prepared_by=session.account.id,
        prepared_at=timestamp(work.now),
        expires_on=wanted.expires_on.isoformat() if wanted.expires_on else None,
        helping_elsewhere=helping_elsewhere(
            work.connection, going.account.row, Audience(recipient.audience), recipient.kind
        ),
    )


def _manifest(session: Session, work: Work, going: Going, disclosure_id: str) -> bytes:
    """Without a name: it goes to the recipient, who knows theirs. A court is told what helps the accused, by counts."""
    audience = Audience(going.recipient.audience)
    told = told_to_court(work.connection, going.account, audience, going.recipient.kind, going.kept.text)
    return canonical_json(
        {
            "type": MANIFEST_FORMAT,
            "archive": session.archive.keyring().archive_id,
            "disclosure": disclosure_id,
            "code": going.kept.code,
            "recipient": going.recipient.recipient_id,
            "number": going.kept.number,
            "language": going.kept.language,
            "text": {"name": "text.txt", "sha256": going.kept.text_sha256},
            "files": [
                {"name": _name(file.number, file.mime), "sha256": file.sha256, "size": file.size}
                for file in going.files
            ],
            **({"helps_the_accused": told} if told else {}),
        }
    )


def _name(number: int, mime: str) -> str:
    return f"file-{number}.{_ENDINGS.get(mime, 'bin')}"


def _file_count(package: PackageRow) -> int:
    return len(json.loads(package.manifest)["files"])


def _zipped(session: Session, going: Going, manifest: bytes) -> bytes:
    """Nothing in it tells when or where it was made."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as zipped:
        zipped.writestr(zipfile.ZipInfo("manifest.json", _NO_TIME), manifest)
        zipped.writestr(zipfile.ZipInfo("text.txt", _NO_TIME), going.kept.text.encode())
        for file in going.files:
            content = content_of_going(session, file)
            zipped.writestr(zipfile.ZipInfo(_name(file.number, file.mime), _NO_TIME), content)
    return target.getvalue()


def _log_taken(work: Work, found: DisclosureRow, going: Going) -> None:
    work.log(
        Action.ITEM_SHOWN,
        subject=going.account.subject,
        case=going.account.row.case_id,
        purpose=found.purpose,
        fields=("recipient-package", going.recipient.recipient_id),
        count=1 + len(going.files),
    )
