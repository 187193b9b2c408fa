"""Reasons that some people must read and nobody else: sealed to each of them, bound to what they are about.

Auditors have their own copy in the log. A statement names the words by their hash; a salt inside keeps them from
being guessed by it.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.domain.roles import Role
from testimony.services.certificates import certified_account
from testimony.services.sessions import Session
from testimony.storage import grant_requests as rows
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grant_requests import WordsRow

MAX_WORDS = 500


def with_salt(words: Mapping[str, str]) -> bytes:
    """The words as they are hashed and sealed."""
    salt = base64.b64encode(secrets.token_bytes(16)).decode()
    return canonical_json({"salt": salt, "words": dict(words)})


def hash_of(salted: bytes) -> str:
    return hashlib.sha256(salted).hexdigest()


def keep_words(
    session: Session,
    connection: Connection,
    about: tuple[str, str],
    salted: bytes,
    people: Iterable[AccountId],
) -> None:
    """Seal words to people and to every custodian. about: (id, kind)."""
    keyring, (name, kind) = session.archive.keyring(), about
    kept = []
    wanted = frozenset(people)
    for account_id in sorted(keyring.accounts):
        try:
            one = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue  # A forged account is told nothing.
        if one.suspended or not one.active or not (account_id in wanted or Role.CUSTODIAN in one.roles):
            continue
        context = _context(keyring.archive_id, about, account_id)
        kept.append(WordsRow(name, kind, account_id, seal(one.sealing, salted, Label.GRANT_WORDS, context)))
    rows.insert_words(connection, tuple(kept))


def open_words(
    session: Session, connection: Connection, about: tuple[str, str], expected: str | None = None
) -> Mapping[str, str] | None:
    """The words for this person; None where none are sealed to them, or what is there is not what was signed.

    expected: the hash that a signed statement names.
    """
    name, kind = about
    sealed = rows.words_for(connection, name, kind, session.account.id)
    if sealed is None:
        return None
    context = _context(session.archive.keyring().archive_id, about, session.account.id)
    try:
        salted = open_sealed(session.keys.sealing, sealed, Label.GRANT_WORDS, context)
        document = json.loads(salted)
    except (CryptoError, ValueError):
        return None
    if expected is not None and hash_of(salted) != expected:
        return None
    return {str(name): str(word) for name, word in document["words"].items()}


def _context(archive_id: str, about: tuple[str, str], account_id: str) -> bytes:
    return "/".join((archive_id, *about, account_id)).encode()
