"""A sheet of paper read back: which one it is, whether it is of this archive, and proving it without an account.

Works on the locked archive. The words are in memory for as long as it takes, and in no file.
"""

from dataclasses import dataclass
from datetime import datetime

from crypto.errors import BadShares
from crypto.shares import ReadShare, read_share, unknown_words
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import BadSheet, NoRecovery
from testimony.services.archives import Archive
from testimony.services.certificates import recovery_keys
from testimony.services.locked_log import log_while_locked
from testimony.services.recovery_statements import CertifiedRecovery, sheet_key
from testimony.services.rehearsals import prove
from testimony.storage.keyring import Keyring


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    share: ReadShare
    number: int


def certified_recovery(keyring: Keyring) -> CertifiedRecovery:
    """Raises NoRecovery, ArchiveDamaged."""
    certified = recovery_keys(keyring)
    if certified is None:
        raise NoRecovery
    return certified


def read_sheet(keyring: Keyring, words: str) -> Sheet:
    """Raises BadSheet: mistyped (the checksum, or words of no sheet), or foreign (another archive's, or of sheets that
    were replaced); NoRecovery, ArchiveDamaged.
    """
    certified = certified_recovery(keyring)
    try:
        share = read_share(words)
    except BadShares:
        raise BadSheet("mistyped", unknown_words(words)) from None
    key = sheet_key(share, keyring.archive_id, certified.serial)
    if certified.proofs.get(share.number) != key.public.fingerprint:
        raise BadSheet("foreign")
    return Sheet(share, share.number)


def rehearse(archive: Archive, words: str, now: datetime) -> int:
    """Prove one sheet; return its number. The date is in the log from the next sign-in on.

    Raises as `read_sheet` does; a sheet that did not prove itself is in the log too, without its words.
    """
    keyring = archive.keyring()
    try:
        sheet = read_sheet(keyring, words)
    except BadSheet as fault:
        what = (Action.KEY_OPERATION, Outcome.DENIED)
        log_while_locked(archive, keyring, what, None, f"sheet {fault.code}", now)
        raise
    serial = certified_recovery(keyring).serial
    key = sheet_key(sheet.share, keyring.archive_id, serial)
    proof = prove(keyring, serial, sheet.number, key, now)
    what = (Action.KEY_OPERATION, Outcome.ALLOWED)
    log_while_locked(archive, keyring, what, None, f"sheet {sheet.number} rehearsed", now, proof)
    return sheet.number
