"""The name of who received something: sealed once for each custodian, so that no other account opens it.

    name := seal(custodian, UTF-8, DISCLOSURE_NAME, disclosure id/account id)

Who can open one passes it on to custodians who came later. With the last custodian who can, it is lost.
"""

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.errors import IntegrityFailed
from testimony.domain.roles import Role
from testimony.services.certificates import certified_account
from testimony.services.sessions import Session, Work
from testimony.storage import disclosures
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring


def sealed_names(keyring: Keyring, disclosure_id: str, name: str) -> dict[str, bytes]:
    """The name, once for each custodian who is there: no other account can open it, whoever prepared it neither."""
    sealed: dict[str, bytes] = {}
    for account_id, record in keyring.accounts.items():
        if record.activation is None:
            continue
        try:
            certified = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue
        if Role.CUSTODIAN in certified.roles and not certified.suspended:
            context = _context(disclosure_id, account_id)
            sealed[account_id] = seal(
                certified.sealing, name.strip().encode(), Label.DISCLOSURE_NAME, context
            )
    return sealed


def pass_name_on(session: Session, work: Work, disclosure_id: str) -> None:
    """Give the name to custodians who came since."""
    name = name_of(session, work, disclosure_id)
    keyring = session.archive.keyring()
    there = disclosures.named_to(work.connection, disclosure_id)
    if name is not None and any(
        account_id not in there and record.activation is not None
        for account_id, record in keyring.accounts.items()
    ):
        missing = {
            account_id: sealed
            for account_id, sealed in sealed_names(keyring, disclosure_id, name).items()
            if account_id not in there
        }
        disclosures.put_names(work.connection, disclosure_id, missing)


def name_of(session: Session, work: Work, disclosure_id: str) -> str | None:
    sealed = disclosures.sealed_name(work.connection, disclosure_id, session.account.id)
    if sealed is None:
        return None
    try:
        context = _context(disclosure_id, session.account.id)
        return open_sealed(session.keys.sealing, sealed, Label.DISCLOSURE_NAME, context).decode()
    except (CryptoError, ValueError):
        raise IntegrityFailed from None


def _context(disclosure_id: str, account_id: str) -> bytes:
    return f"{disclosure_id}/{account_id}".encode()
