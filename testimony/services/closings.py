"""What was closed stays closed after a restore: withdrawals, ended grants, stopped accounts, noted outside as well.

    line := locked {"kind", "id", "purposes", "at"}      under a key made from the log's seed, which every backup has

Written inside the transaction that closes, synced before its commit. Dies in between: the line is there and the ledger
does not know it, so the next sign-in closes; better twice than never. A restored copy of the ledger knows fewer lines
than the file has: each missed one closes again in the transaction of the first sign-in, before anything is shown.
Closing twice changes nothing. It never opens anything: whoever could forge a line could stop work and read nothing.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from crypto.errors import CryptoError
from crypto.keys import Secret, derive
from crypto.labels import Label
from crypto.locking import lock, unlock
from testimony.domain.accounts import AccountId, AccountState
from testimony.domain.audit import Action, Outcome
from testimony.domain.canonical import canonical_json
from testimony.domain.consent import YES, ConsentStatus, Decision
from testimony.domain.testimony import State
from testimony.services.sessions import LOG_SEED, Session, Work, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import consents, register
from testimony.storage import grants as grant_rows
from testimony.storage.closing_file import START, Line, append_line, read_lines, readable_lines
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged

KNOWN = "closings-known"
"""The setting in which the ledger remembers the last line it knows: number and hash."""

AGAIN = "closed-again"
DIFFERS = "closing-file-differs"


class Kind(StrEnum):
    """What was closed."""

    CONSENT = "consent"
    GRANT = "grant"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Closing:
    """id: a digest of a code, a grant's or an account's id. purposes: those taken back, of a consent. at: ISO 8601."""

    kind: Kind
    id: str
    at: str
    purposes: tuple[str, ...] = ()


def note_closing(
    session: Session, work: Work, kind: Kind, subject: str, purposes: frozenset[str] = frozenset()
) -> None:
    """Keep outside that this was closed. Call it in the unit of work that closes, after its rows were written.

    subject: a code, a grant's id or an account's id. Nothing is kept open because this file is not what it was: that
    is told in the log, and the line is added to what is there.
    """
    directory = session.archive.directory
    number, known = _known(work.connection)
    try:
        lines = read_lines(directory)
    except ArchiveDamaged:
        work.log(Action.LOG_CHECKED, fields=(DIFFERS,), outcome=Outcome.DENIED)
        return
    if not _goes_on(lines, number, known):
        work.log(Action.LOG_CHECKED, fields=(DIFFERS,), outcome=Outcome.DENIED)
    previous = lines[-1].sha256 if lines else START
    key = _key(work.connection)
    name = _digest(key, subject) if kind is Kind.CONSENT else subject
    document = {"kind": kind.value, "id": name, "at": timestamp(work.now), "purposes": sorted(purposes)}
    locked = lock(key, canonical_json(document), Label.CLOSING, previous.encode())
    digest = append_line(directory, previous, locked)
    if len(lines) == number and _goes_on(lines, number, known):
        _remember(work.connection, number + 1, digest)
    # Otherwise lines before it wait to be taken in: the next sign-in reads all of them, this one too.


def take_in_closings(session: Session, work: Work) -> int:
    """Close again what this ledger does not know was closed; return how many of them were open here.

    Runs inside the transaction of each sign-in. What is noted twice closes twice, which changes nothing.
    """
    number, known = _known(work.connection)
    lines, whole = readable_lines(session.archive.directory)
    missed = [line for line in lines if line.number > number]
    closings = [_open(work.connection, line) for line in missed]
    closed = sum(CLOSERS[closing.kind](work, closing) for closing in closings if closing is not None)
    if not whole or None in closings or not _goes_on(lines, number, known):
        # Lines were spoilt, cut off, or are of another file: told at each sign-in. It keeps nobody out, since it opens
        # nothing.
        work.log(Action.LOG_CHECKED, fields=(DIFFERS,), outcome=Outcome.DENIED)
    elif missed:
        _remember(work.connection, len(lines), lines[-1].sha256)
    return closed


def close_consent(work: Work, code: str, purposes: frozenset[str]) -> bool:
    """Take back these purposes of a consent; whether one of them stood open."""
    row, consent = register.find_row(work.connection, code), consents.current_consent(work.connection, code)
    if row is None or consent is None:
        return False
    fallen = [d for d in consent.decisions if d.purpose in purposes and Decision(d.decision) in YES]
    if not fallen:
        return False
    decisions = tuple(
        replace(d, decision=Decision.WITHDRAWN.value, conditions=()) if d in fallen else d
        for d in consent.decisions
    )
    whole = not any(Decision(d.decision) in YES for d in decisions)
    status = ConsentStatus.WITHDRAWN if whole else ConsentStatus.PARTLY_WITHDRAWN
    after = replace(consent, version=consent.version + 1, status=status.value, decisions=decisions)
    consents.insert_consent(work.connection, after)
    if whole and row.state not in (State.RESTRICTED, State.DISPOSED):
        register.move_state(work.connection, row.code, before=row.state, after=State.RESTRICTED.value)
    work.log(
        Action.CONSENT_CHANGED,
        subject=("testimony", row.code),
        case=row.case_id,
        fields=(AGAIN, *sorted(d.purpose for d in fallen)),
    )
    return True


def _close_consent(work: Work, closing: Closing) -> bool:
    key = _key(work.connection)
    codes = (code for code in register.all_codes(work.connection) if _digest(key, code) == closing.id)
    code = next(codes, None)
    return code is not None and close_consent(work, code, frozenset(closing.purposes))


def _close_grant(work: Work, closing: Closing) -> bool:
    row = next((r for r in grant_rows.all_grants(work.connection) if r.grant_id == closing.id), None)
    if row is None or not grant_rows.revoke_grant(work.connection, closing.id, closing.at):
        return False
    fields = ("ended", f"to:{row.account_id}", AGAIN)
    work.log(Action.GRANT_CHANGED, subject=("grant", closing.id), case=row.case_id, fields=fields)
    return True


def _close_account(work: Work, closing: Closing) -> bool:
    account_id = AccountId(closing.id)
    row = account_rows.find_account(work.connection, account_id)
    if row is None or row.state == AccountState.SUSPENDED.value:
        return False
    account_rows.update_account(work.connection, account_id, state=AccountState.SUSPENDED.value)
    work.log(Action.KEY_OPERATION, subject=("account", closing.id), fields=("suspended", AGAIN))
    return True


CLOSERS: Mapping[Kind, Callable[[Work, Closing], bool]] = {
    Kind.CONSENT: _close_consent,
    Kind.GRANT: _close_grant,
    Kind.ACCOUNT: _close_account,
}


def _goes_on(lines: Sequence[Line], number: int, known: str) -> bool:
    """Whether these lines begin with those that the ledger knows."""
    return len(lines) >= number and (number == 0 or lines[number - 1].sha256 == known)


def _digest(key: Secret, code: str) -> str:
    """A code is no word of a line, since an erased testimony leaves its lines here: HMAC-SHA-256, hexadecimal."""
    return hmac.new(key.raw, b"code\0" + code.encode(), hashlib.sha256).hexdigest()


def _open(connection: Connection, line: Line) -> Closing | None:
    try:
        content = json.loads(unlock(_key(connection), line.locked, Label.CLOSING, line.previous.encode()))
        return Closing(Kind(content["kind"]), content["id"], content["at"], tuple(content["purposes"]))
    except (CryptoError, ValueError, KeyError, TypeError):
        return None


def _key(connection: Connection) -> Secret:
    """From the log's seed: it is in the ledger since the founding and outlives every new key of the ledger."""
    seed = account_rows.recall(connection, LOG_SEED)
    if seed is None:
        raise ArchiveDamaged
    return derive(Secret(hashlib.sha256(seed).digest()), Label.CLOSING_KEY)


def _known(connection: Connection) -> tuple[int, str]:
    kept = account_rows.recall(connection, KNOWN)
    if kept is None:
        return 0, ""
    number, _, digest = kept.decode().partition(":")
    return int(number), digest


def _remember(connection: Connection, number: int, digest: str) -> None:
    account_rows.remember(connection, KNOWN, f"{number}:{digest}".encode())
