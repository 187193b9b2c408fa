"""The key that signs backups: one a machine, in the archive's folder, never in a backup. It opens nothing.

    DIR/backup-key.json   {"format", "seed"}                    made by the first backup, 0600
    DIR/backup-key.cert   a custodian's signed word for it      made on the page Backups

Whoever steals it can sign a false backup and read none; what a false backup could do then is put back older files,
which `--known`, a kept checkpoint and the ledger's memory show. A custodian's word is verified from the root, and every
account pins the root, so a restored archive with another root opens to nobody.
"""

import base64
import hashlib
import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from crypto.errors import CryptoError
from crypto.keys import Secret
from crypto.labels import Label
from crypto.signing import SigningKey, VerifyingKey, sign, verify
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Refused
from testimony.policy.access import Permission, require
from testimony.services.certificates import certified_custodian, read_statement, sign_statement
from testimony.services.sessions import Session
from testimony.services.stands_by_keyring import stands_by_keyring
from testimony.storage import accounts as account_rows
from testimony.storage.backup_files import read_bounded
from testimony.storage.directory import ArchiveDirectory, write_durably
from testimony.storage.errors import ArchiveDamaged, BackupDamaged, BackupNotTrusted
from testimony.storage.keyring import Keyring, Signed
from testimony.storage.keyring_file import read_signed_document, signed_document
from testimony.storage.manifests import Manifest, SignedManifest

FORMAT = "testimony-backup-key/1"
CONFIRMED_KEY = "backup-key"
"""The setting in which the ledger remembers which key was confirmed: its fingerprint."""

_MOST_BYTES = 64 * 1024


def key_file(directory: ArchiveDirectory) -> Path:
    return directory.path / "backup-key.json"


def certificate_file(directory: ArchiveDirectory) -> Path:
    return directory.path / "backup-key.cert"


def take_key(directory: ArchiveDirectory) -> tuple[SigningKey, bool]:
    """This machine's key, and whether it was made now. Raises ArchiveDamaged when the file is no key."""
    path = key_file(directory)
    if not path.exists():
        seed = Secret.random()
        document = {"format": FORMAT, "seed": base64.b64encode(seed.raw).decode()}
        write_durably(path, json.dumps(document).encode())
        return SigningKey(seed), True
    try:
        document = json.loads(read_bounded(path, _MOST_BYTES))
        if document["format"] != FORMAT:
            raise ArchiveDamaged
        return SigningKey(Secret(base64.b64decode(document["seed"], validate=True))), False
    except (BackupDamaged, ValueError, KeyError, TypeError):
        raise ArchiveDamaged from None


def sign_manifest(manifest: Manifest, key: SigningKey, certificate: Signed | None) -> SignedManifest:
    statement = manifest.statement()
    signature = sign(key, statement, Label.BACKUP)
    return SignedManifest(manifest, statement, key.public.raw, signature, certificate)


def verified_signer(signed: SignedManifest) -> str:
    """The fingerprint of the key that signed. Whose key it is, is another question. Raises BackupDamaged."""
    try:
        key = VerifyingKey(signed.public)
        verify(key, signed.statement, signed.signature, Label.BACKUP)
    except CryptoError:
        raise BackupDamaged from None
    return key.fingerprint


def require_trusted(signed: SignedManifest, keyring: Keyring, key: str | None) -> None:
    """Raises BackupNotTrusted unless this key signed, or, when none is named, one that a custodian confirmed.

    keyring: the one in the backup. key: a fingerprint that was written down. Raises BackupDamaged for no signature.
    """
    fingerprint = verified_signer(signed)
    if key is not None:
        if fingerprint != key:
            raise BackupNotTrusted
        return
    if signed.certificate is None or confirmed_key(keyring, signed.certificate) != fingerprint:
        raise BackupNotTrusted


def confirmed_key(keyring: Keyring, certificate: Signed) -> str:
    """The fingerprint that a custodian who counts confirmed. Raises BackupNotTrusted.

    Asked where no ledger is open: before a restore, and by a drill that has no password. So a custodian counts whom
    the keyring alone shows to be a second person (`stands_by_keyring.py`). Who counts by the log alone – one
    enrolled before archives asked for two people, or confirmed by who was alone – does not: then another custodian
    confirms the key, or its fingerprint is named.
    """
    try:
        custodian = certified_custodian(keyring, AccountId(certificate.signer))
        if not stands_by_keyring(keyring, AccountId(certificate.signer)):
            raise BackupNotTrusted
        document = read_statement(certificate, custodian, Label.BACKUP_KEY)
    except ArchiveDamaged:
        raise BackupNotTrusted from None
    if (document.get("type"), document.get("archive")) != (CONFIRMED_KEY + "/1", keyring.archive_id):
        raise BackupNotTrusted
    return str(document.get("fingerprint"))


def read_certificate(directory: ArchiveDirectory, keyring: Keyring, fingerprint: str) -> Signed | None:
    """A custodian's word for this key; None when there is none that holds."""
    with suppress(BackupDamaged, BackupNotTrusted, ArchiveDamaged, ValueError, RecursionError):
        signed = read_signed_document(json.loads(read_bounded(certificate_file(directory), _MOST_BYTES)))
        if confirmed_key(keyring, signed) == fingerprint:
            return signed
    return None


def confirm_key(session: Session, fingerprint: str, reason: str, now: datetime) -> None:
    """A custodian confirms the key of this machine, having compared its fingerprint with what the operator read out.

    reason: sealed to auditors. Raises Refused, with DR12 for a custodian for whom the keyring alone does not show two
    people; Conflict when this machine has another key by now, or none.
    """
    directory = session.archive.directory
    with session.work(now) as work:
        require(session.account, Permission.CONFIRM_BACKUP_KEY)
        if own_fingerprint(directory) != fingerprint:
            raise Conflict
        if not stands_by_keyring(session.archive.keyring(), session.account.id):
            raise Refused((DenyReason.SAME_PERSON,))
        document = {
            "type": CONFIRMED_KEY + "/1",
            "archive": session.archive.keyring().archive_id,
            "fingerprint": fingerprint,
            "at": now.isoformat(),
        }
        signed = sign_statement(document, session.account.id, session.keys.signing, Label.BACKUP_KEY)
        account_rows.remember(work.connection, CONFIRMED_KEY, fingerprint.encode())
        digest = hashlib.sha256(signed.statement).hexdigest()
        fields = ("backup-key-confirmed", f"certificate:{digest}")
        work.log(Action.KEY_OPERATION, fields=fields, detail=reason)
    # After the entry: a certificate without one would be worse than an entry without a certificate.
    write_durably(certificate_file(directory), json.dumps(signed_document(signed)).encode())


def own_fingerprint(directory: ArchiveDirectory) -> str | None:
    """Of this machine's key; None before the first backup, or when the file is no key."""
    if not key_file(directory).exists():
        return None
    with suppress(ArchiveDamaged):
        return take_key(directory)[0].public.fingerprint
    return None
