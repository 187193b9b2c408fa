"""How long the server works on one identity, from request to showing: asked, agreed to twice, shown. No page."""

import json
import time
from datetime import timedelta

from benchmarks.archives import CASE, Measured, now, temporary_archive
from testimony.domain.identity import IdentityField, IdentityTask
from testimony.domain.roles import Role
from testimony.services.envelopes import seal_identity
from testimony.services.identity_approving import approve
from testimony.services.identity_requests import Asking, ask
from testimony.services.identity_showing import show
from testimony.services.importing import import_rows
from testimony.services.receiving import receive_inbox
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import identities, register
from testimony.storage.compartments import Compartment
from testimony.storage.identities import SealedIdentity

SECOND_CUSTODIAN = "custodian-2"
IDENTITY: dict[str, object] = {
    "format": "testimony-identity/1",
    "names": [{"full": "Invented Witness", "kind": "official"}],
    "contacts": [],
    "dwelling": "",
    "next_contact": "",
    "note": "",
}


def measure() -> float:
    """Seconds of server time for one whole request, in an archive of its own."""
    with temporary_archive() as measured:
        code = _testimony(measured)
        reviewer, first = measured.sessions[Role.REVIEWER], measured.sessions[Role.CUSTODIAN]
        door = SignIn(measured.archive, Throttle())
        second = door.sign_in(SECOND_CUSTODIAN, measured.password, None, now())
        try:
            return _timed(reviewer, first, second, code)
        finally:
            measured.archive.release(second.archive.secrets)


def _timed(reviewer: Session, first: Session, second: Session, code: str) -> float:
    wanted = frozenset({IdentityField.NAMES})
    start = time.perf_counter()
    asking = Asking(
        code=code,
        task=IdentityTask.PROCEEDINGS,
        basis="LB06",
        fields=wanted,
        reason="to measure how long it takes",
        expires_at=now() + timedelta(days=1),
    )
    request = ask(reviewer, asking, now())
    approve(first, request, now())
    approve(second, request, now())
    if not show(reviewer, request, wanted, now()):
        raise RuntimeError("what was opened is shown")
    return time.perf_counter() - start


def _testimony(measured: Measured) -> str:
    """One that was received, with an identity beside it."""
    row = {
        "case": CASE,
        "language": "eng",
        "text": "They came at dawn.",
        "interview_date": "1937",
        "consent": {"CP01": "granted", "CP02": "granted", "CP06": "granted"},
        "external_id": "measured",
    }
    interviewer, reviewer = measured.sessions[Role.INTERVIEWER], measured.sessions[Role.REVIEWER]
    tuple(import_rows(interviewer, [json.dumps(row).encode()], now()))
    (code,) = receive_inbox(reviewer, now()).codes
    with reviewer.work(now()) as work:
        kept = register.find_row(work.connection, code)
        if kept is None:
            raise RuntimeError("what was received is in the register")
        sealed = seal_identity(reviewer.archive.public(Compartment.IDENTITY), IDENTITY, kept.submission_id)
        day = now().date().isoformat()
        identities.insert_identity(work.connection, SealedIdentity(kept.submission_id, code, day, sealed))
    return code
