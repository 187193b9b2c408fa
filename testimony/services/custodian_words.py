"""Words that custodians keep for each other: sealed to every active custodian and to the auditors, one copy each.

A custodian who joins later cannot open them; the auditors can.
"""

import base64
import json
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.canonical import canonical_json
from testimony.domain.roles import Role
from testimony.services.certificates import certified_account
from testimony.services.sessions import Session
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged

_AUDITORS = "auditors"


def seal_words(session: Session, words: str, about: str) -> bytes:
    """about: id of the row that they stand in; moved to another row they do not open."""
    keyring, context = session.archive.keyring(), about.encode()
    sealed = {_AUDITORS: seal(session.archive.public(Compartment.AUDIT), words.encode(), _LABEL, context)}
    for account_id in keyring.accounts:
        try:
            certified = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue  # A forged account is told nothing.
        if Role.CUSTODIAN in certified.roles and certified.active and not certified.suspended:
            sealed[account_id] = seal(certified.sealing, words.encode(), _LABEL, context)
    return canonical_json({who: base64.b64encode(value).decode() for who, value in sealed.items()})


def open_words(session: Session, sealed: bytes | None, about: str) -> str | None:
    """None when there are none, or none for this person. Raises ArchiveDamaged when they do not open."""
    if sealed is None:
        return None
    try:
        copies = json.loads(sealed)
        if session.account.id not in copies:
            return None
        copy = base64.b64decode(copies[session.account.id], validate=True)
        return open_sealed(session.keys.sealing, copy, _LABEL, about.encode()).decode()
    except (CryptoError, ValueError, TypeError):
        raise ArchiveDamaged from None


_LABEL = Label.CUSTODIAN_WORDS


def day_of(moment: datetime) -> str:
    return moment.date().isoformat()
