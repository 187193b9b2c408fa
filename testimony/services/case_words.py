"""Words about one testimony or two that custodians alone open: why a wall stands, who had a thing before it came here.

Sealed to each custodian and to who wrote them, bound to what they are about. A custodian who comes later is given them
when one who can opens them. Deleted with the testimony.
"""

import json
from collections.abc import Iterable, Mapping

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.accounts import AccountId
from testimony.domain.errors import Problem
from testimony.domain.roles import Role
from testimony.services.certificates import Certified, certified_account
from testimony.services.sealed_words import MAX_WORDS, hash_of, with_salt
from testimony.services.sessions import Session, Work
from testimony.storage import joint_acts as rows
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.joint_acts import WordsRow
from testimony.storage.keyring import Keyring


def keep_words(
    session: Session,
    work: Work,
    about: str,
    codes: tuple[str, ...],
    words: Mapping[str, str],
    people: Iterable[AccountId] = (),
) -> str:
    """Seal words to every custodian, to these people and to who writes them; return the hash to be signed."""
    salted = with_salt(words)
    wanted = {*people, session.account.id}
    keyring = session.archive.keyring()
    _seal(keyring, work, (about, codes), salted, _readers(keyring, wanted))
    return hash_of(salted)


def open_words(
    session: Session, work: Work, about: str, expected: str | None = None
) -> Mapping[str, str] | None:
    """The words for this person, passed on to custodians who lack them.

    None where none are sealed to them, or what is there is not what was signed. expected: the hash that a signed
    statement names.
    """
    row = rows.words_for(work.connection, about, session.account.id)
    if row is None:
        return None
    keyring = session.archive.keyring()
    context = _context(keyring.archive_id, about, session.account.id)
    try:
        salted = open_sealed(session.keys.sealing, row.sealed, Label.CASE_WORDS, context)
        words = json.loads(salted)["words"]
    except (CryptoError, ValueError, KeyError):
        return None
    if expected is not None and hash_of(salted) != expected:
        return None
    if Role.CUSTODIAN in session.account.roles:
        known = rows.told(work.connection, about)
        missing = tuple(one for one in _readers(keyring, frozenset()) if one.account_id not in known)
        _seal(keyring, work, (about, row.codes), salted, missing)
    return {str(name): str(word) for name, word in words.items()}


def problems_of(words: Mapping[str, str], *optional: str) -> tuple[Problem, ...]:
    """What is missing or too long among words; each is named as its field. optional: those that may be empty."""
    missing = [
        Problem(name, "required")
        for name, word in words.items()
        if name not in optional and not any(map(str.isprintable, word.split()))
    ]
    return (*missing, *(Problem(name, "too_long") for name, word in words.items() if len(word) > MAX_WORDS))


def _readers(keyring: Keyring, wanted: Iterable[AccountId]) -> tuple[Certified, ...]:
    people, found = frozenset(wanted), []
    for account_id in sorted(keyring.accounts):
        try:
            one = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue  # A forged account is told nothing.
        if one.active and not one.suspended and (account_id in people or Role.CUSTODIAN in one.roles):
            found.append(one)
    return tuple(found)


def _seal(
    keyring: Keyring,
    work: Work,
    about: tuple[str, tuple[str, ...]],
    salted: bytes,
    people: Iterable[Certified],
) -> None:
    name, codes = about
    rows.insert_words(
        work.connection,
        tuple(
            WordsRow(
                name,
                one.account_id,
                codes,
                seal(
                    one.sealing,
                    salted,
                    Label.CASE_WORDS,
                    _context(keyring.archive_id, name, one.account_id),
                ),
            )
            for one in people
        ),
    )


def _context(archive_id: str, about: str, account_id: str) -> bytes:
    return "/".join((archive_id, about, account_id)).encode()
