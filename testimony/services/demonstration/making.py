"""Making the demonstration: found, join, hand in, redact, approve, release, code, grant; each by its own service.

Some testimonies stay in the inbox, some in review, some are released under different consents; more come redacted,
from an import by both reviewers, after the investigator has saved a search that they answer. It is made in a folder
beside and renamed when whole, so that a demonstration that was interrupted is not mistaken for one.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from crypto.passwords import Argon2Cost
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.redaction import MarkDecision
from testimony.domain.roles import Role
from testimony.services import grant_requests
from testimony.services.accounts import activate, enrol
from testimony.services.approving import approve, compare, propose, propose_despite, read_alone
from testimony.services.archives import Archive
from testimony.services.coding import NOTHING_CLOSES, set_account_types
from testimony.services.coding_access import FromRelease
from testimony.services.confirming import confirm_enrolment
from testimony.services.custody import open_case
from testimony.services.demonstration.coding import ACTS, add_places, code_released
from testimony.services.demonstration.records import CASE_ID, Names, Record, load_records, submission_of
from testimony.services.demonstration.redacted import load_places, load_redacted
from testimony.services.founding import found
from testimony.services.grant_checks import Approval, Wanted
from testimony.services.importing_redacted import ATTESTED, import_redacted
from testimony.services.invitations import Invitation, Newcomer
from testimony.services.mark_acts import Turn
from testimony.services.membership import wrap_for_members
from testimony.services.proposing import detect_nothing
from testimony.services.receiving import receive_inbox
from testimony.services.redacted_rows import Pair
from testimony.services.redacting import Cover, decide, mark_span
from testimony.services.releasing import release
from testimony.services.saved_searches import save
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.submitting import new_codes, submit
from testimony.services.taking import take
from testimony.services.throttling import Throttle
from testimony.services.under_review import open_account
from testimony.storage.directory import ArchiveDirectory, write_durably
from testimony.storage.objects import local_objects

DEMO_ACCOUNTS = "demo-accounts.json"
PASSWORD = "open day at the archive"  # noqa: S105  # of invented people; printed on the sign-in page
ARCHIVE_NAME = "Demonstration"

FOUNDING = (
    Newcomer("custodian", "Custodian", frozenset({Role.CUSTODIAN})),
    Newcomer("custodian-2", "Second custodian", frozenset({Role.CUSTODIAN})),
    Newcomer("reviewer", "Reviewer", frozenset({Role.REVIEWER})),
    Newcomer("auditor", "Auditor", frozenset({Role.AUDITOR})),
)
JOINING = (
    Newcomer("interviewer", "Interviewer", frozenset({Role.INTERVIEWER})),
    Newcomer("reviewer-2", "Second reviewer", frozenset({Role.REVIEWER})),
    Newcomer("investigator", "Investigator", frozenset({Role.INVESTIGATOR})),
)
LISTED = ("interviewer", "reviewer", "reviewer-2", "investigator", "auditor", "custodian", "custodian-2")

RELEASED: Mapping[str, tuple[Audience, ...]] = {
    "T-0001": (Audience.PARTNER, Audience.PUBLIC),
    "T-0002": (Audience.PARTNER,),
    "T-0003": (Audience.PARTNER,),
    "T-0006": (Audience.PARTNER,),
}
PROPOSED = "T-0007"
BEGUN = "T-0011"
IN_INBOX = ("T-0005", "T-0009")

REASON = "Those who follow this account up work with the witness, who agreed that they may know."
"""Why a layer may be released although it fits few people; kept only where it does."""

KNOWN = "Both custodians know them."
AGREED = "Agreed with the head of the office."
GRANTED = frozenset({Purpose.CP07, Purpose.CP09, Purpose.CP10})
CASE_TITLE = "Attacks on villages, winter and spring"

SAVED = SearchRequest('name:"Mohamed ag Elmoctar"')
SAVED_NAME = "The ford"


@dataclass(frozen=True, slots=True)
class _People:
    interviewer: Session
    reviewer: Session
    second: Session
    custodian: Session
    other_custodian: Session
    investigator: Session

    def all(self) -> tuple[Session, ...]:
        custodians = (self.custodian, self.other_custodian)
        return (self.interviewer, self.reviewer, self.second, *custodians, self.investigator)


def make_demonstration(
    path: Path, now: datetime, cost: Argon2Cost, progress: Callable[[int], None] = lambda per_cent: None
) -> None:
    """Make it at `path`. Raises ArchiveExists when something is there that is not an empty folder."""
    ArchiveDirectory(path).create()
    shutil.rmtree(path)
    building = path.with_name(f".{path.name}.being-made")
    shutil.rmtree(building, ignore_errors=True)
    directory = ArchiveDirectory(building)
    invitations = found(directory, ARCHIVE_NAME, FOUNDING, cost, now)
    archive = Archive(directory, local_objects(directory.objects), cost)
    people = _gather(archive, invitations, now, progress)
    try:
        _fill(people, now, progress)
    finally:
        for session in people.all():
            archive.release(session.archive.secrets)
    listed = [{"handle": h, "role": h.removesuffix("-2"), "password": PASSWORD} for h in LISTED]
    write_durably(building / DEMO_ACCOUNTS, json.dumps(listed, indent=1).encode())
    os.rename(building, path)
    progress(100)


def _gather(
    archive: Archive, invitations: tuple[Invitation, ...], now: datetime, progress: Callable[[int], None]
) -> _People:
    throttle = Throttle()
    door = SignIn(archive, throttle)
    for invitation in invitations:
        activate(archive, throttle, invitation.row.handle, invitation.code, PASSWORD, now)
    progress(30)
    custodian = door.sign_in("custodian", PASSWORD, None, now)
    other = door.sign_in("custodian-2", PASSWORD, None, now)
    for newcomer in JOINING:
        invitation = enrol(custodian, newcomer, now)
        activate(archive, throttle, newcomer.handle, invitation.code, PASSWORD, now)
        confirm_enrolment(other, invitation.record.account_id, KNOWN, now)
    progress(60)
    # The first reviewer signs in and so hands the keys on to whoever joined since.
    reviewer = door.sign_in("reviewer", PASSWORD, None, now)
    second = door.sign_in("reviewer-2", PASSWORD, None, now)
    interviewer = door.sign_in("interviewer", PASSWORD, None, now)
    investigator = door.sign_in("investigator", PASSWORD, None, now)
    progress(70)
    return _People(interviewer, reviewer, second, custodian, other, investigator)


def _fill(people: _People, now: datetime, progress: Callable[[int], None]) -> None:
    # One case alone: what is imported into a demonstration need not name it.
    open_case(people.custodian, CASE_ID, CASE_TITLE, now)
    _give_grants(people, now)
    records = load_records()
    at_work = [*RELEASED, PROPOSED, BEGUN]
    codes = {name: _hand_in(people.interviewer, records[name], now) for name in at_work}
    receive_inbox(people.reviewer, now)
    for name, audiences in RELEASED.items():
        revision = _redact(people.reviewer, codes[name], records[name], now)
        for audience in audiences:
            _approve_and_release(people, codes[name], revision, audience, now)
    progress(80)
    _code(people, codes, _bring(people, now), now)
    progress(95)
    revision = _redact(people.reviewer, codes[PROPOSED], records[PROPOSED], now)
    propose(people.reviewer, Turn(codes[PROPOSED], revision), Audience.COURT, now)
    take(people.reviewer, codes[BEGUN], now)
    for name in IN_INBOX:
        _hand_in(people.interviewer, records[name], now)


def _give_grants(people: _People, now: datetime) -> None:
    """What was released in the case, and its originals; then a reviewer hands on the key that those need."""
    whole = Wanted(
        handle="investigator",
        case_id=CASE_ID,
        purposes=GRANTED,
        closed_parts={
            ClosedPart.EXTREME_RISK: "Two of its witnesses are at extreme risk, and they tell the most."
        },
        valid_from=now,
        valid_until=now + timedelta(days=90),
        reason="Follows this case for the office until the summer.",
    )
    originals = replace(
        whole, purposes=frozenset({Purpose.CP07}), valid_until=now + timedelta(days=30), originals=True
    )
    # One by the investigator's own request, one that a custodian proposed.
    for asking, wanted in ((people.investigator, whole), (people.custodian, originals)):
        grant_id = grant_requests.ask(asking, wanted, now)
        approval = Approval(frozenset(wanted.closed_parts), wanted.originals)
        grant_requests.approve(people.other_custodian, grant_id, approval, AGREED, now)
    wrap_for_members(people.reviewer, now)


def _bring(people: _People, now: datetime) -> tuple[str | None, ...]:
    """What was redacted elsewhere; codes in order, None for a row that its consent does not carry."""
    save(people.investigator, SAVED, SAVED_NAME, Purpose.CP07, now)
    pair = Pair(people.reviewer, people.second)
    lines = (account.line for account in load_redacted())
    return tuple(report.code for report in import_redacted(pair, lines, ATTESTED, lambda: now))


def _code(
    people: _People, handed_in: Mapping[str, str], brought: tuple[str | None, ...], now: datetime
) -> None:
    places = add_places(people.reviewer, load_places(), now)
    for name, (audience, acts) in ACTS.items():
        code_released(people.reviewer, (handed_in[name], audience), acts, places, now)
    for code, account in zip(brought, load_redacted(), strict=True):
        if code is None or not account.types:
            continue
        code_released(people.reviewer, (code, account.audience), account.acts, places, now)
        source = FromRelease(account.audience)
        set_account_types(people.reviewer, code, source, account.types, NOTHING_CLOSES, now)


def _hand_in(interviewer: Session, record: Record, now: datetime) -> str:
    with interviewer.reading() as connection:
        code, pseudonym = new_codes(connection)
    names = Names(secrets.token_hex(16), code, pseudonym)
    told_on = (now - timedelta(days=40)).date()
    submission = submission_of(record, names, interviewer.account.id, told_on)
    return submit(interviewer, submission, None, now).code


def _redact(reviewer: Session, code: str, record: Record, now: datetime) -> int:
    """Mark what the record says must be withheld; return the revision reached."""
    take(reviewer, code, now, detect_nothing)
    turn = Turn(code, 1)
    with reviewer.work(now) as work:
        suggestions = open_account(reviewer, work, code).marks
    for suggestion in suggestions:
        turn = Turn(code, decide(reviewer, turn, suggestion.mark_id, MarkDecision.REJECTED, now).revision)
    for identifier in record.identifiers:
        cover = Cover(identifier.category, identifier.withheld_from)
        for span in identifier.spans:
            turn = Turn(code, mark_span(reviewer, turn, span, cover, now).revision)
    return turn.revision


def _approve_and_release(
    people: _People, code: str, revision: int, audience: Audience, now: datetime
) -> None:
    set_id = propose_despite(people.reviewer, Turn(code, revision), audience, REASON, now)
    compare(people.second, set_id, now)
    look = read_alone(people.second, set_id, now)
    approve(people.second, set_id, look.needed, now)
    release(people.second, code, audience, now)
