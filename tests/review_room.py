"""Invented submissions and the steps of a review, for the tests of the review room. Knows no fixture."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from itertools import count
from secrets import randbelow

from crypto.frames import seal_frames
from crypto.keys import Secret
from testimony.domain.codes import LONG, TESTIMONY, WITNESS, new_code
from testimony.domain.consent import (
    INFORMED,
    Answer,
    Assent,
    Capacity,
    Condition,
    Consent,
    Decision,
    GuardianDecision,
    PurposeDecision,
    Receipt,
)
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.redaction import MarkDecision
from testimony.domain.statement import Acquired, AttachmentRef, ProtectItem, Statement, StatementKind
from testimony.domain.testimony import Imported, Submission
from testimony.domain.witness import IdentityState, Witness
from testimony.services.approving import Tick, approve, compare, propose, read_alone
from testimony.services.mark_acts import Turn
from testimony.services.proposing import detect_nothing
from testimony.services.receiving import receive_inbox
from testimony.services.redacting import Cover, decide_alike, mark_words
from testimony.services.releasing import Published, release
from testimony.services.sessions import Session
from testimony.services.submitting import submit
from testimony.services.taking import take
from testimony.storage import redactions
from testimony.storage.redactions import MarkRow

ACCOUNT = (
    "My name is Tadfest Amellal and I kept the well at Inekar.\n\n"
    "On the third morning Yusuf Oldenbeck came with two lorries. Tadfest Amellal is what they shouted.\n\n"
    "I heard the shots from the wall."
)
PROTECT = (ProtectItem("Tadfest Amellal", "WITNESS_NAME"), ProtectItem("Inekar", "VILLAGE_ORIGIN"))
PURPOSES = (Purpose.CP01, Purpose.CP07, Purpose.CP09, Purpose.CP10)
DAY = date(2026, 3, 1)


_numbers = count(1)


def granted(*purposes: Purpose, hide: str = "") -> tuple[PurposeDecision, ...]:
    if not hide:
        return tuple(PurposeDecision(purpose, Decision.GRANTED) for purpose in purposes)
    conditions = (Condition("CC04", hide),)
    return tuple(PurposeDecision(p, Decision.GRANTED_WITH_CONDITIONS, conditions) for p in purposes)


def consent(explained_by: str, decisions: tuple[PurposeDecision, ...]) -> Consent:
    return Consent(
        version=1,
        decisions=decisions,
        evidence="CE04",
        basis="LB01",
        given_on=DAY,
        language="eng",
        explained_by=explained_by,  # type: ignore[arg-type]  # an account id of the test archive
        explained=INFORMED,
        capacity=Capacity(Answer.YES, Answer.YES, Answer.YES),
        minor=False,
        guardian_decision=GuardianDecision.NOT_NEEDED,
        assent=Assent.NOT_NEEDED,
        review_due=date(2028, 3, 1),
        receipt=Receipt.NOT_OFFERED,
    )


def submission(
    session: Session,
    text: str = ACCOUNT,
    *,
    language: str = "eng",
    protect: tuple[ProtectItem, ...] = PROTECT,
    decisions: tuple[PurposeDecision, ...] = (),
    warning: str = "CW00",
    attachments: tuple[AttachmentRef, ...] = (),
) -> Submission:
    return Submission(
        submission_id=f"submission-{next(_numbers)}",
        code=new_code(TESTIMONY, randbelow, LONG),
        pseudonym=new_code(WITNESS, randbelow, LONG),
        case_id="CASE-1",
        witness=Witness(IdentityState.NEVER_KNOWN),
        statement=Statement(text, language, kind=StatementKind.VERBATIM),
        consent=consent(session.account.id, decisions or granted(*PURPOSES)),
        protect=protect,
        attachments=attachments,
        warning=warning,
        imported=Imported("2026-02", ""),
    )


def with_file(
    session: Session, made: Submission, plain: bytes, name: str = "field.jpg", kind: str = "XK01"
) -> Submission:
    """The submission with one sealed file, as intake seals it: bound to the submission. kind: of exhibit.csv."""
    key = Secret.random()
    object_id = session.archive.objects.write(seal_frames(key, BytesIO(plain), made.submission_id.encode()))
    file = AttachmentRef(
        object_id=object_id,
        key=key.raw.hex(),
        sha256=sha256(plain).hexdigest(),
        size=len(plain),
        mime="image/jpeg",
        name=name,
        acquired=Acquired.CABLE,
        kind=kind,
    )
    return replace(made, attachments=(file,))


def handed_in(session: Session, now: datetime, text: str = ACCOUNT, **parts: object) -> str:
    """Submit an invented account; return its code."""
    made = submission(session, text)
    made = replace(made, **parts)  # type: ignore[arg-type]  # named fields of a submission
    if "protect" not in parts and text != ACCOUNT:
        made = replace(made, protect=())
    return submit(session, made, None, now).code


def received(
    interviewer: Session, reviewer: Session, now: datetime, text: str = ACCOUNT, **parts: object
) -> str:
    code = handed_in(interviewer, now, text, **parts)
    receive_inbox(reviewer, now)
    return code


def taken(
    interviewer: Session, reviewer: Session, now: datetime, text: str = ACCOUNT, **parts: object
) -> str:
    code = received(interviewer, reviewer, now, text, **parts)
    take(reviewer, code, now, detect_nothing)
    return code


def turn(session: Session, code: str) -> Turn:
    with session.reading() as connection:
        row = redactions.find_work(connection, code, 1)
    assert row is not None
    return Turn(code, row.revision)


def marks(session: Session, code: str) -> tuple[MarkRow, ...]:
    with session.reading() as connection:
        return redactions.marks_of(connection, code, 1)


def accept_all(session: Session, code: str, now: datetime) -> None:
    for row in marks(session, code):
        decide_alike(session, turn(session, code), row.mark_id, MarkDecision.ACCEPTED, now)


def withhold(
    session: Session, code: str, words: Iterable[str], now: datetime, audience: Audience = Audience.PARTNER
) -> None:
    for word in words:
        mark_words(session, turn(session, code), word, 0, Cover("X.1", audience), now)


def approved(
    redactor: Session, approver: Session, code: str, now: datetime, audience: Audience = Audience.PARTNER
) -> str:
    """Propose a layer and approve it after both looks; return the set id."""
    set_id = propose(redactor, turn(redactor, code), audience, now)
    compare(approver, set_id, now)
    look = read_alone(approver, set_id, now)
    approve(approver, set_id, look.needed, now)
    return set_id


def released(
    interviewer: Session,
    redactor: Session,
    approver: Session,
    now: datetime,
    text: str = ACCOUNT,
    audience: Audience = Audience.PARTNER,
) -> tuple[str, Published]:
    code = taken(interviewer, redactor, now, text)
    accept_all(redactor, code, now)
    approved(redactor, approver, code, now, audience)
    return code, release(approver, code, audience, now)


def ticks(*names: Tick) -> frozenset[Tick]:
    return frozenset(names)
