"""Steps of erasing and holding, for the tests of disposal. Knows no fixture."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from crypto.keys import database_key
from crypto.labels import Label
from testimony.domain.disposal import Cause, HoldCause, HoldScope
from testimony.domain.purposes import Audience, Purpose
from testimony.services.erasing import carry_out_waiting
from testimony.services.erasures import approve_erasure, propose_erasure
from testimony.services.holding import HoldRequest, ask_lift, lift_hold, place_hold
from testimony.services.proposing import detect_nothing
from testimony.services.receiving import receive_inbox
from testimony.services.releasing import release
from testimony.services.sessions import Session
from testimony.services.submitting import submit
from testimony.services.taking import take
from testimony.storage import derivatives, originals
from testimony.storage.compartments import FILES, Compartment
from tests.decrypting import decrypted
from tests.review_room import PURPOSES, accept_all, approved, granted, received, submission, with_file
from tests.services.conftest import People

SAID = (
    "Brunhildeza Quarrymonde kept the granary at Xanthipol. On the third morning the lorries came, and "
    "Brunhildeza Quarrymonde hid under the ploughshare until they had gone."
)
"""Every telling word of it stands in no other test."""

WORDS = ("Brunhildeza", "Quarrymonde", "Xanthipol", "ploughshare")
PHOTOGRAPH = b"a photograph of the granary at Xanthipol"


def released_with_file(people: People, now: datetime, text: str = SAID) -> str:
    """An account with a photograph, received, redacted, approved and released."""
    interviewer, reviewer = people["interviewer"], people["reviewer"]
    said = granted(*PURPOSES, Purpose.CP04)
    photograph = PHOTOGRAPH + text.encode()
    made = with_file(interviewer, submission(interviewer, text, decisions=said, protect=()), photograph)
    code = submit(interviewer, made, None, now).code
    receive_inbox(reviewer, now)
    take(reviewer, code, now, detect_nothing)
    accept_all(reviewer, code, now)
    approved(reviewer, people["reviewer_b"], code, now)
    release(people["reviewer_b"], code, Audience.PARTNER, now)
    return code


def kept(people: People, now: datetime) -> str:
    """An account that was received: enough where nothing of a release is asked."""
    return received(people["interviewer"], people["reviewer"], now)


def approve_to_erase(people: People, code: str, now: datetime, cause: Cause = Cause.WITNESS_WISH) -> str:
    """Proposed by one custodian and approved by another; the id of the erasure."""
    erasure_id = propose_erasure(people["custodian"], code, cause, "the witness asked for it", now)
    approve_erasure(people["custodian_b"], erasure_id, "so the witness said to me too", now)
    return erasure_id


def erase(people: People, code: str, now: datetime, cause: Cause = Cause.WITNESS_WISH) -> str:
    reviewer = people["reviewer"]
    erasure_id = approve_to_erase(people, code, now, cause)
    assert carry_out_waiting(reviewer, now) == 1
    return erasure_id


def hold(session: Session, code: str, now: datetime, cause: HoldCause = HoldCause.CLAIM_EXPECTED) -> str:
    request = HoldRequest(
        scope=HoldScope.TESTIMONY,
        cause=cause,
        review_on=(now + timedelta(days=90)).date(),
        authority="letter of a lawyer",
        codes=(code,),
    )
    (hold_id,) = place_hold(session, request, now)
    return hold_id


def lift(people: People, hold_id: str, now: datetime) -> None:
    ask_lift(people["custodian"], hold_id, "the claim was not made", now)
    lift_hold(people["custodian_b"], hold_id, "I read the letter", now)


def pages(session: Session) -> Mapping[Compartment, bytes]:
    """Every page of the three files in clear, free pages included."""
    return {
        compartment: decrypted(
            session.archive.directory.file_of(compartment),
            database_key(session.archive.secrets[compartment], Label.COMPARTMENT_DATABASE),
        )
        for compartment in FILES
    }


def keys_of(session: Session, code: str) -> dict[str, bytes]:
    """Keys of sealed objects, ids of objects and hashes that the vault has for a testimony."""
    with session.reading() as connection:
        files = originals.attachments_of(connection, code)
        copies = [row for row in derivatives.all_derivatives(connection) if row.code == code]
        original = originals.find_original(connection, code)
    assert original is not None
    found = {f"file {file.number} key": bytes(file.key) for file in files}
    found |= {f"copy {row.number} key": bytes(row.key) for row in copies}
    found |= {f"file {file.number} object": file.object_id.encode() for file in files}
    found |= {f"file {file.number} hash": file.sha256.encode() for file in files}
    return found | {"document": original.sha256.encode(), "submission": original.submission_id.encode()}
