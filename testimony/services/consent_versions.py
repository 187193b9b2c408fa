"""What binds a version of a consent: signatures, and the log.

A row is not believed for being there. The log says which version came last and what was signed for it; the statement
says all that the gate asks. Whoever puts an older version back, or changes a decision, is found when the text is next
opened and by `testimony check`. A first version of an archive older than this is bound by its signed submission.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.consent import ConsentStatus, Decision
from testimony.domain.consent_terms import Decided, Terms, allows_more
from testimony.domain.errors import IntegrityFailed
from testimony.domain.purposes import Purpose
from testimony.services.certificates import certified_account, verify_by
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.two_people import counted_custodian
from testimony.storage import consent_versions, consents, log_queries, register
from testimony.storage.connections import Connection
from testimony.storage.consent_versions import VersionRow
from testimony.storage.consents import ConsentRow, DecisionRow
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring
from testimony.storage.register import RegisterRow

FORMAT = "consent-version/1"
VERSION = "version"
EVENT_CONFIRMED = "event-confirmed"


@dataclass(frozen=True, slots=True)
class Taken:
    """How a version was taken down. recognised_by, channel: codes of `consent_terms`."""

    recognised_by: str
    channel: str


AT_THE_INTERVIEW = Taken("at_the_interview", "in_person")


def terms_of(consent: ConsentRow, *, minor: bool, guardian_ok: bool) -> Terms:
    """Raises IntegrityFailed for a row that holds no terms."""
    try:
        return Terms(
            version=consent.version,
            status=ConsentStatus(consent.status),
            given_on=_day(consent.given_on),
            language=consent.language,
            evidence=consent.evidence,
            basis=consent.basis,
            review_due=_day(consent.review_due),
            reconfirm_on=_day(consent.reconfirm_on),
            minor=minor,
            guardian_ok=guardian_ok,
            decisions=tuple(_decided(row) for row in consent.decisions),
        )
    except ValueError:
        raise IntegrityFailed from None


def current_terms(connection: Connection, row: RegisterRow) -> Terms | None:
    """None where there is no consent. Raises IntegrityFailed."""
    consent = consents.current_consent(connection, row.code)
    if consent is None:
        return None
    return terms_of(consent, minor=bool(row.minor), guardian_ok=bool(row.guardian_ok))


def consent_row(code: str, terms: Terms) -> ConsentRow:
    return ConsentRow(
        code=code,
        version=terms.version,
        status=terms.status.value,
        given_on=_text(terms.given_on),
        language=terms.language,
        evidence=terms.evidence,
        basis=terms.basis,
        review_due=_text(terms.review_due),
        reconfirm_on=_text(terms.reconfirm_on),
        decisions=tuple(
            DecisionRow(
                one.purpose.value,
                one.decision.value,
                one.conditions,
                _text(one.not_before),
                _text(one.valid_until),
                one.readers,
            )
            for one in terms.decisions
        ),
    )


def statement_of(
    archive_id: str, code: str, terms: Terms, taken: Taken, signer_id: str, sealed: bytes | None
) -> bytes:
    """What is signed: every value that the gate asks, who took it down and how, and a hash of the sealed words."""
    row = consent_row(code, terms)
    return canonical_json(
        {
            "type": FORMAT,
            "archive": archive_id,
            "code": code,
            "version": row.version,
            "status": row.status,
            "given_on": row.given_on,
            "language": row.language,
            "evidence": row.evidence,
            "basis": row.basis,
            "review_due": row.review_due,
            "reconfirm_on": row.reconfirm_on,
            "minor": terms.minor,
            "guardian_ok": terms.guardian_ok,
            "decisions": [
                {
                    "purpose": one.purpose,
                    "decision": one.decision,
                    "conditions": sorted(one.conditions),
                    "not_before": one.not_before,
                    "valid_until": one.valid_until,
                    "readers": sorted(one.readers),
                }
                for one in sorted(row.decisions, key=lambda one: one.purpose)
            ],
            "recognised_by": taken.recognised_by,
            "channel": taken.channel,
            "recorded_by": signer_id,
            "words": None if sealed is None else hashlib.sha256(sealed).hexdigest(),
        }
    )


def signed_version(
    session: Session, work: Work, code: str, terms: Terms, taken: Taken, sealed: bytes | None = None
) -> VersionRow:
    """A version as this person signs it; nothing is written."""
    archive_id = session.archive.keyring().archive_id
    statement = statement_of(archive_id, code, terms, taken, session.account.id, sealed)
    signature = sign(session.keys.signing, statement, Label.CONSENT_VERSION)
    at = timestamp(work.now)
    return VersionRow(code, terms.version, statement, session.account.id, signature, None, None, at, sealed)


def put_version(work: Work, row: RegisterRow, terms: Terms, signed: VersionRow, *what: str) -> None:
    """Make a version the current one, with the entry that binds it. what: words for the log beside it."""
    consents.insert_consent(work.connection, consent_row(row.code, terms))
    consent_versions.insert_version(work.connection, signed)
    register.set_consent_flags(work.connection, row.code, minor=terms.minor, guardian_ok=terms.guardian_ok)
    digest = hashlib.sha256(signed.statement).hexdigest()
    work.log(
        Action.CONSENT_CHANGED,
        subject=("testimony", row.code),
        case=row.case_id,
        fields=(VERSION, str(terms.version), digest, *what),
    )


def require_consent_stands(keyring: Keyring, connection: Connection, code: str) -> None:
    """Raises IntegrityFailed unless the current consent is the one that was signed and logged last."""
    row = register.find_row(connection, code)
    consent = consents.current_consent(connection, code)
    logged = _logged(connection, code)
    if row is None or consent is None:
        raise IntegrityFailed
    stored = consent_versions.find_version(connection, code, consent.version)
    if stored is None and not logged and consent.version == 1:
        return
    if stored is None or not logged:
        raise IntegrityFailed
    if logged[-1] != (str(consent.version), hashlib.sha256(stored.statement).hexdigest()):
        raise IntegrityFailed
    terms = terms_of(consent, minor=bool(row.minor), guardian_ok=bool(row.guardian_ok))
    _require_signed(keyring, connection, terms, stored)
    _require_events(connection, code)


def _require_signed(keyring: Keyring, connection: Connection, terms: Terms, stored: VersionRow) -> None:
    document = json.loads(stored.statement)
    taken = Taken(document["recognised_by"], document["channel"])
    said = statement_of(keyring.archive_id, stored.code, terms, taken, stored.signer_id, stored.sealed)
    if said != stored.statement:
        raise IntegrityFailed
    _require_signature(keyring, stored.signer_id, stored.statement, stored.signature, Label.CONSENT_VERSION)
    before = consents.find_consent(connection, stored.code, terms.version - 1)
    if before is None:
        if terms.version > 1:
            raise IntegrityFailed
        return
    if not allows_more(_terms_before(connection, before, terms), terms):
        return
    if stored.second_id is None or stored.second_signature is None or stored.second_id == stored.signer_id:
        raise IntegrityFailed
    _require_custodian(keyring, connection, stored.second_id)
    _require_signature(
        keyring, stored.second_id, stored.statement, stored.second_signature, Label.CONSENT_CONFIRMATION
    )


def _terms_before(connection: Connection, before: ConsentRow, after: Terms) -> Terms:
    """The version before, with the flags that it was signed with; unsigned, those of the one that follows."""
    stored = consent_versions.find_version(connection, before.code, before.version)
    said = {} if stored is None else json.loads(stored.statement)
    minor, guardian_ok = said.get("minor", after.minor), said.get("guardian_ok", after.guardian_ok)
    return terms_of(before, minor=bool(minor), guardian_ok=bool(guardian_ok))


def require_signed_by(keyring: Keyring, signer_id: str, statement: bytes, signature: bytes) -> None:
    """Raises IntegrityFailed unless this account of ours took that version down."""
    _require_signature(keyring, signer_id, statement, signature, Label.CONSENT_VERSION)


def _require_custodian(keyring: Keyring, connection: Connection, account_id: str) -> None:
    try:
        counted_custodian(keyring, connection, AccountId(account_id))
    except ArchiveDamaged:
        raise IntegrityFailed from None


def _require_signature(
    keyring: Keyring, signer_id: str, statement: bytes, signature: bytes, label: Label
) -> None:
    try:
        signer = certified_account(keyring, AccountId(signer_id))
        verify_by(signer.signed_with, statement, signature, label)
    except (CryptoError, ArchiveDamaged):
        raise IntegrityFailed from None


def _require_events(connection: Connection, code: str) -> None:
    """Each event that opens something was confirmed in the log by who the row says."""
    confirmed = {
        (fields[1], actor)
        for fields, actor in _entries(connection, code)
        if fields[:1] == [EVENT_CONFIRMED] and len(fields) > 1
    }
    for event in consent_versions.events_of(connection, code):
        if event.confirmed_by is not None and (event.event_id, event.confirmed_by) not in confirmed:
            raise IntegrityFailed


def _logged(connection: Connection, code: str) -> list[tuple[str, str]]:
    """(version, hash of its statement) of every change that the log tells of, oldest first."""
    return [
        (fields[1], fields[2])
        for fields, _ in _entries(connection, code)
        if fields[:1] == [VERSION] and len(fields) > 2
    ]


def _entries(connection: Connection, code: str) -> list[tuple[list[str], str]]:
    leaves = log_queries.leaves_about(connection, "testimony", code, Action.CONSENT_CHANGED.value)
    try:
        return [(list(entry["fields"]), str(entry["actor"])) for entry in map(json.loads, leaves)]
    except (ValueError, KeyError, TypeError):
        raise IntegrityFailed from None


def _decided(row: DecisionRow) -> Decided:
    return Decided(
        Purpose(row.purpose),
        Decision(row.decision),
        tuple(sorted(row.conditions)),
        _day(row.not_before),
        _day(row.valid_until),
        tuple(sorted(row.readers)),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
