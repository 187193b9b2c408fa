"""The part of a check that looks at consents: each current one is the one that was signed and logged last, and a first
version that nobody signed apart says what the signed submission says, where this account can open that.
"""

from collections.abc import Iterator
from datetime import date, datetime

from testimony.domain.consent import Consent
from testimony.domain.errors import IntegrityFailed, Invalid
from testimony.domain.testimony import State
from testimony.services.consent_versions import require_consent_stands
from testimony.services.sessions import Session
from testimony.services.under_review import read_submission
from testimony.storage import consents, originals, register
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.consents import ConsentRow

PAGE = 200


def changed_consents(session: Session, connection: Connection, now: datetime) -> Iterator[str]:
    """The codes of testimonies whose consent is not what was signed."""
    keyring = session.archive.keyring()
    after: tuple[str, str] | None = None
    states = tuple(state for state in State if state is not State.DISPOSED)
    while rows := register.rows_in_state(connection, states, after=after, limit=PAGE):
        for row in rows:
            if consents.current_consent(connection, row.code) is None:
                continue
            try:
                require_consent_stands(keyring, connection, row.code)
                if Compartment.VAULT in session.archive.secrets:
                    _require_first(connection, row.code)
            except IntegrityFailed:
                yield row.code
        after = (rows[-1].submitted_on, rows[-1].code)


def _require_first(connection: Connection, code: str) -> None:
    original = originals.find_original(connection, code)
    first = consents.find_consent(connection, code, 1)
    if original is None or first is None:
        return
    try:
        submission = read_submission(original)
    except (Invalid, ValueError):
        return  # Named already, as an original that is not what was signed.
    if _first_differs(first, submission.consent):
        raise IntegrityFailed


def _first_differs(row: ConsentRow, signed: Consent) -> bool:
    """Whether the ledger's first version says another thing than the submission that was signed."""
    said = {
        (
            one.purpose.value,
            one.decision.value,
            frozenset(condition.code for condition in one.conditions),
            _text(one.not_before),
            _text(one.valid_until),
            frozenset(one.readers),
        )
        for one in signed.decisions
    }
    stored = {
        (
            one.purpose,
            one.decision,
            frozenset(one.conditions),
            one.not_before,
            one.valid_until,
            frozenset(one.readers),
        )
        for one in row.decisions
    }
    return stored != said or (row.basis, row.review_due) != (signed.basis, signed.review_due.isoformat())


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
