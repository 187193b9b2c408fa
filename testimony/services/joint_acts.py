"""Acts about testimonies that take two people: one signs a statement, another signs the very same.

The statement names the kind, the codes, what it is about and the hash of its words; so a second signature agrees to
nothing else. Whose signature counts: `two_people.py`, and by the kind the role. What an act opens asks `is_signed`
each time, what it closes asks the log.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.accounts import AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.errors import NotFound, NotYet, Refused
from testimony.domain.roles import Role
from testimony.services.case_words import keep_words, open_words
from testimony.services.certificates import certified_account, read_statement, sign_statement
from testimony.services.sessions import Session, Work
from testimony.services.two_people import is_confirmed
from testimony.storage import joint_acts as rows
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.joint_acts import ActRow
from testimony.storage.keyring import Keyring, Signed

FORMAT = "testimony-joint-act/1"


class Kind(StrEnum):
    """What two people do together."""

    WALL_SET = "wall-set"
    WALL_LIFT = "wall-lift"
    RISK_REVIEW = "risk-review"
    REFERRAL = "referral"


SIGNERS: Mapping[Kind, frozenset[Role]] = {
    Kind.WALL_SET: frozenset({Role.CUSTODIAN}),
    Kind.WALL_LIFT: frozenset({Role.CUSTODIAN}),
    Kind.RISK_REVIEW: frozenset({Role.CUSTODIAN, Role.REVIEWER}),
    Kind.REFERRAL: frozenset({Role.CUSTODIAN}),
}
"""Whose signature makes it."""


def propose(
    session: Session,
    work: Work,
    act: tuple[Kind, tuple[str, ...], str],
    words: Mapping[str, str],
    people: Iterable[AccountId] = (),
) -> str:
    """Sign a first time; return the id. act: kind, codes in order, what it is about. people: also told the words."""
    kind, codes, about = act
    act_id, keyring = secrets.token_hex(8), session.archive.keyring()
    document = {
        "format": FORMAT,
        "archive": keyring.archive_id,
        "id": act_id,
        "kind": kind.value,
        "codes": list(codes),
        "about": about,
        "words_sha256": keep_words(session, work, act_id, codes, words, people),
        "at": work.now.isoformat(),
    }
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.JOINT_ACT)
    rows.insert_act(work.connection, ActRow(act_id, kind.value, codes, about, signed))
    return act_id


def confirm(session: Session, work: Work, row: ActRow) -> None:
    """Sign the second time.

    Raises Refused (DR12 for who proposed it), ArchiveDamaged when it is not what its proposer signed or either of the
    two does not count, NotYet for whom its words are not sealed to, or not as they were signed: nobody agrees to what
    they cannot read. NotFound when it was decided meanwhile.
    """
    if row.first.signer == session.account.id:
        raise Refused((DenyReason.SAME_PERSON,), subject=("testimony", row.codes[0]))
    keyring = session.archive.keyring()
    document = read(keyring, work.connection, row, row.first)
    require_counts(keyring, work.connection, AccountId(session.account.id), Kind(row.kind))
    if open_words(session, work, row.act_id, str(document.get("words_sha256"))) is None:
        raise NotYet
    signature = sign(session.keys.signing, row.first.statement, Label.JOINT_ACT)
    if not rows.sign_act(work.connection, row.act_id, session.account.id, signature):
        raise NotFound


def words_of(session: Session, work: Work, row: ActRow) -> Mapping[str, str] | None:
    """The words that were signed, for this person; None where none are sealed to them, or others than those."""
    try:
        document = read(session.archive.keyring(), work.connection, row, row.first)
    except ArchiveDamaged:
        return None
    return open_words(session, work, row.act_id, str(document.get("words_sha256")))


def is_signed(keyring: Keyring, connection: Connection, row: ActRow) -> bool:
    """Whether two different people whose word counts signed this row as it is."""
    if row.second is None or row.first.signer == row.second.signer:
        return False
    # That these very bytes were signed is known for as long as the keyring is the same.
    known = ("joint-act", f"{row}")
    if keyring.verified.get(known):
        return True
    try:
        read(keyring, connection, row, row.first)
        read(keyring, connection, row, row.second)
    except ArchiveDamaged:
        return False
    keyring.verified[known] = True
    return True


def read(keyring: Keyring, connection: Connection, row: ActRow, signed: Signed) -> dict[str, Any]:
    """What was signed. Raises ArchiveDamaged when it is not what the row says, or its signer does not count."""
    try:
        kind = Kind(row.kind)
    except ValueError:
        raise ArchiveDamaged from None
    keys = require_counts(keyring, connection, AccountId(signed.signer), kind)
    document = read_statement(signed, keys, Label.JOINT_ACT)
    said = [document.get(name) for name in ("format", "archive", "id", "kind", "codes", "about")]
    if said != [FORMAT, keyring.archive_id, row.act_id, row.kind, list(row.codes), row.about]:
        raise ArchiveDamaged
    return document


def signed_at(document: Mapping[str, Any]) -> datetime:
    """Raises ArchiveDamaged."""
    try:
        return datetime.fromisoformat(document["at"])
    except (KeyError, TypeError, ValueError):
        raise ArchiveDamaged from None


def require_counts(
    keyring: Keyring, connection: Connection, account_id: AccountId, kind: Kind
) -> tuple[Any, ...]:
    """The keys of somebody whose signature makes such an act. Raises ArchiveDamaged for anybody else."""
    one = certified_account(keyring, account_id)
    if one.roles.isdisjoint(SIGNERS[kind]) or not is_confirmed(keyring, connection, account_id):
        raise ArchiveDamaged
    return one.signed_with


def others_who_count(
    keyring: Keyring, connection: Connection, kind: Kind, without: Iterable[str]
) -> tuple[AccountId, ...]:
    """Who else could sign such an act now."""
    left_out, found = frozenset(without), []
    for account_id in sorted(keyring.accounts.keys() - left_out):
        try:
            require_counts(keyring, connection, account_id, kind)
            one = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue
        if one.active and not one.suspended:
            found.append(account_id)
    return tuple(found)


def require_waiting(connection: Connection, act_id: str, *kinds: Kind) -> ActRow:
    """Raises NotFound for one that is not there, is of another kind, or was decided."""
    row = rows.find_act(connection, act_id)
    if row is None or row.second is not None or row.kind not in kinds:
        raise NotFound
    return row
