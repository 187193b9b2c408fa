"""One small archive that holds a thing in every state, and who stands how to it. Made once, copied for each test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from crypto.passwords import Argon2Cost
from testimony.domain.codes import TESTIMONY, new_code
from testimony.domain.findings import FREE, FindingState, NoteDraft
from testimony.domain.grants import Grant
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.rekeying import Cause
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.services import grant_requests
from testimony.services.accounts import enrol
from testimony.services.approving import propose
from testimony.services.archives import Archive
from testimony.services.attaching import FileDescription, attach
from testimony.services.contact_tasks import own_tasks
from testimony.services.custody import open_case
from testimony.services.findings import open_finding
from testimony.services.granting import end_grant
from testimony.services.identity_approving import approve
from testimony.services.identity_requests import ask, cancel
from testimony.services.intake import submit_draft
from testimony.services.invitations import Newcomer
from testimony.services.rekeying import OrderRequest, order
from testimony.services.releasing import release
from testimony.services.saved_searches import save
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import redaction_sets, releases
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from testimony.storage.register import REGISTER
from tests.disposal_states import disposal_states
from tests.earlier_states import earlier_states
from tests.grants import GrantRequest, grant, wanted
from tests.identities import asking, recontact, with_identity
from tests.review_room import accept_all, approved, handed_in, marks, received, taken, turn
from tests.services.conftest import Clock, People, make_archive
from tests.services.intake_answers import type_draft
from tests.shared_templates import made_once

UNKNOWN_CODE = new_code(TESTIMONY, lambda below: below // 3)
"""Well formed, and of no testimony here."""

OTHER_CASE = "CASE-2"

KIND_OF_FILE = "XK01"


@dataclass(frozen=True, slots=True)
class Things:
    """What addresses name, by state: argument → state → value."""

    by_argument: Mapping[str, Mapping[str, object]]
    draft_file: str
    mark_of: Mapping[str, str] = field(default_factory=dict)

    def states(self, argument: str) -> Mapping[str, object]:
        return self.by_argument[argument]


def every_state(folders: pytest.TempPathFactory) -> tuple[Path, Things]:
    """Where it lies, for all workers of a run, and what is in it. To be copied."""
    return made_once(folders, "every-state", make_every_state)


def make_every_state(path: Path) -> Things:
    """Found an archive at `path` and bring something into each state by the services that lead there."""
    clock = Clock()
    make_archive(path, clock)
    directory = ArchiveDirectory(path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    people = People(archive, clock, SignIn(archive, Throttle()))
    now = clock()
    open_case(people["custodian"], OTHER_CASE, "Case two", now)
    codes = _testimonies(people, clock)
    layers = _layers(people, codes, clock)
    drafts, file_id = _drafts(people, clock)
    grants = _grants(people, clock)
    searches = _searches(people, clock)
    orders = _key_orders(people["custodian_b"], now)
    disposal = disposal_states(people, clock)
    earlier = earlier_states(people, clock, codes)
    finding = _finding(people["auditor"], clock)
    first_marks = {state: _first_mark(people["reviewer"], code) for state, code in codes.items()}
    accounts = {
        "known": people["investigator_b"].account.id,
        "oneself": people["custodian"].account.id,
        "invited": _invited(people["custodian_b"], clock),
    }
    for session in people.sessions.values():
        archive.release(session.archive.secrets)
    requests, contacts = _identities(people, clock)
    release_ids = {"known": _release_id(people["reviewer"], codes["released"])}
    return Things(
        by_argument={
            "code": {**codes, "unknown": UNKNOWN_CODE, "no_code": "not-a-code"},
            "set_id": {**layers, "unknown": "0123456789abcdef"},
            "copy_id": {"unknown": "0" * 16},
            "draft_id": {**drafts, "unknown": "0" * 32},
            "account_id": {**accounts, "unknown": "0" * 32},
            "case_id": {"known": "CASE-1", "unknown": "CASE-9"},
            "key_order_id": {**orders, "unknown": "0" * 16},
            "grant_id": {**grants, "unknown": "0" * 32},
            "asked_id": {**requests, "unknown": "0" * 16},
            "contact_id": {**contacts, "unknown": "0" * 16},
            "saved_id": {**searches, "unknown": "0" * 32},
            "question": {"known": "refused", "unknown": "why"},
            "number": {"open": finding, "unknown": 10**6},
            "ending": {"csv": "csv", "json": "json"},
            "seq": {"known": 1, "unknown": 10**6},
            "size": {"unknown": 10**6},
            "token": {"unknown": "nothing-was-found"},
            "release_id": {**release_ids, "unknown": 10**6},
            **{name: {"unknown": "0" * 16} for name in ("act_id", "bearing_id")},
            "recipient_id": {"unknown": "0" * 16},
            # Consent over time.
            **{name: {"unknown": "0" * 16} for name in ("proposal_id", "event_id", "disclosure_id")},
            "version": {"unknown": 1},
            **disposal,
            **earlier,
        },
        draft_file=file_id,
        mark_of=first_marks,
    )


def _invited(custodian: Session, clock: Clock) -> str:
    """Somebody whom one custodian invited and no other has confirmed."""
    newcomer = Newcomer("reviewer-9", "Reviewer 9", frozenset({Role.REVIEWER}))
    return enrol(custodian, newcomer, clock()).record.account_id


def _testimonies(people: People, clock: Clock) -> dict[str, str]:
    """Received first, sealed last: whoever opens the queue receives whatever is sealed."""
    interviewer, reviewer, second = people["interviewer"], people["reviewer"], people["reviewer_b"]
    now = clock()
    codes = {
        "received": received(interviewer, reviewer, now),
        "redacting": taken(interviewer, reviewer, now),
        "proposed": taken(interviewer, reviewer, now),
        "approved": taken(interviewer, reviewer, now),
        "released": taken(interviewer, reviewer, now),
        "elsewhere": taken(interviewer, reviewer, now, case_id=OTHER_CASE),
    }
    for state in ("proposed", "approved", "released", "elsewhere"):
        accept_all(reviewer, codes[state], now)
    for state in ("approved", "released", "elsewhere"):
        approved(reviewer, second, codes[state], now)
    for state in ("released", "elsewhere"):
        release(second, codes[state], Audience.PARTNER, now)
    codes["quarantined"] = handed_in(interviewer, now)
    with reviewer.work(now) as work:
        work.connection.execute(
            REGISTER.update()
            .where(REGISTER.c.code == codes["quarantined"])
            .values(state=State.QUARANTINED.value, quarantined=1)
        )
    codes["sealed"] = handed_in(interviewer, now)
    return codes


def _layers(people: People, codes: Mapping[str, str], clock: Clock) -> dict[str, str]:
    reviewer = people["reviewer"]
    proposed = propose(reviewer, turn(reviewer, codes["proposed"]), Audience.PARTNER, clock())
    with reviewer.reading() as connection:
        made = {state: redaction_sets.sets_of(connection, codes[state]) for state in ("approved", "released")}
    return {"proposed": proposed, **{state: sets[0].set_id for state, sets in made.items()}}


def _drafts(people: People, clock: Clock) -> tuple[dict[str, str], str]:
    """Drafts by whose they are, and the id of the file in one's own."""
    interviewer, now = people["interviewer"], clock()
    own = type_draft(interviewer, now, consent={"decision-CP05": "granted"})
    described = FileDescription("map.png", "image/png", KIND_OF_FILE, "cable")
    file = attach(interviewer, own, BytesIO(b"a map of the wells"), described, now)
    drafts = {
        "own": own,
        "others": type_draft(people["interviewer_b"], now),
        "submitted": type_draft(interviewer, now),
    }
    submit_draft(interviewer, drafts["submitted"], now)
    return drafts, file.object_id


def _searches(people: People, clock: Clock) -> dict[str, str]:
    """Saved searches by whose they are. The other one's grant is over: it only had to be there to save."""
    owners = {"own": people["investigator"], "others": people["investigator_b"]}
    lent = _give(people["custodian"], "investigator-2", clock).id
    request = SearchRequest("wells")
    searches = {
        state: save(owner, request, "Wells", Purpose.CP07, clock()).id for state, owner in owners.items()
    }
    end_grant(people["custodian"], lent, "given to save a search", clock())
    return searches


def _finding(auditor: Session, clock: Clock) -> int:
    draft = NoteDraft(text="Looks odd", state=FindingState.OPEN, owner=auditor.account.id)
    return open_finding(auditor, FREE, draft, clock())


def _identities(people: People, clock: Clock) -> tuple[dict[str, str], dict[str, str]]:
    """Requests for identities by where they stand, of a reviewer; a contact that the same reviewer has to make."""
    interviewer, reviewer = people["interviewer"], people["reviewer"]
    codes = [with_identity(interviewer, clock()) for _ in range(3)]
    waiting = ask(reviewer, asking(codes[0], clock), clock())
    opened = ask(reviewer, recontact(codes[1], clock, "reviewer-1"), clock())
    for custodian in ("custodian", "custodian_b"):
        approve(people[custodian], opened, clock())
    cancelled = ask(reviewer, asking(codes[2], clock), clock())
    cancel(reviewer, cancelled, clock())
    (task,) = own_tasks(reviewer, clock())
    return {"waiting": waiting, "opened": opened, "cancelled": cancelled}, {"mine": task.task_id}


def _grants(people: People, clock: Clock) -> dict[str, str]:
    """Given and ended, and one that was asked for and waits."""
    custodian = people["custodian"]
    ended = _give(custodian, "investigator-1", clock).id
    end_grant(custodian, ended, "given by mistake", clock())
    live = _give(custodian, "investigator-1", clock).id
    return {"live": live, "ended": ended, "asked": _ask(people["investigator"], clock)}


def _ask(investigator: Session, clock: Clock) -> str:
    request = wanted(_request("investigator-1", clock))
    return grant_requests.ask(investigator, request, clock())


def _key_orders(custodian: Session, now: datetime) -> dict[str, str]:
    wanted = OrderRequest(frozenset({Compartment.AUDIT}), Cause.ROTATION, None, "it is time")
    return {"known": order(custodian, wanted, now)}


def _give(custodian: Session, handle: str, clock: Clock) -> Grant:
    return grant(custodian, _request(handle, clock), clock())


def _request(handle: str, clock: Clock) -> GrantRequest:
    return GrantRequest(
        handle=handle,
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=60),
    )


def _first_mark(reviewer: Session, code: str) -> str:
    return next((row.mark_id for row in marks(reviewer, code)), "no-mark")


def _release_id(reviewer: Session, code: str) -> int:
    with reviewer.reading() as connection:
        return releases.history_of(connection, code)[0].release.id
