"""An account with a photograph, and the steps of a copy of it, for tests. Knows no fixture."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from testimony.domain.consent import Condition, Decision, PurposeDecision
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.statement import AttachmentRef
from testimony.media.boxes import Box
from testimony.services.approving_files import FileTick, approve_copy, open_copy
from testimony.services.derivatives import Hidden, make
from testimony.services.receiving import receive_inbox
from testimony.services.released_files import release_copy
from testimony.services.releasing import release
from testimony.services.submitting import submit
from testimony.services.taking import take
from tests.grants import GrantRequest, grant
from tests.media.samples import telling_jpeg
from tests.review_room import PURPOSES, accept_all, approved, granted, submission, with_file
from tests.services.conftest import Clock, People

BOX = Box(0.1, 0.2, 0.5, 0.6)
FACE = Hidden(BOX, "X.2")


def with_photograph(
    people: People,
    clock: Clock,
    content: bytes | None = None,
    kind: str = "XK01",
    mime: str = "image/jpeg",
    conditions: tuple[str, ...] = (),
) -> str:
    """Hand in and receive an account with one file; return its code. conditions: of every purpose."""
    interviewer, reviewer = people["interviewer"], people["reviewer"]
    purposes = (*PURPOSES, Purpose.CP02, Purpose.CP05)
    told = submission(
        interviewer, decisions=under(conditions, purposes) if conditions else granted(*purposes)
    )
    made = with_file(interviewer, told, telling_jpeg() if content is None else content)
    files: tuple[AttachmentRef, ...] = tuple(replace(file, kind=kind, mime=mime) for file in made.attachments)
    code = submit(interviewer, replace(made, attachments=files), None, clock()).code
    receive_inbox(reviewer, clock())
    return code


def under(conditions: tuple[str, ...], purposes: tuple[Purpose, ...]) -> tuple[PurposeDecision, ...]:
    told = tuple(Condition(code) for code in conditions)
    return tuple(PurposeDecision(p, Decision.GRANTED_WITH_CONDITIONS, told) for p in purposes)


def copied(people: People, clock: Clock, code: str, hidden: Sequence[Hidden] = (FACE,)) -> str:
    return make(people["reviewer"], code, 1, Audience.PARTNER, hidden, clock())


def approved_copy(people: People, clock: Clock, code: str) -> str:
    copy = copied(people, clock, code)
    open_copy(people["reviewer_b"], copy, clock())
    approve_copy(people["reviewer_b"], copy, frozenset({FileTick.NOBODY_RECOGNISED}), clock())
    return copy


def released_text(people: People, clock: Clock, code: str) -> None:
    take(people["reviewer"], code, clock())
    accept_all(people["reviewer"], code, clock())
    approved(people["reviewer"], people["reviewer_b"], code, clock())
    release(people["reviewer_b"], code, Audience.PARTNER, clock())


def released_copy(people: People, clock: Clock, content: bytes | None = None) -> tuple[str, str]:
    """An account whose text and file are released to partners: its code and the copy's id."""
    code = with_photograph(people, clock, content)
    released_text(people, clock, code)
    copy = approved_copy(people, clock, code)
    release_copy(people["reviewer_b"], copy, clock())
    return code, copy


def give_grant(people: People, clock: Clock) -> None:
    request = GrantRequest(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        closed_parts=frozenset(),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=60),
    )
    grant(people["custodian"], request, clock())
